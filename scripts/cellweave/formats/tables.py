"""Parquet tables: read, and write whole or not at all."""

from pathlib import Path

import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.files import whole


def read_table(path: str | Path) -> pd.DataFrame:
    """Return the table at `path`.

    Raises
    ------
    InputError
        The file is absent or no Parquet file.
    """
    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        raise InputError("no such table", where=path, todo="let the workflow make it, or correct the path") from None
    except (OSError, ValueError) as error:
        raise InputError(f"not a Parquet table: {error}", where=path, todo="delete it and run again") from error


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write `table` to `path` without its index, in the order it has (the caller sorts)."""
    with whole(path) as part:
        table.to_parquet(part, index=False)
