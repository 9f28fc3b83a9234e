"""From a published table, on disk or on the network, to ranks and to what is said where there are none."""

from pathlib import Path

import pandas as pd
import pytest

import fetch_published
import rank_scores
from cellweave.core.errors import InputError
from cellweave.formats import archives
from cellweave.formats.scores import COLUMNS, read_published, write_scores
from cellweave.report.metrics import ranks_as_text

SHIPPED = Path(__file__).parents[2] / "config" / "published.tsv"
HELA = "Fluo-N2DL-HeLa"
NOWHERE = "http://127.0.0.1:9/documents/results.xlsx"  # the port `discard`: nothing listens


def ranks(folder, source, spreadsheets=(), mirror=None) -> pd.DataFrame:
    made = {name: folder / f"{name}.tsv" for name in ("table", "notes")}
    fetch_published.main(source=str(source), spreadsheets=list(spreadsheets), mirror=mirror, **made)
    rows = [(HELA, "01", "silver", "weave", "LNK", 0.9955, 9), (HELA, "01", "silver", "trackpy", "LNK", 0.9, 9)]
    write_scores(pd.DataFrame(rows, columns=COLUMNS), folder / "scores.tsv")
    files = {"scores": folder / "scores.tsv", "published": made["table"], "notes": made["notes"]}
    rank_scores.main(**files, sequences=[(HELA, "01")], ranks=folder / "ranks.tsv")
    return pd.read_csv(folder / "ranks.tsv", sep="\t")


def test_among_the_shipped_values(tmp_path):
    table = ranks(tmp_path, SHIPPED)
    assert table[["tracker", "rank", "entries"]].to_numpy().tolist() == [["weave", 2, 4], ["trackpy", 4, 4]]
    assert table["best_method"].eq("PAST-FR").all()
    shown = ranks_as_text(table).splitlines()
    assert len(shown) == 2 and "weave" in shown[1], "of each measure the best rank"


def test_what_cannot_be_reached_is_said_and_fails_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "FIRST_PAUSE_S", 0)
    table = ranks(tmp_path, NOWHERE.replace("xlsx", "tsv"), [NOWHERE])
    assert table["rank"].isna().all()
    said = dict(zip(table["dataset"], table["note"], strict=True))
    assert said[HELA] == "not ranked: no published value is known"
    assert said["Cell Tracking Challenge"].startswith("its spreadsheets are not reachable")
    assert "not reachable" in said[NOWHERE.replace("xlsx", "tsv")]
    assert ranks_as_text(table).count("not reachable") == 2


def test_the_mirror_is_looked_up_first(tmp_path):
    mirrored = tmp_path / "mirror" / "127.0.0.1:9" / "documents"
    mirrored.mkdir(parents=True)
    (mirrored / "results.tsv").write_bytes(SHIPPED.read_bytes())
    (mirrored / "results.xlsx").write_bytes(b"PK")
    table = ranks(tmp_path, NOWHERE.replace("xlsx", "tsv"), [NOWHERE], mirror=str(tmp_path / "mirror"))
    assert table["rank"].dropna().tolist() == [2, 4]
    assert "reachable, but not read" in table["note"].iloc[-1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dataset\tvalue\nset\t1\n", "columns missing: part, method, metric, source"),
        ("dataset\tpart\tmethod\tmetric\tvalue\tsource\nset\tall\tA\tSEG\thigh\tx\n", "not a table of published"),
        ("dataset\tpart\tmethod\tmetric\tvalue\tsource\nset\tall\t\tSEG\t1\tx\n", "empty fields in row 1"),
    ],
)
def test_a_table_of_another_kind_is_refused(tmp_path, text, message):
    (tmp_path / "mine.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_published(tmp_path / "mine.tsv")


def test_every_shipped_value_names_its_source():
    assert read_published(SHIPPED)["value"].between(0, 1).all()
