"""Parquet tables: read, and write whole or not at all."""

from collections.abc import Iterable
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cellweave.core.errors import InputError
from cellweave.core.files import whole

GROUP_ROWS = 1 << 15


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


def write_tables(tables: Iterable[pd.DataFrame], path: str | Path) -> None:
    """Write tables of the same columns and types, one after the other, as one; few of them are in memory at a time."""
    with whole(path) as part, ExitStack() as stack:
        writer, waiting, rows = None, [], 0
        for table in chain(tables, [None]):
            if table is not None:
                waiting.append(table)
                rows += len(table)
            if table is None or rows >= GROUP_ROWS:
                group = pa.Table.from_pandas(pd.concat(waiting, ignore_index=True), preserve_index=False)
                writer = writer or stack.enter_context(pq.ParquetWriter(part, group.schema))
                writer.write_table(group)
                waiting, rows = [waiting[-1][:0]], 0
