"""Results that were made elsewhere, scored by the workflow: the oracles with their official scores."""

import re
from pathlib import Path

import numpy as np
import pytest
import tifffile
import yaml

from cellweave.core.registry import COLUMNS

OFFICIAL = {
    ("segmentation", "01", "-"): {"SEG": 0.232874},
    ("tracking", "03", "oracle"): {
        **{"DET": 0.688, "TRA": 0.622980, "AOGM": 105, "LNK": 0.0526316, "CT": 0, "TF": 0.5, "BC0": 0, "BC3": 0},
        **{"AOGM_NS": 5, "AOGM_FN": 5, "AOGM_FP": 3, "AOGM_ED": 1, "AOGM_EA": 16, "AOGM_EC": 2},
        **{"HOTA": 0.4833098751, "CHOTA": 0.6063325053},
    },
    ("hela", "01", "oracle"): {"DET": 0.9954856, "TRA": 0.993636, "SEG": 0.883936},
}
FOLDERS = {
    "segmentation": "ctc-testing-dataset",
    "tracking": "ctc-testing-dataset",
    "hela": "hela01-traccuracy-sample",
}


def raw_data(oracle: Path, sequence: str, folder: Path) -> None:
    """Lay out truth and result as the challenge does; the images, which the oracles lack, are noise of their size."""
    folder.mkdir()
    (folder / f"{sequence}_GT").symlink_to(oracle / f"{sequence}_GT")
    (folder / f"{sequence}_RES").symlink_to(oracle / f"{sequence}_RES")
    (folder / sequence).mkdir()
    rng = np.random.default_rng(1)
    for mask in sorted((oracle / f"{sequence}_RES").glob("mask*.tif")):
        noise = rng.integers(1, 255, tifffile.imread(mask).shape, np.uint8)
        tifffile.imwrite(folder / sequence / mask.name.replace("mask", "t"), noise)


def expectation(value: float) -> dict:
    """Expect a score to every digit that is printed of it."""
    digits = len(f"{value:.10g}".partition(".")[2])
    return {
        "value": value,
        "tolerance": 0.5 * 10.0**-digits if digits else 0.0,
        "why": "printed by the oracle's program",
    }


def configure(folder: Path, oracles: Path) -> None:
    """Write data, table and configuration: one external model and tracker, and what is expected of them."""
    rows, runs, expected = ["\t".join(COLUMNS)], {"simulated": None}, {}
    for (name, sequence, tracker), scores in OFFICIAL.items():
        raw_data(oracles / FOLDERS[name], sequence, folder / name)
        row = {"dataset": name, "kind": "movie", "format": "ctc", "sequence": sequence, "split": "test", "url": name}
        row |= {"border_px": "0", "licence": "none", "citation": "none"}
        rows.append("\t".join(row.get(column, "") for column in COLUMNS))
        runs[name] = {"test": [sequence], "models": ["oracle"], "trackers": ["oracle"] if tracker != "-" else []}
        expected[name] = [
            {"sequence": sequence, "model": "oracle", "tracker": tracker, "metric": metric, **expectation(value)}
            for metric, value in scores.items()
        ]
    (folder / "data.tsv").write_text("\n".join(rows) + "\n")
    models = {"oracle": {"kind": "external", "path": "{dataset}/{sequence}_RES"}}
    content = {"datasets_table": "data.tsv", "run": runs, "models": models, "expected": expected}
    (folder / "oracles.yaml").write_text(yaml.safe_dump(content | {"trackers": {"oracle": {"kind": "external"}}}))


@pytest.mark.slow
def test_the_oracles_score_in_the_workflow_as_their_programs_say(snakemake, oracles, tmp_path):
    configure(tmp_path, oracles)
    finished = snakemake("benchmark", "--configfile", str(tmp_path / "oracles.yaml"))
    assert finished.returncode == 0, finished.stderr[-6000:]
    checked = (tmp_path / "results/score/checked.tsv").read_text().splitlines()
    assert len(checked) == 1 + sum(map(len, OFFICIAL.values()))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("models={theirs: {kind: external}}", "the external model 'theirs' names no result"),
        ("models={theirs: {kind: external, path: 'nowhere/{dataset}'}}", "no result at nowhere/simulated"),
    ],
)
def test_a_result_that_is_not_there_is_named(snakemake, settings, message):
    run = "run={simulated: {train: ['01'], test: ['02'], models: [theirs], trackers: []}}"
    finished = snakemake("--dry-run", "--config", settings, run)
    printed = finished.stderr + finished.stdout
    assert finished.returncode != 0
    assert re.search(re.escape(message), printed), printed
    assert "Traceback" not in printed
