"""One device per job, with fake devices and real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cellweave.core import devices
from cellweave.core.devices import VISIBLE, own_device, slot, visible_devices
from cellweave.core.errors import InputError

SCRIPTS = Path(devices.__file__).parents[2]
JOB = """
import sys
from pathlib import Path
from cellweave.core.devices import own_device
with own_device("auto", Path(sys.argv[1])) as own:
    print(own, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def start(tmp_path):
    """Start a job that says which of the devices 0 and 1 it got and holds it until its input is closed."""
    jobs = []

    def job() -> subprocess.Popen:
        environment = {**os.environ, VISIBLE: "0,1", "PYTHONPATH": str(SCRIPTS)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        jobs.append(subprocess.Popen([sys.executable, "-c", JOB, tmp_path], env=environment, text=True, **pipes))
        return jobs[-1]

    yield job
    for each in jobs:
        each.kill()
        each.wait()


def device_of(job: subprocess.Popen) -> str:
    return job.stdout.readline().strip()


def test_two_jobs_get_two_devices_and_a_third_waits(start):
    first, second = start(), start()
    assert {device_of(first), device_of(second)} == {"0", "1"}
    third = start()
    with pytest.raises(subprocess.TimeoutExpired):
        third.wait(1)
    first.stdin.close()
    assert device_of(third) in {"0", "1"}


def test_a_killed_job_gives_its_device_back(start):
    jobs = {device_of(job): job for job in (start(), start())}
    jobs["1"].kill()
    assert device_of(start()) == "1"


def test_a_worker_that_outlives_its_job_keeps_the_device(tmp_path):
    """A loader's worker still uses the GPU for a moment after its job was killed; it shares the open lock."""
    reader, writer = os.pipe()
    worker = os.fork()
    if worker == 0:
        with slot(["0", "1"], tmp_path):
            if os.fork() > 0:
                os._exit(0)
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
    os.close(reader)
    os.waitpid(worker, 0)
    with slot(["0", "1"], tmp_path) as own:
        assert own == "1"
    os.close(writer)


def test_the_job_sees_its_device_only_and_the_environment_is_put_back(monkeypatch, tmp_path):
    monkeypatch.setenv(VISIBLE, "2,3")
    with own_device("gpu", tmp_path) as own:
        assert (own, os.environ[VISIBLE]) == ("2", "2")
    assert os.environ[VISIBLE] == "2,3"


@pytest.mark.parametrize(("device", "visible"), [("cpu", "0,1"), ("auto", "0"), ("auto", "")])
def test_without_a_choice_there_is_no_lock(monkeypatch, tmp_path, device, visible):
    monkeypatch.setenv(VISIBLE, visible)
    with own_device(device, tmp_path) as own:
        assert own is None
        assert os.environ[VISIBLE] == visible
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("named", "devices"),
    [("0,1", ["0", "1"]), (" 0, 1 ", ["0", "1"]), ("", []), ("-1", []), ("1,-1,0", ["1"]), ("GPU-a", ["GPU-a"])],
)
def test_devices_are_read_as_cuda_reads_them(monkeypatch, named, devices):
    monkeypatch.setenv(VISIBLE, named)
    assert visible_devices() == devices


@pytest.mark.parametrize(("script", "devices"), [("echo GPU-a; echo GPU-b", ["GPU-a", "GPU-b"]), ("exit 9", [])])
def test_devices_come_from_the_driver_when_none_is_named(monkeypatch, tmp_path, script, devices):
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.delenv(VISIBLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert visible_devices() == devices


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"no lock for the GPUs(.|\n)*set TMPDIR"), slot(["0"], tmp_path / "file"):
        pass
