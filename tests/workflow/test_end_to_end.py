"""A small run through every stage: what comes out, what a second run does, what an edit reruns."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from dictionary import undocumented, unused
from ome_zarr_models import open_ome_zarr
from yaozarrs import validate_zarr_store

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "workflow" / "tiny.yaml"


def snakemake(house: Path, *arguments: str) -> str:
    """Run the workflow that lies in `house`, results beside it, and return what it printed."""
    command = [sys.executable, "-m", "snakemake", "-s", str(house / "Snakefile"), "--directory", str(house / "work")]
    finished = subprocess.run(
        [*command, "--cores", "2", "--configfile", str(TINY), *arguments], capture_output=True, text=True, timeout=3600
    )
    printed = finished.stdout + finished.stderr
    assert finished.returncode == 0, printed[-8000:]
    return printed


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the workflow (to edit) with a finished run in its folder `work`."""
    house = tmp_path_factory.mktemp("house")
    for name in ("Snakefile", "rules", "scripts", "config", "envs"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, house / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, house / name)
    snakemake(house)
    return house


def planned(house: Path) -> set[str]:
    """Return the rules that a run would execute now."""
    return set(re.findall(r"^(?:local)?rule (\w+):", snakemake(house, "--dry-run"), re.M)) - {"all"}


def test_scores_cover_every_model_and_tracker(house):
    scores = pd.read_csv(house / "work/results/score/scores.tsv", sep="\t")
    assert list(scores) == ["dataset", "sequence", "model", "tracker", "metric", "value", "n"]
    found = {tuple(row) for row in scores[["model", "tracker"]].itertuples(index=False)}
    assert found == {
        (model, tracker) for model in ("unet", "forest", "classical") for tracker in ("-", "weave", "trackpy")
    }
    assert {"SEG", "DET", "TRA"} <= set(scores.metric)
    assert scores.value[scores.metric.isin(["SEG", "DET", "TRA"])].between(0, 1).all()


def test_cells_of_the_simulation_are_found(house):
    """Bright cells on a dark ground: even the classical tier must detect most of them (chance would be near 0)."""
    scores = pd.read_csv(house / "work/results/score/scores.tsv", sep="\t")
    classical = scores[(scores.model == "classical") & (scores.tracker == "weave")].set_index("metric").value
    assert classical["DET"] > 0.7 and classical["SEG"] > 0.5


def test_every_store_passes_both_validators(house):
    stores = sorted((house / "work/results").rglob("*.ome.zarr"))
    assert len(stores) == 2 * 2 + 3 + 1, "image and truth of two sequences, labels of three models, classes of one"
    for store in stores:
        validate_zarr_store(store)
        open_ome_zarr(str(store))


def test_report_is_one_offline_page(house):
    page = (house / "work/results/report/report.html").read_text()
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", page), "a request to somewhere else"
    assert "unet" in page and "<svg" in page and "data:image/" in page
    assert json.loads((house / "work/results/report/manifest.json").read_text())


def test_every_column_of_every_table_is_in_the_dictionary(house):
    assert undocumented(house / "work/results") == []
    assert unused(house / "work/results") == []


def test_nothing_is_left_over_or_half_written(house):
    leftovers = [path for path in (house / "work/results").rglob("*") if ".part-" in path.name or path.name == "maps"]
    assert [path for path in leftovers if not path.is_dir() or any(path.iterdir())] == []


def test_a_second_run_does_nothing(house):
    assert "Nothing to be done" in snakemake(house)


def test_the_run_becomes_a_crate(house):
    """What it holds, and that it is valid, is tested in tests/scripts/test_write_crate.py."""
    snakemake(house, "--", "crate")
    crate = house / "work/results/crate"
    places = {entity["@id"] for entity in json.loads((crate / "ro-crate-metadata.json").read_text())["@graph"]}
    assert {f"results/train/{name}%40simulated/model.ckpt" for name in ("unet", "forest")} < places
    assert {path.name for path in crate.rglob("*") if path.name == "RES"} == {"RES"}
    shutil.rmtree(crate)


@pytest.mark.parametrize(
    ("module", "reruns", "spares"),
    [
        (
            "learn/losses.py",
            {"train_model", "predict_maps", "link_cells", "write_report"},
            {"train_forest", "prepare_ctc"},
        ),
        ("report/overlay.py", {"plot_overlay", "write_report"}, {"train_model", "score_tracking", "plot_lineage"}),
    ],
    ids=["a loss", "a plot"],
)
def test_an_edit_reruns_what_depends_on_it(house, module, reruns, spares):
    file = house / "scripts" / "cellweave" / module
    text = file.read_text()
    try:
        file.write_text(text + "\n\nEDITED = True\n")
        rules = planned(house)
    finally:
        file.write_text(text)
    assert reruns <= rules
    assert not spares & rules
