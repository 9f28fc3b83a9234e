"""Ranks by hand."""

import pandas as pd

from cellweave.formats.scores import COLUMNS, PUBLISHED
from cellweave.score.leaderboard import leaderboard

ROWS = [
    ("set", "01", "unet", "weave", "TRA", 0.9, 5),
    ("set", "02", "unet", "weave", "TRA", 0.7, 5),
    ("set", "02-late", "unet", "weave", "TRA", 1.0, 5),
    ("set", "01", "forest", "-", "AFNR", 0.25, 5),
    ("set", "01", "forest", "-", "SEG", float("nan"), 0),
    ("mine", "1", "unet", "-", "SEG", 0.5, 5),
]
KNOWN = [
    ("set", "all", "A", "TRA", 0.95, "paper"),
    ("set", "all", "B", "TRA", 0.8, "paper"),
    ("set", "all", "C", "TRA", 0.1, "site"),
    ("set", "one kind", "D", "TRA", 0.99, "paper"),
    ("set", "all", "A", "AFNR", 0.3, "paper"),
    ("set", "all", "A", "SEG", 0.9, "paper"),
]


def test_ranks_by_hand():
    scores, known = pd.DataFrame(ROWS, columns=COLUMNS), pd.DataFrame(KNOWN, columns=PUBLISHED)
    whole = [("set", "01"), ("set", "02"), ("mine", "1")]
    table = leaderboard(scores, known, whole, {"X": "not reachable"}).set_index(["dataset", "metric"])
    tra = table.loc[("set", "TRA")]
    assert (tra["sequences"], round(tra["value"], 12)) == ("01+02", 0.8)
    assert (tra["rank"], tra["entries"], tra["best_method"], tra["best_published"]) == (2, 4, "A", 0.95)
    assert tra["note"] == "paper; site"
    assert table.loc[("set", "AFNR"), "rank"] == 1, "the less is missed, the better"
    assert ("set", "SEG") not in table.index, "an undefined score has no rank"
    without = table[table["rank"].isna()]["note"]
    assert without.to_dict() == {("mine", "-"): "not ranked: no published value is known", ("X", "-"): "not reachable"}


def test_nothing_to_rank():
    table = leaderboard(pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=PUBLISHED), [], {})
    assert table.empty
