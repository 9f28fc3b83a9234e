"""The example configurations are accepted as they are, and plan what they say."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

ROOT = Path(__file__).resolve().parents[2]
PLANS = {  # a rule that the example is about
    "own-movie": "threshold_pixels",
    "phase-contrast": "threshold_pixels",
    "train-and-compare": "train_forest",
    "compare-trackers": "take_truth",
    "large-images": "gather_labels",
}


def test_every_example_is_tested():
    assert {file.stem for file in (ROOT / "config" / "examples").glob("*.yaml")} == set(PLANS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_an_example_plans(name, snakemake, tmp_path):
    for frame in range(2):
        for folder in (tmp_path / "data" / "a", tmp_path / "data"):
            folder.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(folder / f"t{frame}_c0.tif", np.full((64, 64), frame, np.uint8))
    file = ROOT / "config" / "examples" / f"{name}.yaml"
    given = ["--config", f"input={tmp_path / 'data' / 'a'}"] if name == "phase-contrast" else []
    finished = snakemake("--dry-run", "--configfile", str(file), *given)
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert PLANS[name] in finished.stdout
