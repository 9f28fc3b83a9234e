"""A manifest tells which files have changed since it was written."""

import hashlib
import json

import pytest

from cellweave.core.errors import InputError
from cellweave.core.verify import verify


@pytest.fixture
def manifest(tmp_path):
    """Two files, one of them an output, as their manifest lists them."""
    content = {}
    for key, name in (("inputs", "a.zip"), ("outputs", "results/scores.tsv")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("some text")
        content[key] = [{"path": name, "bytes": 9, "sha256": hashlib.sha256(b"some text").hexdigest()}]
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    return tmp_path / "manifest.json"


def test_unchanged_files_are_counted(manifest, tmp_path):
    assert verify(manifest, tmp_path) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file.write_text("some"), "has 4 bytes instead of 9"),
        (lambda file: file.write_text("some tixt"), "has another content of the same size"),
        (lambda file: file.unlink(), "is missing"),
    ],
    ids=["truncated", "flipped", "deleted"],
)
def test_a_change_is_named(manifest, tmp_path, change, message):
    change(tmp_path / "results" / "scores.tsv")
    with pytest.raises(InputError, match=rf"1 of 2 files are not what they were:\n    results/scores\.tsv {message}\n"):
        verify(manifest, tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"inputs": 3}', '{"outputs": [{"path": "a.zip"}]}'])
def test_a_damaged_manifest_is_no_clean_bill(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputError, match=r"manifest\.json"):
        verify(tmp_path / "manifest.json", tmp_path)
