"""Folders of tiles to correct: an OME-Zarr of image and editable labels, a table of where the tiles come from.

``tiles.ome.zarr`` is an image ``t c y x`` with one tile per t and the model's labels as label image ``cells``;
``tiles.tsv`` says where each tile lies. A label stack ``cells.tif`` beside them, as viewers save it, counts instead of
the labels in the store, and a tile whose row is removed from the table counts as not corrected.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.formats.ngff import Scale, adopt_labels, open_labels, write_image, write_labels
from cellweave.formats.tiff import read_array

STORE, TABLE, EDITED = "tiles.ome.zarr", "tiles.tsv", "cells.tif"
COLUMNS = ["tile", "frame", "y0_px", "x0_px", "side_px", "doubt"]


def write_tiles(
    folder: Path, images: Sequence[NDArray], labels: Sequence[NDArray], table: pd.DataFrame, scale: Scale
) -> None:
    """Write a folder of tiles, whole or not at all.

    Parameters
    ----------
    folder : Path
        Final name.
    images : sequence of (C, Y, X)
        Tiles; those that the frame cuts are smaller and are filled up with zeros.
    labels : sequence of (Y, X), integers
        What the model found in them.
    table : DataFrame
        One row per tile, `COLUMNS`.
    scale : Scale
        Of the image.
    """
    side = int(table["side_px"].max())
    with whole(folder) as part:
        store = part / STORE
        shape = (len(images), images[0].shape[0], side, side)
        with write_image(store, shape=shape, dtype=images[0].dtype, scale=scale) as written:
            for number, image in enumerate(images):
                written[number] = _filled(image, side)
        with write_labels(store / "labels", shape=(len(labels), side, side), scale=scale) as written:
            for number, tile in enumerate(labels):
                written["cells"][number] = _filled(tile, side)
        adopt_labels(store)
        table[COLUMNS].to_csv(part / TABLE, sep="\t", index=False)


def read_tiles(folder: Path) -> list[tuple[pd.Series, NDArray[np.int32]]]:
    """Read corrected tiles: the row of each in the table, and its labels ``(Y, X)``.

    Raises
    ------
    InputError
        Not such a folder, a table that lacks columns, or labels of another number or size.
    """
    table = _table(folder)
    if (folder / EDITED).is_file():
        labels = read_array(folder / EDITED)
        labels = labels[np.newaxis] if labels.ndim == 2 else labels
    else:
        labels = open_labels(folder / STORE / "labels")[:]
    if labels.ndim != 3 or not np.issubdtype(labels.dtype, np.integer) or len(labels) <= table["tile"].max():
        raise InputError(
            f"labels of shape {labels.shape} and type {labels.dtype} for tiles up to number {table['tile'].max()}",
            where=folder,
            todo="save the labels as whole numbers, one plane per tile, in the order they came in",
        )
    return [(row, labels[int(row.tile)].astype(np.int32)) for row in table.itertuples(index=False)]


def _table(folder: Path) -> pd.DataFrame:
    if not (folder / TABLE).is_file():
        raise InputError(f"no {TABLE} here", where=folder, todo="put back the whole folder that `suggest` wrote")
    table = pd.read_csv(folder / TABLE, sep="\t")
    if missing := set(COLUMNS) - set(table):
        raise InputError(f"columns missing: {', '.join(sorted(missing))}", where=folder / TABLE)
    if not len(table):
        raise InputError("no tiles are left in the table", where=folder / TABLE, todo="remove the folder instead")
    return table


def _filled(tile: NDArray, side: int) -> NDArray:
    around = [(0, 0)] * (tile.ndim - 2) + [(0, side - size) for size in tile.shape[-2:]]
    return np.pad(tile, around)
