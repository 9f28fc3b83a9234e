"""Progress as it is seen: redrawn in a terminal, whole lines with rate and time left in a file and in the job's log."""

import logging
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from cellweave.core import progress as module
from cellweave.core.logs import log_to
from cellweave.core.progress import bar, progress

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
LINE = r"label a/01: {} % \| {} \[\d\d:\d\d<\d\d:\d\d, .*frame/?s?.*\]"
PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
from cellweave.core import progress as module
module.EVERY_S = 0.05
for _ in module.progress(range(6), "label a/01", unit="frame"):
    time.sleep(0.1)
"""


@pytest.fixture
def every_step(monkeypatch):
    monkeypatch.setattr(module, "EVERY_S", 0.0)
    monkeypatch.setattr(module, "LINE_EVERY_S", 0.0)


def test_a_file_gets_whole_lines(every_step, capsys):
    assert list(progress("abcd", "label a/01", unit="frame")) == list("abcd")
    written = capsys.readouterr().err
    assert "\r" not in written
    lines = written.splitlines()
    assert re.fullmatch(LINE.format(25, "1/4"), lines[0]) and re.fullmatch(LINE.format(100, "4/4"), lines[-1])


def test_the_log_of_the_job_gets_them_too(every_step, tmp_path):
    with log_to(tmp_path / "job.log"):
        loading = bar("train", 4, "step", initial=2)
        loading.update(2)
        loading.close()
    assert re.search(r"INFO cellweave.core.progress: train: 100 % \| 4/4 .*step/s", (tmp_path / "job.log").read_text())


def test_an_unknown_total_shows_what_is_done(every_step, capsys):
    loading = bar("download x.zip", None, "B", unit_scale=True)
    loading.update(5_000_000)
    loading.close()
    assert capsys.readouterr().err.startswith("download x.zip: 5.00MB [")


def test_what_is_quick_leaves_no_line(capsys, caplog):
    with caplog.at_level(logging.INFO):
        list(progress(range(3), "label a/01"))
    assert capsys.readouterr().err == "" and caplog.text == ""


def test_a_terminal_gets_one_bar_that_moves():
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    subprocess.run([sys.executable, "-c", PROGRAM, str(SCRIPTS)], stderr=theirs, check=True, timeout=60)
    os.close(theirs)
    seen = os.read(ours, 65536).decode()
    assert seen.count("\r") > 3 and seen.count("\n") == 1
    assert "100%" in seen and re.search(r"6/6 \[00:0\d<00:00", seen)
