"""The workflow on a real Slurm: the bytes of a local run, whatever happens to its jobs on the way."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from cellweave.core.files import sha256_of

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).resolve().parents[2]
CONFIG = [str(ROOT / "tests" / path) for path in ("workflow/tiny.yaml", "cluster/small.yaml")]
STAGES = ("prepare", "infer", "measure", "track", "score")  # reports and checkpoints carry times of the day
# What the profile leaves to the site, and no waiting for slow disks.
SITE = ["--jobs", "4", "--latency-wait", "5"]
LOOK_OFTEN = {
    "slurm": ["--slurm-init-seconds-before-status-checks", "1"],
    "cluster-generic": ["--seconds-between-status-checks", "1"],
}
PATIENCE = 1500  # seconds for any one event; on two idle cores none needs a tenth of it
SCORES = "results/score/scores.tsv"  # with labels, tracks and challenge files on the way; no report


def command(folder: Path, profile: str, *arguments: str) -> list[str]:
    """Return the command line of the workflow with its results in `folder`."""
    where = ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    place = ["--workflow-profile", str(ROOT / "config" / "profiles" / profile)]
    # --pdeathsig: it does not outlive the tests, even when they are killed.
    snakemake = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "snakemake"]
    return [*snakemake, *arguments, *where, *place, "--configfile", *CONFIG]


def environment() -> dict[str, str]:
    """Return the environment of a run: one thread per job, as many jobs share two cores."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONNOUSERSITE": "1"}


def run(folder: Path, profile: str, *arguments: str) -> str:
    """Run the workflow to its end and return what it printed."""
    finished = subprocess.run(
        command(folder, profile, *arguments), capture_output=True, text=True, env=environment(), timeout=2 * PATIENCE
    )
    assert finished.returncode == 0, (finished.stdout + finished.stderr)[-6000:]
    return finished.stdout + finished.stderr


@dataclass
class Workflow:
    """A workflow that runs on the cluster while the test interferes."""

    slurm: object
    folder: Path
    process: subprocess.Popen

    def cancel(self, rule: str) -> None:
        """Cancel the job of a rule as soon as its script runs."""
        subprocess.run(["scancel", self._job(rule)["JobId"]], check=True)

    def kill_node(self, rule: str) -> None:
        """Kill the node that runs the job of a rule as soon as its script runs."""
        self.slurm.kill_node(self._job(rule)["NodeList"])

    def finish(self) -> None:
        """Wait for the workflow's successful end."""
        assert self.process.wait(PATIENCE) == 0, self._printed()

    def _job(self, rule: str) -> dict[str, str]:
        def runs() -> bool:
            over = self.process.poll() is not None
            return over or any((self.folder / "logs").glob(f"*/{rule}/**/*.log"))

        self.slurm.wait_until(runs, PATIENCE, f"the log of {rule}")
        assert self.process.poll() is None, self._printed()
        return self.slurm.running(self.folder, rule)

    def _printed(self) -> str:
        return (self.folder / "printed.txt").read_text()[-6000:]


@contextmanager
def started(slurm, folder: Path, profile: str, *arguments: str) -> Iterator[Workflow]:
    """Start the workflow; nothing of it outlives the block."""
    with (folder / "printed.txt").open("w") as out:
        process = subprocess.Popen(command(folder, profile, *arguments), env=environment(), stdout=out, stderr=out)
        try:
            yield Workflow(slurm, folder, process)
        finally:
            process.kill()
            process.wait()


def contents(folder: Path) -> dict[str, str]:
    """Return the sha256 of every result."""
    files = [file for stage in STAGES for file in (folder / "results" / stage).rglob("*") if file.is_file()]
    return {str(file.relative_to(folder)): sha256_of(file) for file in files if file.name != ".snakemake_timestamp"}


@pytest.fixture(scope="module")
def local(slurm, tmp_path_factory) -> Path:
    """The folder of a run on this machine."""
    folder = tmp_path_factory.mktemp("local")
    run(folder, "test", "--cores", "2")
    return folder


@pytest.fixture(scope="module")
def clean(slurm, tmp_path_factory) -> Path:
    """The folder of an undisturbed run through sbatch alone (cluster-generic)."""
    folder = tmp_path_factory.mktemp("clean")
    run(folder, "cluster-generic", *SITE, *LOOK_OFTEN["cluster-generic"])
    return folder


@pytest.fixture(scope="module")
def stormy(slurm, tmp_path_factory) -> Path:
    """The folder of a run through the Slurm plugin in which a job lacks memory, one is cancelled and a node dies."""
    folder = tmp_path_factory.mktemp("stormy")
    # Training needs more than its first attempt gets and less than the second.
    scarce = ["--set-resources", "train_model:mem_mb=600*attempt"]
    with started(slurm, folder, "slurm", SCORES, *SITE, *LOOK_OFTEN["slurm"], *scarce) as workflow:
        workflow.cancel("predict_maps")
        workflow.kill_node("score_tracking")
        workflow.finish()
    slurm.restart_nodes()
    return folder


def states(slurm, folder: Path, rule: str) -> list[str]:
    """Return how the jobs of a rule ended, by what they worked on, oldest first."""
    return [job["JobState"] for job in slurm.jobs(folder, rule)]


def test_a_clean_run_gives_the_bytes_of_a_local_run(local, clean):
    expected = contents(local)
    assert len([name for name in expected if name.endswith(".parquet")]) >= 8
    assert contents(clean) == expected


def test_gpu_rules_ask_for_a_gpu_and_others_do_not(slurm, clean):
    asked = {job["Comment"].removeprefix("rule_").split("_wildcards")[0]: job for job in slurm.jobs(clean)}
    with_gpu = {rule for rule, job in asked.items() if "TresPerJob" in job}
    assert with_gpu == {"train_model", "calibrate_scores", "predict_maps"}
    assert asked["train_model"]["TresPerJob"] == "gres:gpu:1"


def test_a_stormy_run_gives_the_bytes_of_a_local_run(local, stormy):
    found = contents(stormy)
    assert SCORES in found
    assert {name.split("/")[1] for name in found} == {"prepare", "infer", "measure", "track", "score"}
    assert found == {name: digest for name, digest in contents(local).items() if name in found}


def test_a_job_without_enough_memory_is_killed_and_gets_more(slurm, stormy):
    first, second = slurm.jobs(stormy, "train_model")
    assert (first["JobState"], first["MinMemoryNode"]) == ("FAILED", "600M")
    assert (second["JobState"], second["MinMemoryNode"]) == ("COMPLETED", "1200M")
    assert "exceeded memory limit" in Path(first["StdOut"]).read_text()


def test_a_cancelled_job_is_submitted_again(slurm, stormy):
    assert sorted(states(slurm, stormy, "predict_maps")) == ["CANCELLED", "COMPLETED", "COMPLETED"]


def test_jobs_of_a_dead_node_are_submitted_again_elsewhere(slurm, stormy):
    first, second = slurm.jobs(stormy, "score_tracking")
    assert (first["JobState"], second["JobState"]) == ("NODE_FAIL", "COMPLETED")
    assert first["NodeList"] != second["NodeList"]


def test_never_two_jobs_write_one_output(slurm, stormy):
    """Slurm itself starts no job twice, and a new job starts after the end of the one it replaces."""
    jobs = slurm.jobs(stormy)
    assert {job["Restarts"] for job in jobs} == {"0"}
    by_output = {}
    for job in jobs:
        by_output.setdefault(job["Comment"], []).append(job)
    for attempts in by_output.values():
        for before, after in pairwise(attempts):
            assert before["EndTime"] <= after["StartTime"], before["Comment"]


def test_sbatch_alone_sees_that_a_job_was_cancelled(slurm, local, tmp_path):
    """A cancelled job cannot say so itself; the profile's status script does."""
    frames = "results/prepare/simulated/02/frames.parquet"
    with started(slurm, tmp_path, "cluster-generic", frames, *SITE, *LOOK_OFTEN["cluster-generic"]) as workflow:
        workflow.cancel("simulate_movie")
        workflow.finish()
    assert states(slurm, tmp_path, "simulate_movie") == ["CANCELLED", "COMPLETED"]
    assert sha256_of(tmp_path / frames) == sha256_of(local / frames)
