"""The table of data sets: what is refused, and with which words."""

import pytest

from cellweave.core.errors import InputError
from cellweave.core.registry import COLUMNS, path_of, read_registry

GOOD = dict.fromkeys(COLUMNS, "") | {
    "dataset": "mine",
    "kind": "movie",
    "format": "ctc",
    "sequence": "01",
    "url": "http://example.org/a/mine.zip",
}


@pytest.fixture
def table(tmp_path):
    def write(*rows):
        path = tmp_path / "datasets.tsv"
        lines = ["\t".join(COLUMNS), *("\t".join((GOOD | row)[name] for name in COLUMNS) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def test_a_row_is_read_with_its_types(table):
    row = read_registry(table({"pixel_size_um": "0.65", "border_px": "50"}))["mine", "01"]
    assert (row.pixel_size_um, row.frame_interval_min, row.border_px, row.sha256) == (0.65, None, 50, None)
    assert row.has_truth and not row.simulated


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"dataset": "../x"}, "dataset '../x' cannot be a folder's name"),
        ({"sequence": "/etc"}, "sequence '/etc' cannot be a folder's name"),
        ({"kind": "film"}, "kind 'film' is unknown"),
        ({"format": "avi"}, "format 'avi' is unknown"),
        ({"url": ""}, "url is empty"),
        ({"url": "http://h/../../etc/x.zip"}, "does not name a file"),
        ({"url": "http://h/a b.zip"}, "does not name a file"),
        ({"url": "http://[::1/a.zip"}, "does not name a file"),
        ({"url": "../../tmp/x.zip"}, "url '../../tmp/x.zip' cannot be used in place"),
        ({"truth_url": "x\x00"}, "truth_url 'x\\x00' cannot be used in place"),
        ({"pixel_size_um": "-1"}, "pixel_size_um '-1' is not a number"),
        ({"pixel_size_um": "nan"}, "pixel_size_um 'nan' is not a number"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(table, row, message):
    with pytest.raises(InputError, match="line 2") as error:
        read_registry(table(row))
    assert message in str(error.value)


def test_a_sequence_listed_twice_and_a_missing_column_are_refused(table, tmp_path):
    with pytest.raises(InputError, match="mine/01 is listed twice"):
        read_registry(table({}, {}))
    (tmp_path / "short.tsv").write_text("dataset\tkind\n")
    with pytest.raises(InputError, match="columns missing: border_px"):
        read_registry(tmp_path / "short.tsv")
    with pytest.raises(InputError, match="no table of data sets"):
        read_registry(tmp_path / "absent.tsv")


def test_a_url_has_one_place_on_disk():
    assert path_of("http://host.org/a/b.zip?x=1") == "host.org/a/b.zip"
