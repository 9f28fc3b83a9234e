"""The rank that scores would have among published ones."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from cellweave.formats.scores import LOWER_IS_BETTER
from cellweave.score.table import NO_TRACKER

COLUMNS = [
    *("dataset", "metric", "model", "tracker", "sequences", "value"),
    *("rank", "entries", "best_method", "best_published", "note"),
]
ALL = "all"  # the part of a published data set that is the whole


def leaderboard(
    scores: pd.DataFrame, published: pd.DataFrame, whole: Collection[tuple[str, str]], notes: Mapping[str, str]
) -> pd.DataFrame:
    """Rank the mean over the sequences of a data set among the published values of a measure.

    Parameters
    ----------
    scores : DataFrame
        dataset, sequence, model, tracker, metric, value.
    published : DataFrame
        dataset, part, method, metric, value, source; only whole data sets (part `all`) are compared with.
    whole : collection of (dataset, sequence)
        Sequences that are no part of another one; only these count.
    notes : mapping
        What to say besides: of whom -> text.

    Returns
    -------
    DataFrame
        dataset, metric, model, tracker, sequences (joined by +), value, rank (1 = better than all that are known, equal
        values share one), entries (known ones and ours), best_method, best_published, note (the sources); a data set
        without published values, and each of `notes`, has one row without a rank.
    """
    known = published[published["part"] == ALL].groupby(["dataset", "metric"], sort=False)
    counted = np.array([pair in set(whole) for pair in zip(scores["dataset"], scores["sequence"], strict=True)], bool)
    rows = []
    own = scores[counted].dropna(subset=["value"])
    for (dataset, metric, model, tracker), group in own.groupby(["dataset", "metric", "model", "tracker"], sort=False):
        if (dataset, metric) in known.groups:
            value = float(group["value"].mean())
            rows.append([dataset, metric, model, tracker, "+".join(group["sequence"]), value])
            rows[-1] += _place(value, known.get_group((dataset, metric)), metric.startswith(LOWER_IS_BETTER))
    unknown = dict.fromkeys(scores["dataset"].unique(), "not ranked: no published value is known")
    for row in rows:
        unknown.pop(row[0], None)
    for name, note in [*unknown.items(), *notes.items()]:
        rows.append([name, NO_TRACKER, NO_TRACKER, NO_TRACKER, NO_TRACKER, *[None] * 3, NO_TRACKER, None, note])
    numbers = {"value": float, "rank": "Int64", "entries": "Int64", "best_published": float}
    return pd.DataFrame(rows, columns=COLUMNS).astype(numbers)


def _place(value: float, entries: pd.DataFrame, lower_is_better: bool) -> list:
    sign = -1 if lower_is_better else 1
    best = entries.loc[(sign * entries["value"]).idxmax()]
    rank = 1 + int((sign * entries["value"] > sign * value).sum())
    sources = "; ".join(entries["source"].unique())
    return [rank, 1 + len(entries), best["method"], best["value"], sources]
