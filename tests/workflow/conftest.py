"""Running the workflow as a user does, in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The workflow's own folder."""
    return ROOT


@pytest.fixture
def snakemake(tmp_path):
    """Return a function that runs snakemake in `tmp_path` and returns the finished process."""

    def run(*arguments: str, folder: Path = tmp_path) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--directory", str(folder)]
        environment = {**os.environ, "PYTHONNOUSERSITE": "1"}
        return subprocess.run(
            [*command, "--cores", "2", *arguments], capture_output=True, text=True, env=environment, timeout=900
        )

    return run
