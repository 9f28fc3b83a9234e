"""A benchmark's expectations: met, missed, none."""

import pandas as pd
import pytest

import check_scores
from cellweave.core.errors import InputError

ENTRY = {"dataset": "a", "sequence": "01", "model": "unet", "metric": "SEG", "tolerance": 0.02, "why": "one seed"}


@pytest.fixture
def scores(tmp_path):
    path = tmp_path / "scores.tsv"
    path.write_text("dataset\tsequence\tmodel\ttracker\tmetric\tvalue\tn\na\t01\tunet\t-\tSEG\t0.8\t3\n")
    return path


def test_scores_as_expected_are_written_beside_their_expectation(scores, tmp_path):
    check_scores.main(scores=scores, expected=[{**ENTRY, "value": 0.81}], checked=tmp_path / "checked.tsv")
    row = pd.read_csv(tmp_path / "checked.tsv", sep="\t", dtype={"sequence": str}).iloc[0]
    assert (row["sequence"], row["expected"], row["got"], bool(row["passed"])) == ("01", 0.81, 0.8, True)


def test_missed_and_missing_scores_are_an_error_that_shows_the_difference(scores, tmp_path):
    expected = [{**ENTRY, "value": 0.9}, {**ENTRY, "tracker": "weave", "metric": "TRA", "value": 0.9}]
    with pytest.raises(InputError) as error:
        check_scores.main(scores=scores, expected=expected, checked=tmp_path / "checked.tsv")
    text = str(error.value)
    assert "2 of 2 scores are not as expected" in text
    assert "dataset sequence model tracker metric expected got difference tolerance" in " ".join(text.split())
    assert "a 01 unet - SEG 0.9 0.8 -0.1 0.02 one seed" in " ".join(text.split())
    assert "weave TRA 0.9 missing" in " ".join(text.split())
    assert not (tmp_path / "checked.tsv").exists()


def test_nothing_expected_passes(scores, tmp_path):
    check_scores.main(scores=scores, expected=[], checked=tmp_path / "checked.tsv")
    assert (tmp_path / "checked.tsv").read_text().startswith("dataset\tsequence")
