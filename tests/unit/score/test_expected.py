"""Expectations that hold, that fail, and that have no score."""

import numpy as np
import pandas as pd

from cellweave.score.ctc import Score
from cellweave.score.definitions import METRICS
from cellweave.score.expected import compare, difference_text
from cellweave.score.table import collected, rows_of

KEYS = {"dataset": "set", "sequence": "01", "model": "unet"}


def expectation(metric: str, value: float, **more) -> dict:
    return {**KEYS, "metric": metric, "value": value, "tolerance": 0.01, "why": "seed", **more}


def table() -> pd.DataFrame:
    return rows_of([Score("SEG", 0.9, 10), Score("CCA", np.nan, 0)], KEYS)


def test_scores_within_their_tolerance_pass():
    assert compare(table(), [expectation("SEG", 0.905), expectation("CCA", np.nan)])["passed"].all()
    assert compare(table(), []).empty


def test_missed_missing_and_undefined_scores_fail_and_the_text_says_which():
    expected = [expectation("SEG", 0.7), expectation("SEG", 0.9, tracker="weave"), expectation("CCA", 0.5)]
    checked = compare(table(), [*expected, expectation("SEG", 0.9)])
    assert checked["passed"].tolist() == [False, False, False, True]
    lines = difference_text(checked).splitlines()
    assert len(lines) == 4
    assert lines[1].split() == ["set", "01", "unet", "-", "SEG", "0.7", "0.9", "0.2", "0.01", "seed"]
    assert lines[2].split()[3:7] == ["weave", "SEG", "0.9", "missing"]


def test_collected_rows_are_sorted_by_keys_and_metrics_keep_their_order():
    later = rows_of([Score("TRA", 1.0, 1), Score("SEG", 1.0, 1)], {**KEYS, "tracker": "weave"})
    joined = collected([later, table()])
    assert joined["metric"].tolist() == ["SEG", "CCA", "SEG", "TRA"]
    assert joined["tracker"].tolist() == ["-", "-", "weave", "weave"]
    assert list(joined.columns) == ["dataset", "sequence", "model", "tracker", "metric", "value", "n"]
    assert collected([]).empty


def test_definitions_are_one_sentence_each():
    assert all(text.endswith(".") and len(text) < 120 for text in METRICS.values())
