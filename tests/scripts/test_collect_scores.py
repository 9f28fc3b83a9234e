"""Parts into one sorted table."""

import pytest

import collect_scores
from cellweave.core.errors import InputError
from cellweave.formats.scores import read_scores

HEADER = "dataset\tsequence\tmodel\ttracker\tmetric\tvalue\tn\n"


def test_parts_are_joined_and_sorted(tmp_path):
    (tmp_path / "b.tsv").write_text(HEADER + "b\t02\tunet\tweave\tTRA\t0.5\t7\nb\t02\tunet\tweave\tSEG\tnan\t0\n")
    (tmp_path / "a.tsv").write_text(HEADER + "a\t01\tunet\t-\tSEG\t0.123456789012\t3\n")
    (tmp_path / "none.tsv").write_text(HEADER)
    parts = [tmp_path / name for name in ("b.tsv", "none.tsv", "a.tsv")]
    collect_scores.main(parts=parts, scores=tmp_path / "scores.tsv")
    lines = (tmp_path / "scores.tsv").read_text().splitlines()
    assert lines == [
        HEADER.strip(),
        "a\t01\tunet\t-\tSEG\t0.123456789012\t3",
        "b\t02\tunet\tweave\tSEG\tnan\t0",
        "b\t02\tunet\tweave\tTRA\t0.5\t7",
    ]
    assert read_scores(tmp_path / "scores.tsv")["sequence"].tolist() == ["01", "02", "02"]


def test_no_parts_give_an_empty_table(tmp_path):
    collect_scores.main(parts=[], scores=tmp_path / "scores.tsv")
    assert (tmp_path / "scores.tsv").read_text() == HEADER


@pytest.mark.parametrize(("text", "message"), [("", "not a table of scores"), ("a\tb\n1\t2\n", "columns missing")])
def test_what_is_no_table_of_scores_is_refused(tmp_path, text, message):
    (tmp_path / "a.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        collect_scores.main(parts=[tmp_path / "a.tsv"], scores=tmp_path / "scores.tsv")
