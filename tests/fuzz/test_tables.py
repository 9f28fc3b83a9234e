"""Lineage tables and tables of data sets that somebody else wrote."""

import pytest
from hypothesis import strategies as st

from cellweave.core.registry import COLUMNS, is_remote, path_of, read_registry
from cellweave.formats import ctc

LINEAGE = ["1", "0", "2", "0", "2", "3", "5", "1", "3", "3", "4", "1"]
IDS = {0: [1], 1: [1], 2: [1], 3: [2, 3], 4: [2, 3], 5: [2]}
ODD = st.sampled_from(["-1", "2147483647", "2147483648", "-2147483648", "9" * 5000, "1.0", "٣", "\ud800", "1 0 2 0\n4"])


def lineage(changes: dict[int, str | int]) -> bytes:
    words = [str(changes.get(place, word)) for place, word in enumerate(LINEAGE)]
    lines = [" ".join(words[start : start + 4]) for start in range(0, len(words), 4)]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def test_lineage_tables(fuzz, damaged, tmp_path):
    path = tmp_path / "man_track.txt"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        table = ctc.read_tracks(path)
        ctc.clip_tracks(table, range(2, 4))
        ctc.check_tracks(table, where=path)
        ctc.write_tracks(table, tmp_path / "res_track.txt")
        assert ctc.read_tracks(tmp_path / "res_track.txt").equals(table)
        if len(table):
            ctc.check_tracks(table, IDS, where=path)

    changes = st.dictionaries(
        st.integers(0, len(LINEAGE) - 1), st.integers(0, 6) | ODD | st.text(max_size=3), max_size=2
    )
    fuzz(changes.map(lineage) | damaged([lineage({})]), read)


URLS = st.sampled_from(
    ["", "simulate:", "images", "../x.zip", "http://h/a.zip", "http://h/../a.zip", "https://[::1", "http:///a"]
)
CELLS = {
    "dataset": st.sampled_from(["mine", "a+b", "..", "a/b", "x" * 300, "a\n", "é"]),
    "kind": st.sampled_from(["movie", "movie", "stills", "film"]),
    "format": st.sampled_from(["ctc", "ctc", "images", "avi"]),
    "sequence": st.sampled_from(["01", "02", "-1", "{x}", "*"]),
    "url": URLS | st.text(max_size=9).map("http://{}".format),
    "truth_url": URLS,
    "pixel_size_um": st.sampled_from(["", "0.5", "1e400", "nan", "-1", "1_0", "٣"]),
    "border_px": st.sampled_from(["", "5", "1e300", "0.5", "inf"]),
}
rows = st.fixed_dictionaries({}, optional=CELLS | dict.fromkeys(COLUMNS, st.text(max_size=4)) | CELLS)
GOOD = dict.fromkeys(COLUMNS, "") | {"kind": "movie", "format": "ctc", "sequence": "01", "url": "http://h/a.zip"}


@pytest.fixture
def registry(tmp_path):
    path = tmp_path / "datasets.tsv"

    def read(content: bytes):
        path.write_bytes(content)
        table = read_registry(path)
        root = tmp_path / "resources"
        for (dataset, sequence), row in table.items():
            places = [root / "prepare" / dataset / sequence]
            places += [root / path_of(url) for url in (row.url, row.truth_url) if url and is_remote(url)]
            for place in places:
                assert root in place.resolve().parents
                assert place.relative_to(root).as_posix().isprintable()
                assert max(len(part.encode()) for part in place.parts) < 240
        return table

    return read


def test_tables_of_data_sets(fuzz, registry):
    def text(changes: list[dict[str, str]]) -> bytes:
        lines = [
            COLUMNS,
            *([(GOOD | {"dataset": f"d{i}"} | row)[name] for name in COLUMNS] for i, row in enumerate(changes)),
        ]
        return "\n".join("\t".join(line) for line in lines).encode("utf-8", "surrogatepass")

    written = st.lists(rows, min_size=1, max_size=3).map(text)
    fuzz(written | st.binary(max_size=30) | st.just(text([{}])), registry)
