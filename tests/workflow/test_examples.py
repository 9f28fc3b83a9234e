"""The example configurations plan what they say, and the additions of CONTRIBUTING.md run as they stand there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
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


@pytest.fixture
def extended(tmp_path):
    """A copy of the workflow with every example of CONTRIBUTING.md, and a movie of one cell that becomes two."""
    for name in ("Snakefile", "rules", "scripts", "config", "envs"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name)
    blocks = re.findall(
        r"^```(?:tsv|python|yaml)\n# (\S+)\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(), re.M | re.S
    )
    for name, text in blocks:
        assert not (tmp_path / name).exists(), f"{name} is an addition"
        (tmp_path / name).write_text(text)
    (tmp_path / "frames").mkdir()
    for frame in range(4):
        image = np.random.default_rng(frame).integers(0, 20, (64, 64)).astype(np.uint8)
        for y in (32,) if frame < 2 else (24, 40):
            image[y - 5 : y + 6, 20 + 4 * frame : 31 + 4 * frame] = 200
        tifffile.imwrite(tmp_path / "frames" / f"t{frame}.tif", image)
    return tmp_path, {name for name, _ in blocks}


@pytest.mark.slow
def test_a_model_a_tracker_and_a_data_set_take_one_file_and_one_line_each(extended):
    folder, added = extended
    assert len(added) == 4 and {Path(name).suffix for name in added} == {".tsv", ".py", ".yaml"}
    checked = subprocess.run([sys.executable, "-m", "ruff", "check", "-q", folder / "scripts"], capture_output=True)
    assert checked.returncode == 0, checked.stdout.decode()
    target = "results/track/bright/nearest/mine/a/tracks.parquet"
    command = [sys.executable, "-m", "snakemake", target, "--cores", "2", "--configfile", "mine.yaml"]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)
    assert finished.returncode == 0, finished.stderr[-4000:]
    tracks = pd.read_parquet(folder / target)
    assert tracks.to_numpy().tolist() == [[1, 0, 1, 0], [2, 2, 3, 1], [3, 2, 3, 1]], "track, begin, end, parent"
