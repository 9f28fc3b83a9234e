"""The table of scores as tab-separated text: dataset, sequence, model, tracker, metric, value, n."""

from pathlib import Path

import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.files import whole

TEXT = ("dataset", "sequence", "model", "tracker", "metric")
COLUMNS = (*TEXT, "value", "n")
PUBLISHED = ("dataset", "part", "method", "metric", "value", "source")
LOWER_IS_BETTER = ("AOGM", "AFNR", "ECE", "segmentation_loss", "linking_loss")  # and AOGM's parts, AOGM_FN and so on


def read_scores(path: str | Path) -> pd.DataFrame:
    """Return the scores in `path`; an undefined value is NaN.

    Raises
    ------
    InputError
        The file is absent or no table of scores.
    """
    try:
        table = pd.read_csv(
            path, sep="\t", dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values={"value": ["nan"]}
        )
    except FileNotFoundError:
        raise InputError("no scores here", where=path, todo="let the workflow make the table") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"not a table of scores: {error}", where=path, todo="delete it and run again") from error
    if missing := [name for name in COLUMNS if name not in table]:
        raise InputError(f"columns missing: {', '.join(missing)}", where=path, todo="delete it and run again")
    return table


def read_published(path: str | Path) -> pd.DataFrame:
    """Return published scores: dataset, part (`all`, or a subset such as a cell type), method, metric, value, source.

    Raises
    ------
    InputError
        The file is absent or no such table.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=dict.fromkeys(PUBLISHED, str) | {"value": float})
    except FileNotFoundError:
        raise InputError("no table here", where=path, todo="correct config key published") from None
    except ValueError as error:  # of the parser, or of a value that is no number
        raise InputError(f"not a table of published scores: {error}", where=path, todo="correct it") from error
    if missing := [name for name in PUBLISHED if name not in table]:
        raise InputError(f"columns missing: {', '.join(missing)}", where=path, todo="add them, separated by tabs")
    if (empty := table[list(PUBLISHED)].isna().any(axis="columns")).any():
        raise InputError(f"empty fields in row {empty.idxmax() + 1}", where=path, todo="fill them")
    return table[list(PUBLISHED)]


def write_scores(table: pd.DataFrame, path: str | Path) -> None:
    """Write `table` to `path` in the order it has, whole or not at all."""
    with whole(path) as part:
        table.to_csv(part, sep="\t", index=False, na_rep="nan")
