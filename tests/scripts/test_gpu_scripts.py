"""Scripts of rules that ask for a GPU take one that no other job has, with fake devices."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cellweave.core.devices import VISIBLE, own_device

ROOT = Path(__file__).resolve().parents[2]
# Runs a script as Snakemake does, with a job whose inputs make no sense: it ends once it has taken its device.
JOB = """
import runpy, sys
from unittest.mock import MagicMock
job = MagicMock()
job.log, job.params.device = [sys.argv[2]], "auto"
sys.path.insert(0, "scripts")
runpy.run_path(sys.argv[1], init_globals={"snakemake": job}, run_name="__main__")
"""


def gpu_scripts() -> list[str]:
    """Return the scripts of the rules that ask for a GPU."""
    rules = [rule for file in (ROOT / "rules").glob("*.smk") for rule in file.read_text().split("\nrule ")[1:]]
    return sorted(re.search(r"scripts/(\w+\.py)", rule)[1] for rule in rules if "gpu=GPU" in rule)


@pytest.mark.parametrize("script", gpu_scripts())
def test_a_job_takes_the_device_that_is_free(script, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv(VISIBLE, "0,1")
    monkeypatch.setattr("tempfile.tempdir", None)
    with own_device("auto") as taken:
        job = [sys.executable, "-c", JOB, f"scripts/{script}", str(tmp_path / "log.txt")]
        subprocess.run(job, cwd=ROOT, capture_output=True, env={**os.environ, VISIBLE: "0,1"}, timeout=300)
    assert taken == "0"
    assert "GPU 1 is mine" in (tmp_path / "log.txt").read_text()
