"""Parts into one sorted table."""

import pandas as pd
import pytest

import collect_scores
from cellweave.core.errors import InputError
from cellweave.formats.scores import read_scores
from cellweave.formats.tables import write_table

HEADER = "dataset\tsequence\tmodel\ttracker\tmetric\tvalue\tn\n"


def collect(folder, parts, attributions=(), links=()) -> None:
    written = {name: folder / f"{name}.tsv" for name in ("scores", "attribution", "confidence")}
    collect_scores.main(parts=parts, attributions=list(attributions), links=list(links), **written)


def test_parts_are_joined_and_sorted(tmp_path):
    (tmp_path / "b.tsv").write_text(HEADER + "b\t02\tunet\tweave\tTRA\t0.5\t7\nb\t02\tunet\tweave\tSEG\tnan\t0\n")
    (tmp_path / "a.tsv").write_text(HEADER + "a\t01\tunet\t-\tSEG\t0.123456789012\t3\n")
    (tmp_path / "none.tsv").write_text(HEADER)
    parts = [tmp_path / name for name in ("b.tsv", "none.tsv", "a.tsv")]
    lost = pd.DataFrame(
        [["b", "02", "unet", "weave", 0.25]], columns=["dataset", "sequence", "model", "tracker", "loss"]
    )
    write_table(lost, tmp_path / "b.parquet")
    write_table(pd.DataFrame(), tmp_path / "none.parquet")
    collect(tmp_path, parts, [tmp_path / "none.parquet", tmp_path / "b.parquet"])
    text = (tmp_path / "attribution.tsv").read_text()
    assert text == "dataset\tsequence\tmodel\ttracker\tloss\nb\t02\tunet\tweave\t0.25\n"
    lines = (tmp_path / "scores.tsv").read_text().splitlines()
    assert lines == [
        HEADER.strip(),
        "a\t01\tunet\t-\tSEG\t0.123456789012\t3",
        "b\t02\tunet\tweave\tSEG\tnan\t0",
        "b\t02\tunet\tweave\tTRA\t0.5\t7",
    ]
    assert read_scores(tmp_path / "scores.tsv")["sequence"].tolist() == ["01", "02", "02"]


def test_no_parts_give_an_empty_table(tmp_path):
    collect(tmp_path, [])
    assert (tmp_path / "scores.tsv").read_text() == HEADER


@pytest.mark.parametrize(("text", "message"), [("", "not a table of scores"), ("a\tb\n1\t2\n", "columns missing")])
def test_what_is_no_table_of_scores_is_refused(tmp_path, text, message):
    (tmp_path / "a.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        collect(tmp_path, [tmp_path / "a.tsv"])


def test_sequences_of_one_view_are_judged_together(tmp_path):
    """Two sequences with one division each: 0.9 and right, 0.7 and wrong."""
    for name, verdict, sure in (("a", "right", 0.9), ("b", "false", 0.7)):
        table = pd.DataFrame({"frame": 1, "before": 0, "track": [2, 3], "track_before": 1, "verdict": verdict})
        write_table(table.assign(division=True, confidence=sure, decided=True), tmp_path / f"{name}.parquet")
    write_table(pd.DataFrame(), tmp_path / "none.parquet")
    kind = {"tracker": "weave", "model": "silver", "view": "late"}
    collect(tmp_path, [], links=[{"path": tmp_path / f"{name}.parquet", **kind} for name in ("a", "b", "none")])
    found = pd.read_csv(tmp_path / "confidence.tsv", sep="\t").iloc[0]
    assert (found["view"], found["kind"], found["n"], found["right"]) == ("late", "division", 2, 0.5)
    assert found["ECE"] == pytest.approx((0.1 + 0.7) / 2)
