"""Configuration files that somebody else wrote."""

from pathlib import Path

import yaml
from hypothesis import strategies as st

from cellweave.core.plan import Plan
from cellweave.core.registry import read_registry
from cellweave.core.schema import checked

CONFIG = Path(__file__).resolve().parents[2] / "config"
SCHEMA = yaml.safe_load((CONFIG / "schema" / "config.schema.yaml").read_text())
# Bytes that are no text make nearly every file unreadable; these make other documents.
TYPING = st.sampled_from([text.encode() for text in [*" \n:-,#x1[]{}'\"", "..", "null", "1e9", "- ", ": ", "\n  "]])
REGISTRY = read_registry(CONFIG / "datasets.tsv")
FULL = {"views": {"late": [0.7, 1.0]}, "zoom": {"LIVECell": 2}, "split": "reduced"}
for file in ("config.yaml", "benchmark/ctc.yaml", "benchmark/livecell.yaml"):
    for key, value in yaml.safe_load((CONFIG / file).read_text()).items():
        FULL[key] = {**FULL.get(key, {}), **value} if isinstance(value, dict) else value
FULL["run"] = {name: FULL["run"][name] for name in ("DIC-C2DH-HeLa", "LIVECell")}


def use(config: dict) -> None:
    """Ask the plan everything that the rules ask it."""
    plan = Plan(checked(config, SCHEMA), REGISTRY)
    for run in plan.runs():
        plan.row(run.dataset, run.sequence)
        plan.frames(run.dataset, run.sequence)
        trained = plan.trained(run.model, run.dataset)
        if plan.model_of(trained)["kind"] != "classical":
            plan.sources(trained)
            plan.pretrained(trained)
        for part in (run.dataset, run.sequence, run.model, run.tracker or "-"):
            assert "/" not in part and part.isprintable() and not part.startswith("."), f"{part!r} becomes a folder"


def test_configurations(fuzz, edited):
    fuzz(edited(FULL), use)


def test_configuration_files(fuzz, damaged, tmp_path):
    def read(content: bytes) -> None:
        try:
            config = yaml.safe_load(content)
        except (yaml.YAMLError, ValueError):  # as snakemake does: its message, not ours
            config = {}
        use(config if isinstance(config, dict) else {})

    fuzz(damaged([(CONFIG / "config.yaml").read_bytes()], TYPING), read)
