"""Scores against what a benchmark expects of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cellweave.score.table import KEYS, NO_TRACKER


def compare(scores: pd.DataFrame, expected: Sequence[dict]) -> pd.DataFrame:
    """Set scores beside what is expected of them.

    Parameters
    ----------
    scores : DataFrame
        Columns dataset, sequence, model, tracker, metric, value, n.
    expected : sequence of dict
        Keys dataset, sequence, model, tracker (optional), metric, value, tolerance, why; a value of nan expects an
        undefined score.

    Returns
    -------
    DataFrame
        One row per expectation: the five keys, expected, got (NaN where absent), difference, tolerance, passed, why.
    """
    columns = [*KEYS, "metric", "expected", "got", "difference", "tolerance", "passed", "why"]
    known = {tuple(row[:5]): row[5] for row in scores[[*KEYS, "metric", "value"]].itertuples(index=False, name=None)}
    rows = []
    for entry in expected:
        key = tuple(str(entry.get(name) or NO_TRACKER) for name in (*KEYS, "metric"))
        wanted, got = float(entry["value"]), known.get(key, np.nan)
        both_undefined = key in known and np.isnan(wanted) and np.isnan(got)
        passed = both_undefined or abs(got - wanted) <= entry["tolerance"]
        rows.append([*key, wanted, got, got - wanted, float(entry["tolerance"]), bool(passed), entry.get("why", "")])
    return pd.DataFrame(rows, columns=columns)


def difference_text(checked: pd.DataFrame) -> str:
    """Return a table of the expectations that failed, one per line."""
    failed = checked[~checked["passed"]]
    shown = failed.assign(got=failed["got"].map(lambda value: "missing or nan" if np.isnan(value) else f"{value:.6g}"))
    return shown[[*KEYS, "metric", "expected", "got", "difference", "tolerance", "why"]].to_string(index=False)
