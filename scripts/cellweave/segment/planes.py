"""Maps and labels of one plane that fits into memory: those that the blocks of a sequence give."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.grid import Tile
from cellweave.segment.blocks import number_objects
from cellweave.segment.instances import Rule, label_rows
from cellweave.segment.tiles import Model, predict_plane


def maps_of(read: Callable[[Tile], NDArray], shape: tuple[int, int], model: Model, **options: Any) -> NDArray[np.uint8]:
    """Return the maps ``(channels, Y, X)`` of a plane of `shape`; `options` are those of `predict_plane`."""
    maps = np.zeros((model.channels, *shape), np.uint8)
    for part, values in predict_plane(read, (0, shape[0]), shape, model, **options):
        maps[:, part.y0 : part.y1, part.x0 : part.x1] = values
    return maps


def labelled(maps: NDArray[np.uint8], rule: Rule) -> tuple[NDArray[np.int32], pd.DataFrame]:
    """Return the labels 1..n ``(Y, X)`` and the objects of one plane of maps ``(channels, Y, X)``."""
    _, height, width = maps.shape
    names, tables = np.zeros((height, width), np.int64), []

    def read(tile: Tile) -> NDArray[np.uint8]:
        return maps[:, tile.y0 : tile.y1, tile.x0 : tile.x1]

    for part, found, table in label_rows(read, 0, height, (height, width), rule):
        names[part.y0 : part.y1, part.x0 : part.x1] = found
        tables.append(table.assign(frame=np.int32(0)))
    objects = number_objects(tables)
    return np.searchsorted(np.append(0, objects["name"].to_numpy()), names).astype(np.int32), objects
