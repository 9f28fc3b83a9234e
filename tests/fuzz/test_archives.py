"""Zip archives that somebody else made."""

import io
import stat
import zipfile

import pytest
from hypothesis import strategies as st

from cellweave.formats.archives import unpack

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
NAMES = st.sampled_from(
    [
        "a",
        "b",
        "b/c",
        "b/",
        "../x",
        "a/../../x",
        "/etc/x",
        "C:x",
        "..\\x",
        "\xe9",
        "x" * 300,
        "x/" * 3000,
        "a\0b",
        "",
        ".",
        "b/./c",
        "aux\n",
    ]
) | st.text(max_size=6)


def zipped(entries: list[tuple[str, int, int]]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, method, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr, entry.compress_type = mode << 16, method
            archive.writestr(entry, b"some text " * 9)
    return stream.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives(fuzz, damaged, tmp_path):
    folder = tmp_path / "in" / "folder"
    folder.mkdir(parents=True)
    archive, out = folder / "a.zip", folder / "out"

    def read(content: bytes) -> None:
        archive.write_bytes(content)
        try:
            unpack(archive, out)
        finally:
            found = {path for path in tmp_path.rglob("*") if out not in path.parents}
            assert found <= {folder.parent, folder, archive, out}
            assert not any(path.is_symlink() for path in out.rglob("*"))

    modes = st.sampled_from([0, 0, stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777, stat.S_IFCHR])
    entries = st.lists(st.tuples(NAMES, st.sampled_from(METHODS), modes), max_size=3)
    fuzz(entries.map(zipped) | damaged([zipped([("x/a", method, 0), ("x/b", method, 0)]) for method in METHODS]), read)
