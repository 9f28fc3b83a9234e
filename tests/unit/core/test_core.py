"""Logs, errors, whole files, code hashes and frame ranges."""

import errno

import pytest

from cellweave.core.code import code_hash, imported_files, third_party_imports
from cellweave.core.errors import InputError
from cellweave.core.files import read_text, sha256_of, whole
from cellweave.core.frames import frame_range
from cellweave.core.logs import log_to


def test_error_says_what_where_and_what_to_do():
    assert str(InputError("bad value 3", where="key a", todo="use 2")) == "bad value 3\n  where: key a\n  to do: use 2"


def test_a_failing_job_shows_the_sentence_and_keeps_the_stack_in_its_log(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop, log_to(tmp_path / "job.log"):
        raise InputError("frame 7 is missing", where="t007.tif")
    shown = capsys.readouterr().err
    assert stop.value.code == 1
    assert shown.startswith("ERROR: frame 7 is missing") and "Traceback" not in shown
    assert "Traceback" in (tmp_path / "job.log").read_text()


def test_a_full_disk_is_explained(tmp_path, capsys):
    with pytest.raises(SystemExit), log_to(tmp_path / "job.log"):
        raise OSError(errno.ENOSPC, "No space left on device", "labels.ome.zarr")
    assert "disk full: no space left while writing labels.ome.zarr" in capsys.readouterr().err


@pytest.mark.parametrize("folder", [False, True])
def test_nothing_half_written_gets_the_final_name(tmp_path, folder):
    target = tmp_path / "result"
    target.write_text("old")
    with pytest.raises(RuntimeError), whole(target) as part:
        (part.mkdir() or (part / "a").write_text("new")) if folder else part.write_text("new")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_complete_folder_replaces_the_old_one(tmp_path):
    for text in ("old", "new"):
        with whole(tmp_path / "store") as part:
            part.mkdir()
            (part / text).write_text(text)
    assert [file.name for file in (tmp_path / "store").iterdir()] == ["new"]


def test_what_a_killed_job_left_goes_with_the_next_attempt(tmp_path):
    (tmp_path / ".a[1].zarr.part-7").mkdir()
    (tmp_path / ".a[1].zarr.part-7" / "chunk").touch()
    (tmp_path / ".b.zarr.part-7").touch()
    with whole(tmp_path / "a[1].zarr") as part:
        part.touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.zarr.part-7", "a[1].zarr"]


def test_hash_of_a_folder_ignores_the_time_stamp_of_snakemake(tmp_path):
    (tmp_path / "a").write_text("1")
    before = sha256_of(tmp_path)
    (tmp_path / ".snakemake_timestamp").touch()
    assert sha256_of(tmp_path) == before
    (tmp_path / "a").write_text("2")
    assert sha256_of(tmp_path) != before


def test_text_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "a.txt").write_bytes("µm".encode("latin-1"))
    with pytest.raises(
        InputError, match=r"not text in UTF-8: .* at byte 0\n  where: .*a\.txt\n  to do: save it as UTF-8"
    ):
        read_text(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes("µm".encode("utf-8-sig"))
    assert read_text(tmp_path / "a.txt") == "µm"


@pytest.fixture
def scripts(tmp_path):
    package = tmp_path / "cellweave"
    package.mkdir()
    (package / "__init__.py").write_text('"""Package."""')
    (package / "a.py").write_text('"""A."""\nimport numpy\nfrom cellweave.b import f\n')
    (package / "b.py").write_text('"""B."""\ndef f():\n    """Doc."""\n    return 1  # one\n')
    (package / "c.py").write_text("x = 1\n")
    (tmp_path / "job.py").write_text("from cellweave import a\n")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "text", "changes"),
    [
        ("b.py", '"""B!"""\ndef f():\n    """Other."""\n    return 1  # uno\n', False),
        ("b.py", "def f():\n    return 2\n", True),
        ("c.py", "x = 2\n", False),
    ],
    ids=["comments and docstrings", "code that is imported indirectly", "code that is not imported"],
)
def test_code_hash_follows_the_code_that_runs(scripts, file, text, changes):
    before = code_hash(scripts / "job.py")
    (scripts / "cellweave" / file).write_text(text)
    assert (code_hash(scripts / "job.py") != before) is changes


def test_imports_are_found(scripts):
    assert {file.name for file in imported_files(scripts / "job.py")} == {"__init__.py", "a.py", "b.py"}
    assert third_party_imports(scripts / "cellweave" / "a.py") == {"numpy"}


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (None, range(10)),
        ([0.0, 0.7], range(7)),
        ([0.7, 1.0], range(7, 10)),
        ([2, 4], range(2, 4)),
        ([0.0, 1.0, 4], range(0, 10, 4)),
    ],
)
def test_frame_ranges(frames, expected):
    assert frame_range(frames, 10) == expected


@pytest.mark.parametrize("frames", [[4, 4], [0, 11], [-1, 3], [0.5, 0.5], [0, 4, 0]])
def test_an_empty_frame_range_is_refused(frames):
    with pytest.raises(InputError, match="name no frames of a movie of 10"):
        frame_range(frames, 10)
