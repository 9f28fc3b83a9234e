"""Provenance: what it says is what is there."""

import hashlib
import logging
import subprocess

from cellweave.report.provenance import (
    command_line,
    describe_code,
    describe_files,
    describe_machine,
    describe_packages,
    now,
)


def _git(folder, *arguments):
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_commit_and_dirty_flag(tmp_path):
    _git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("a")
    _git(tmp_path, "add", "a")
    _git(tmp_path, "commit", "-qm", "a")
    assert describe_code(tmp_path) == {"commit": _git(tmp_path, "rev-parse", "HEAD"), "dirty": False}
    (tmp_path / "a").write_text("b")
    assert describe_code(tmp_path)["dirty"] is True


def test_no_repository_warns(tmp_path, caplog, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with caplog.at_level(logging.WARNING):
        assert describe_code(tmp_path) == {"commit": "unknown", "dirty": None}
    assert "no git repository" in caplog.text and "recorded as unknown" in caplog.text


def test_inputs_are_hashed(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"abc")
    expected = {"path": str(file), "is_folder": False, "bytes": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}
    assert describe_files([file]) == [expected]
    assert describe_files([tmp_path])[0]["bytes"] == 3


def test_the_rest_is_plain():
    assert describe_packages(("numpy", "no-such-package")).keys() == {"numpy"}
    assert describe_machine()["cores"] > 0 and describe_machine()["memory_gib"] > 0
    assert now().endswith("+00:00") and command_line()
