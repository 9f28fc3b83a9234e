"""What the cluster profiles say, without a cluster: they are valid, and their scripts read the schedulers right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "config" / "profiles"
CLUSTERS = ["slurm", "cluster-generic", "cluster-sge"]
RUNNING = "job-ID prior name user state submit/start at\n-----\n {} 0.5 train me {} 01/01/2026 10:00:00"
INVALID = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1"
SILENT = "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1"


@pytest.fixture
def status(tmp_path, monkeypatch):
    """Return a function that asks a profile's status script about job 7, given what the scheduler's tools do."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    def ask(profile: str, **tools: str) -> str:
        for name, script in {"sleep": "exit 0", **tools}.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        finished = subprocess.run([PROFILES / profile / "status", "7"], capture_output=True, text=True, timeout=60)
        assert finished.returncode == 0, "an error would end the whole workflow"
        return finished.stdout.strip()

    return ask


@pytest.mark.parametrize("profile", CLUSTERS)
def test_snakemake_accepts_the_profile(profile, tmp_path):
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--directory", tmp_path, "--dry-run"]
    finished = subprocess.run(
        [*command, "--quiet", "--workflow-profile", PROFILES / profile], capture_output=True, text=True, timeout=300
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("profile", CLUSTERS)
def test_profiles_send_gpu_rules_to_their_queue_and_retry(profile):
    settings = yaml.safe_load((PROFILES / profile / "config.yaml").read_text())
    gpu_rules = [
        text.split(":")[0]
        for file in (ROOT / "rules").glob("*.smk")
        for text in file.read_text().split("\nrule ")[1:]
        if "gpu=GPU" in text
    ]
    assert sorted(settings["set-resources"]) == sorted(gpu_rules)
    assert settings["retries"] >= 1
    assert settings["default-resources"]["mem_mb"] >= 600


@pytest.mark.parametrize(
    ("squeue", "sacct", "expected"),
    [
        ("echo PENDING", "exit 1", "running"),
        ("echo COMPLETING", "exit 1", "running"),
        ("echo COMPLETED", "exit 1", "success"),
        ("echo CANCELLED", "exit 1", "failed"),
        ("echo OUT_OF_MEMORY", "exit 1", "failed"),
        ("echo NODE_FAIL", "exit 1", "failed"),
        (SILENT, "exit 1", "running"),
        (INVALID, "echo COMPLETED", "success"),
        ("exit 0", "echo 'CANCELLED by 0'", "failed"),
        (INVALID, "exit 1", "failed"),
    ],
)
def test_status_on_slurm(status, squeue, sacct, expected):
    assert status("cluster-generic", squeue=squeue, sacct=sacct) == expected


@pytest.mark.parametrize(
    ("qstat", "qacct", "expected"),
    [
        (f"echo '{RUNNING.format(7, 'qw')}'", "exit 1", "running"),
        (f"echo '{RUNNING.format(7, 'Eqw')}'", "exit 1", "failed"),
        (f"echo '{RUNNING.format(17, 'r')}'", "echo 'failed 0'; echo 'exit_status 0'", "success"),
        ("exit 0", "echo 'failed 0'; echo 'exit_status 1'", "failed"),
        ("exit 0", "echo 'failed 100 : assumedly after job'; echo 'exit_status 137'", "failed"),
        ("exit 0", "exit 1", "failed"),
        ("exit 1", "exit 1", "running"),
    ],
)
def test_status_on_grid_engine(status, qstat, qacct, expected):
    assert status("cluster-sge", qstat=qstat, qacct=qacct) == expected
