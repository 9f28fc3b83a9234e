"""Scores as tables that a reader can scan."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from cellweave.formats.scores import LOWER_IS_BETTER

KEYS = ("dataset", "sequence", "model", "tracker")
NO_TRACKER = "-"
MAIN = ("SEG", "SEG_ST", "DET", "TRA", "LNK", "BC1", "AP", "AP50", "AP50_matched", "F1")
UNDEFINED = "–"
DIGITS = 3
NOTHING = "no scores: there was no truth to compare with"


@dataclass(frozen=True)
class Cell:
    """One score: its value (NaN = undefined), as text, the number of objects behind it, and whether it leads."""

    value: float
    text: str
    n: int
    best: bool


@dataclass(frozen=True)
class ScoreTable:
    """Rows of keys, and one `Cell` per metric, None where nothing was scored."""

    title: str
    keys: tuple[str, ...]
    metrics: list[str]
    rows: list[tuple[tuple[str, ...], list[Cell | None]]]


def score_tables(scores: pd.DataFrame, metrics: Sequence[str] | None = None, digits: int = DIGITS) -> list[ScoreTable]:
    """Turn the tidy scores into one table before and one after tracking, those that are not empty.

    Parameters
    ----------
    scores : DataFrame
        `dataset sequence model tracker metric value n`; tracker "-" before tracking.
    metrics : sequence of str, optional
        Columns to keep where they exist, in this order; None keeps all.
    digits : int
        Decimals of a score.

    Returns
    -------
    list of ScoreTable
        A cell is `best` when no other row of the same sequence in its table has a better one and some have a worse.
    """
    if metrics is not None:
        scores = scores[scores["metric"].isin(metrics)]
    tracked = scores["tracker"] != NO_TRACKER
    parts = [("Segmentation", KEYS[:-1], scores[~tracked]), ("Tracking", KEYS, scores[tracked])]
    return [_pivot(title, keys, part, metrics, digits) for title, keys, part in parts if len(part)]


def best_of(scores: pd.DataFrame) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Return, per (dataset, sequence), the best of each main metric as (metric, value, by whom)."""
    main = scores[scores["metric"].isin(MAIN)].dropna(subset=["value"])
    best = main.loc[main.groupby(["dataset", "sequence", "metric"], sort=False)["value"].idxmax()]
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for row in sorted(best.itertuples(), key=lambda row: MAIN.index(row.metric)):
        who = row.model if row.tracker == NO_TRACKER else f"{row.model} + {row.tracker}"
        found.setdefault((row.dataset, row.sequence), []).append((row.metric, format_value(row.value), who))
    return found


def format_value(value: float, digits: int = DIGITS) -> str:
    """Return a score as text: `digits` decimals, counts without; an en dash where it is undefined."""
    if pd.isna(value):
        return UNDEFINED
    return f"{value:.0f}" if value > 1 and float(value).is_integer() else f"{value:.{digits}f}"


def as_text(scores: pd.DataFrame, metrics: Sequence[str] = MAIN, digits: int = DIGITS) -> str:
    """Return scores as aligned tables for a terminal; the best of a sequence carry a star."""
    return "\n\n".join(map(aligned, score_tables(scores, metrics, digits))) or NOTHING


def losses_as_text(lost: pd.DataFrame) -> str:
    """Return the table of where trackings lose their score (`cellweave.score.attribution`), one line per run."""
    shown = lost[[*KEYS]].copy()
    for name in ("TRA", "segmentation_loss", "linking_loss"):
        low, high = lost[f"{name}_low"], lost[f"{name}_high"]
        shown[name] = [f"{v:.4f} [{a:.4f}, {b:.4f}]" for v, a, b in zip(lost[name], low, high, strict=True)]
    shown["LNK"] = lost["LNK"].map("{:.4f}".format)
    shown["LNK_ceiling"] = lost["LNK_ceiling"].map("{:.4f}".format)
    counts = ["misses", "merges", "splits", "false_cells", *(name for name in lost if name.startswith("links_"))]
    return shown.join(lost[counts]).to_string(index=False)


def ranks_as_text(ranks: pd.DataFrame) -> str:
    """Return the best rank of each measure (`cellweave.score.leaderboard`) as a table, and what is not ranked below."""
    ranked, notes = ranks[ranks["rank"].notna()], ranks[ranks["rank"].isna()]
    best = ranked.sort_values("rank", kind="stable").drop_duplicates(["dataset", "metric"]).sort_index()
    shown = best.drop(columns=["sequences", "note"]).astype({"rank": int, "entries": int}).to_string(index=False)
    return "\n".join([*([shown] if len(best) else []), *(f"{row.dataset}: {row.note}" for row in notes.itertuples())])


def aligned(table: ScoreTable) -> str:
    """Return a table for a terminal; the best of a sequence carry a star."""
    lines = [[*table.keys, *(f"{name} " for name in table.metrics)]]
    for keys, cells in table.rows:
        lines.append([*keys, *(f"{cell.text}{'*' if cell.best else ' '}" if cell else "" for cell in cells)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(
            word.ljust(width) if i < len(table.keys) else word.rjust(width)
            for i, (word, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    return "\n".join([table.title, text[0], "-" * len(text[0]), *text[1:]])


def markdown(table: ScoreTable) -> str:
    """Return a table as GitHub shows it; the best of a sequence are bold."""
    lines = [[*table.keys, *table.metrics], [*("---" for _ in table.keys), *("--:" for _ in table.metrics)]]
    for keys, cells in table.rows:
        lines.append(
            [*keys, *(f"**{cell.text}**" if cell and cell.best else cell.text if cell else "" for cell in cells)]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _pivot(
    title: str, keys: tuple[str, ...], scores: pd.DataFrame, metrics: Sequence[str] | None, digits: int
) -> ScoreTable:
    found = list(dict.fromkeys(scores["metric"]))
    columns = found if metrics is None else [name for name in metrics if name in found]
    leaders = _leaders(scores)
    rows = []
    for names, group in scores.groupby(list(keys), sort=False):
        by_metric = {row.metric: row for row in group.itertuples()}
        rows.append((names, [_cell(by_metric.get(name), leaders, digits) for name in columns]))
    return ScoreTable(title, keys, columns, rows)


def _leaders(scores: pd.DataFrame) -> set[int]:
    """Index of the rows that lead their dataset, sequence and metric; ties lead together, a lone one does not."""
    defined = scores.dropna(subset=["value"])
    sign = defined["metric"].str.startswith(LOWER_IS_BETTER).map({True: -1.0, False: 1.0})
    merit = defined["value"] * sign
    by_column = merit.groupby([defined["dataset"], defined["sequence"], defined["metric"]])
    leading = (merit == by_column.transform("max")) & (by_column.transform("nunique") > 1)
    return set(merit.index[leading])


def _cell(row: object, leaders: set[int], digits: int) -> Cell | None:
    if row is None:
        return None
    return Cell(float(row.value), format_value(row.value, digits), int(row.n), row.Index in leaders)


MOST_ROWS = 500


@dataclass(frozen=True)
class PlainTable:
    """Any table as text: columns with whether they hold numbers, rows of (text, number), and how many were left out."""

    columns: list[tuple[str, bool]]
    rows: list[list[tuple[str, float | None]]]
    left_out: int


def plain_table(table: pd.DataFrame) -> PlainTable:
    """Return the first rows of a table as text, numbers to four digits."""
    numeric = {name: pd.api.types.is_numeric_dtype(table[name].dtype) for name in table}
    rows = [
        [(_text(value), float(value)) if numeric[name] else (_text(value), None) for name, value in row.items()]
        for row in table.head(MOST_ROWS).to_dict("records")
    ]
    return PlainTable([(name, numeric[name]) for name in table], rows, max(0, len(table) - MOST_ROWS))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str) and pd.isna(value):
        return UNDEFINED
    return (
        f"{value:.4g}"
        if isinstance(value, float) and not value.is_integer()
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )
