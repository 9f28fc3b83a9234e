"""AnnData on disk, in zarr: cells by features with what is known of each cell, for the tools of single-cell biology.

Written from the format's description, so that no other version of pandas has to be installed; ``anndata.read_zarr``
(0.12 or later) reads it.

References
----------
https://anndata.readthedocs.io/en/latest/fileformat-prose.html; Virshup et al., JOSS 9 (2024) 4371.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import zarr

from cellweave.core.files import whole

EMPTY = ("layers", "obsp", "varm", "varp")
ROWS = 65536  # of one chunk


def write_anndata(
    path: str | Path,
    *,
    values: pd.DataFrame,
    cells: pd.DataFrame,
    features: pd.DataFrame,
    places: np.ndarray,
    notes: Mapping[str, Any],
) -> None:
    """Write a table of cells, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Final name of the zarr group.
    values : DataFrame ``(N, F)``
        `X`: one row per cell and frame, numbers only.
    cells : DataFrame ``(N, …)``
        `obs`: what each row is; its index are unique names.
    features : DataFrame ``(F, …)``
        `var`: what each column of `values` is; its index are the columns' names.
    places : ndarray ``(N, 2)``
        `obsm["spatial"]`: x and y of each cell, as squidpy and napari-spatialdata expect them.
    notes : mapping
        `uns`: texts and numbers about the whole table.

    Raises
    ------
    ValueError
        Names that repeat, or tables whose sizes differ.
    """
    if not cells.index.is_unique or len(cells) != len(values) or list(features.index) != list(values.columns):
        raise ValueError("one unique name per row of values, and one row of features per column")
    with whole(path) as part:
        root = zarr.create_group(part, zarr_format=3, attributes=_kind("anndata", "0.1.0"))
        _array(root, "X", values.to_numpy(np.float32))
        _frame(root, "obs", cells)
        _frame(root, "var", features)
        _array(_dict(root, "obsm"), "spatial", places.astype(np.float64))
        uns = _dict(root, "uns")
        for name, value in notes.items():
            if value is not None:
                _scalar(uns, name, value)
        for name in EMPTY:
            _dict(root, name)


def _kind(name: str, version: str) -> dict[str, str]:
    return {"encoding-type": name, "encoding-version": version}


def _dict(parent: zarr.Group, name: str) -> zarr.Group:
    return parent.create_group(name, attributes=_kind("dict", "0.1.0"))


def _array(parent: zarr.Group, name: str, values: np.ndarray) -> None:
    text = values.dtype.kind in "OUT"
    chunks = (max(1, min(ROWS, len(values))), *values.shape[1:])
    array = parent.create_array(
        name,
        shape=values.shape,
        dtype="str" if text else values.dtype,
        chunks=chunks,
        attributes=_kind("string-array" if text else "array", "0.2.0"),
    )
    if values.size:
        array[...] = values


def _scalar(parent: zarr.Group, name: str, value: str | float) -> None:
    text = isinstance(value, str)
    kind = _kind("string" if text else "numeric-scalar", "0.2.0")
    array = parent.create_array(name, shape=(), dtype="str" if text else "float64", attributes=kind)
    array[...] = value


def _frame(parent: zarr.Group, name: str, table: pd.DataFrame) -> None:
    group = parent.create_group(
        name,
        attributes={**_kind("dataframe", "0.2.0"), "_index": "_index", "column-order": [str(c) for c in table]},
    )
    _array(group, "_index", table.index.to_numpy().astype(object))
    for column in table:
        values = table[column].to_numpy()
        _array(group, str(column), values.astype(object) if values.dtype.kind in "OUT" else values)
