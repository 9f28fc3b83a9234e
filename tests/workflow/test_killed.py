"""kill -9 of Snakemake and all its children at random moments: afterwards every file is as if nothing had happened."""

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cellweave.core.files import sha256_of

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "tests" / "workflow"
PREPARATION = ["results/prepare/simulated/02/image.ome.zarr", "--configfile", str(CONFIGS / "tiny.yaml")]
KILLS = int(os.environ.get("CELLWEAVE_KILLS", "3"))
# What holds times of day or durations, and what quotes it.
TIMED = re.compile(r"manifest\.json|report\.html|ro-crate-metadata\.json|events\.out\.tfevents.*|\.snakemake_timestamp")
STARTED = re.compile(r"^ {4}output: (.+)$", re.M)
BLOCK = re.compile(r"^(?:local)?rule \w+:\n(?: {4}.*\n)+", re.M)
FINISHED = re.compile(r"^Finished jobid: (\d+) ", re.M)


class Folder:
    """A run of the workflow in a folder of its own, that can be killed and gone on with."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        folder.mkdir()
        self.folder = folder
        self._command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--directory", str(folder)]
        self._command += ["--cores", "2", *arguments]
        self._log = folder / "printed.txt"

    def start(self, *arguments: str) -> subprocess.Popen:
        with self._log.open("w") as log:
            return subprocess.Popen([*self._command, *arguments], stdout=log, stderr=subprocess.STDOUT)

    def finish(self, *arguments: str) -> None:
        """Run to the end."""
        assert self.start(*arguments).wait(timeout=3000) == 0, self.printed()[-8000:]

    def printed(self) -> str:
        """Return what the last run printed."""
        return self._log.read_text(errors="replace")

    def kill(self, jobs: int, seconds: float) -> None:
        """Run, and kill all processes `seconds` after `jobs` jobs have finished, or after the first has begun."""
        snakemake = self.start("--rerun-incomplete")
        while snakemake.poll() is None and (len(self.jobs()[1]) < jobs or not self.jobs()[0]):
            time.sleep(0.1)
        time.sleep(seconds)
        if snakemake.poll() is None:
            top = psutil.Process(snakemake.pid)
            for process in (top, *top.children(recursive=True)):
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
        snakemake.wait()

    def jobs(self) -> tuple[set[str], set[str]]:
        """Return the outputs of the jobs that the last run started and of those that it finished."""
        text, outputs = self.printed(), {}
        for job in BLOCK.findall(text):
            if found := STARTED.search(job):
                outputs[re.search(r"jobid: (\d+)", job)[1]] = found[1]
        return set(outputs.values()), {outputs[job] for job in FINISHED.findall(text) if job in outputs}

    def files(self) -> dict[str, str]:
        """Return the hash of every file below resources and results, but for those that hold times."""
        paths = [path for top in ("resources", "results") for path in (self.folder / top).rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): sha256_of(path) for path in paths if not TIMED.fullmatch(path.name)}


def killed_again_and_again(folder: Path, kills: int, arguments: list[str]) -> Iterator[Folder]:
    """Yield an uninterrupted run and one that was killed; assert that no finished job of the latter ran twice."""
    whole = Folder(folder / "whole", *arguments)
    whole.finish()
    count = len(whole.jobs()[1])
    killed, done, chance = Folder(folder / "killed", *arguments), set(), random.Random(kills)
    share = max(1, count // kills)
    for _ in range(kills):
        killed.kill(chance.randrange(share), chance.uniform(0, 2))
        started, finished = killed.jobs()
        assert not started & done, "jobs that had finished ran again"
        done |= finished
        killed.finish("--unlock")
    killed.finish("--rerun-incomplete")
    started, finished = killed.jobs()
    assert not started & done, "jobs that had finished ran again"
    assert done | finished == whole.jobs()[1] | done
    yield whole
    yield killed


def test_a_killed_preparation_goes_on(tmp_path):
    """The cheap one: two jobs, one kill."""
    whole, killed = killed_again_and_again(tmp_path, 1, PREPARATION)
    assert len(whole.files()) > 10 and killed.files() == whole.files()


@pytest.mark.slow
def test_a_clock_that_goes_backwards_stops_the_run_until_it_is_right(tmp_path):
    """Snakemake sees an output older than its input: it says so and keeps nothing of that job; later it goes on."""
    run = Folder(tmp_path / "run", *PREPARATION)
    run.finish()
    before, raw = run.files(), run.folder / "resources" / "simulated" / "02"
    files = [raw, *raw.rglob("*")]
    for path in files:
        os.utime(path, (time.time() + 1e6,) * 2)
    assert run.start().wait(timeout=3000) == 1 and "clock skew" in run.printed()
    assert not any(name.startswith("results/prepare") for name in run.files())
    for path in files:
        os.utime(path)
    run.finish()
    assert run.files() == before


@pytest.mark.slow
def test_a_demo_that_is_killed_again_and_again_ends_the_same(tmp_path):
    configs = [str(CONFIGS / name) for name in ("tiny.yaml", "tiny_killed.yaml")]
    whole, killed = killed_again_and_again(tmp_path, KILLS, ["--configfile", *configs])
    assert killed.files() == whole.files()


@pytest.mark.slow
def test_a_run_on_real_data_that_is_killed_again_and_again_ends_the_same(tmp_path, mirror):
    arguments = ["--configfile", str(CONFIGS / "tiny_real.yaml"), "--config", f"mirror={mirror}"]
    whole, killed = killed_again_and_again(tmp_path, KILLS, arguments)
    assert killed.files() == whole.files()
