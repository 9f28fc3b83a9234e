"""Scores of a benchmark as two compact tables, with published values beside them."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from cellweave.report.metrics import KEYS, NO_TRACKER, ScoreTable, score_tables

SEGMENTATION = {
    "SEG": "SEG",
    "SEG_ST": "SEG_ST",
    "DET": "DET",
    "AP50_matched": "AP50 (field)",
    "F1": "F1",
    "AP": "COCO AP",
    "AP_constant": "unranked AP",
    "AP50": "COCO AP50",
    "ECE": "ECE",
}
TRACKING = {
    "DET": "DET",
    "TRA": "TRA",
    "LNK": "LNK",
    "BC1": "BC(1)",
    "BIO": "BIO",
    "segmentation_loss": "TRA lost to segmentation",
    "linking_loss": "to linking",
    "LNK_ceiling": "LNK ceiling",
}
NOTE = (
    "SEG: gold truth, SEG_ST: silver. AP50 (field): TP / (TP + FP + FN) at IoU 0.5 in the field of interest; F1 too. "
    "COCO AP: LIVECell's protocol; unranked: without scores of objects. ECE: their error, 0 is best."
)
ALL = "all"  # the part of a published data set that is the whole
MOST_PUBLISHED = 2  # methods of a data set
BY = "published: "


def benchmark_tables(scores: pd.DataFrame, lost: pd.DataFrame, published: pd.DataFrame) -> list[ScoreTable]:
    """Return what `make benchmark` shows, as far as there is anything: before tracking, after tracking, parts of sets.

    Parameters
    ----------
    scores : DataFrame
        dataset, sequence, model, tracker ("-" before tracking), metric, value, n.
    lost : DataFrame
        Where trackings lose their score (`cellweave.score.attribution`), one row per tracking; may be empty.
    published : DataFrame
        dataset, part, method, metric, value, source; may be empty. The best methods of a data set stand below ours,
        without competing with them: they were scored on other frames.
    """
    losses = lost.melt([*KEYS], [name for name in TRACKING if name.endswith(("_loss", "_ceiling")) and name in lost])
    losses = losses.rename(columns={"variable": "metric"}).assign(n=0)
    ours = pd.concat([scores, losses], ignore_index=True) if len(losses) else scores
    untracked = ours["tracker"] == NO_TRACKER
    halves = [(ours[untracked], SEGMENTATION), (ours[~untracked], TRACKING)]
    tables = [_table(part, columns, published) for part, columns in halves if part["metric"].isin(columns).any()]
    return [*tables, *_parts(scores, published)]


def _table(ours: pd.DataFrame, columns: Mapping[str, str], published: pd.DataFrame) -> ScoreTable:
    """One table, the rows of a data set together; sequences are named only where a data set has several."""
    (table,) = score_tables(ours.sort_values(list(KEYS), kind="stable"), list(columns))
    several = ours.groupby("dataset")["sequence"].nunique() > 1
    by_set: dict[str, list[tuple[tuple[str, ...], list]]] = {}
    for (dataset, sequence, *made), cells in table.rows:
        name = f"{dataset}/{sequence}" if several[dataset] else dataset
        by_set.setdefault(dataset, []).append(((name, *made), cells))
    rows = [row for dataset, own in by_set.items() for row in (*own, *_beside(dataset, published, table))]
    titles = [columns[name] for name in table.metrics]
    return replace(table, keys=("data set", *table.keys[2:]), metrics=titles, rows=rows)


def _beside(dataset: str, published: pd.DataFrame, table: ScoreTable) -> list[tuple[tuple[str, ...], list]]:
    """Rows of the best published methods of a data set, by the first measure of the table that they have."""
    known = published[(published["dataset"] == dataset) & (published["part"] == ALL)]
    known = known[known["metric"].isin(table.metrics)]
    known = known.assign(rank=known["metric"].map(table.metrics.index))
    best = known.sort_values(["rank", "value"], ascending=[True, False], kind="stable")["method"].unique()
    rows = []
    for method in best[:MOST_PUBLISHED]:
        values = known[known["method"] == method].assign(sequence="", model="", tracker=NO_TRACKER, n=0)
        (found,) = score_tables(values, table.metrics)
        cells = dict(zip(found.metrics, found.rows[0][1], strict=True))
        blank = [""] * (len(table.keys) - 3)
        rows.append(((dataset, BY + method, *blank), [cells.get(name) for name in table.metrics]))
    return rows


def _parts(scores: pd.DataFrame, published: pd.DataFrame) -> list[ScoreTable]:
    """Tables of what is published about parts of the data sets that were scored, such as cell types."""
    here = published[published["dataset"].isin(scores["dataset"])]
    split = here[here["part"] != ALL].groupby(["dataset", "metric"], sort=False)
    tables = []
    for (dataset, metric), parts in split:
        known = parts.assign(metric=parts["part"], sequence="", model=BY + parts["method"], tracker=NO_TRACKER, n=0)
        names = {f"{metric}_{part}": part for part in parts["part"]}
        own = scores[(scores["dataset"] == dataset) & scores["metric"].isin(names)]
        values = pd.concat([own.assign(metric=own["metric"].map(names)), known], ignore_index=True)
        (table,) = score_tables(values, list(dict.fromkeys(parts["part"])))
        rows = [
            ((model,), [cell and replace(cell, best=False) for cell in cells]) for (_, _, model), cells in table.rows
        ]
        tables.append(replace(table, title=f"{dataset}: {metric} by part", keys=("model",), rows=rows))
    return tables
