"""The tidy table of scores: one row per dataset, sequence, model, tracker and metric."""

from collections.abc import Iterable, Mapping

import pandas as pd

from cellweave.score.ctc import Score
from cellweave.score.definitions import METRICS

KEYS = ["dataset", "sequence", "model", "tracker"]
NO_TRACKER = "-"


def rows_of(scores: Iterable[Score], keys: Mapping[str, str]) -> pd.DataFrame:
    """Return scores as a table.

    Parameters
    ----------
    scores : iterable of Score
        Scores of one sequence.
    keys : mapping
        dataset, sequence, model and, after tracking, tracker.

    Returns
    -------
    DataFrame
        Columns dataset, sequence, model, tracker ("-" before tracking), metric, value, n.
    """
    rows = [[*(keys.get(key, NO_TRACKER) for key in KEYS), *score] for score in scores]
    return pd.DataFrame(rows, columns=[*KEYS, "metric", "value", "n"]).astype({"value": float, "n": int})


def collected(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return all rows of `parts`, ascending by keys and with metrics in the order of their definitions."""
    table = pd.concat([rows_of([], {}), *parts], ignore_index=True)
    order = {name: index for index, name in enumerate(METRICS)}
    rank = table["metric"].map(order).fillna(len(order))
    return table.assign(rank=rank).sort_values([*KEYS, "rank", "metric"], ignore_index=True).drop(columns="rank")
