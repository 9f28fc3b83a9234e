"""The tables of a sequence: cells of each frame, in physical units where they are known."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from cellweave.measure.neighbours import NEIGHBOURS, neighbour_distances
from cellweave.measure.shape import Objects
from cellweave.measure.volume import measure_volume

BAND_ROWS = 512  # rows of one compressed piece of a store
LENGTHS = ("perimeter", "perimeter_crofton", "major_axis", "minor_axis")


def measure_frame(
    labels: np.ndarray,
    image: np.ndarray,
    frame: int,
    height: int,
    width: int,
    advance: Callable[[int], object] = lambda rows: None,
) -> tuple[pd.DataFrame, float]:
    """Measure the objects of one frame within its true extent.

    Parameters
    ----------
    labels : (T, Y, X) or (T, Z, Y, X) int32
        Array or store of labels. Planes are read in bands of rows, volumes at once.
    image : (T, C, Y, X) or (T, C, Z, Y, X)
        Array or store of intensities.
    frame : int
        The frame.
    height, width : int
        True extent; what lies beyond is padding and is not measured.
    advance : callable, optional
        Called with the number of rows that are done.

    Returns
    -------
    objects : DataFrame
        One row per object, in pixels, as `Objects.table` or `measure_volume` give it.
    confluence : float
        Share of the true extent that objects cover.
    """
    if labels.ndim == 4:
        objects = measure_volume(labels[frame, :, :height, :width], image[frame, :, :, :height, :width])
        advance(height)
        return objects, objects["volume"].sum() / (labels.shape[1] * height * width)
    plane = Objects(width, image.dtype, image.shape[1])
    for top in range(0, height, BAND_ROWS):
        rows = slice(top, min(top + BAND_ROWS, height))
        plane.feed(labels[frame, rows, :width], image[frame, :, rows, :width])
        advance(rows.stop - top)
    objects = plane.table()
    return objects, objects["area"].sum() / (height * width)


def cells_of(objects: pd.DataFrame, frame: int, pixel_um: float | None, z_um: float | None = None) -> pd.DataFrame:
    """Return the objects of one frame with neighbours, and with units in the columns' names.

    Parameters
    ----------
    objects : DataFrame
        As `measure_frame` gives it, in pixels.
    frame : int
        Number of the frame, the first column.
    pixel_um, z_um : float or None
        Size of a pixel and distance of slices in um. Where one that matters is unknown, everything stays in
        pixels (slices count as one pixel), and the names say ``_px``.

    Returns
    -------
    DataFrame
        Places and boxes in ``_px``; area in ``_um2`` or volume in ``_um3``, lengths and ``neighbour_distance_1``
        to 8 in ``_um``. ``mean_neighbour_distance`` is the mean of all eight, NaN where there are fewer.
    """
    axes = [axis for axis in "zyx" if axis in objects]
    steps = [z_um if axis == "z" else pixel_um for axis in axes]
    known = None not in steps
    steps = np.array(steps if known else [1.0] * len(axes))
    unit, pixel = ("um", steps[-1]) if known else ("px", 1.0)
    size, power = ("volume", "um3") if "z" in axes else ("area", "um2")

    names = {name: f"{name}_px" for name in objects if name in axes or name.startswith("box_")}
    names |= {name: f"{name}_{unit}" for name in LENGTHS}
    names |= {size: f"{size}_{power if known else 'px'}", "orientation": "orientation_rad"}
    cells = objects.copy()
    cells[[name for name in LENGTHS if name in cells]] *= pixel
    if known:
        cells[size] = cells[size] * steps.prod()
    distances = neighbour_distances(objects[axes].to_numpy() * steps)
    cells = cells.rename(columns=names)
    cells.insert(0, "frame", np.int32(frame))
    for nearest in range(NEIGHBOURS):
        cells[f"neighbour_distance_{nearest + 1}_{unit}"] = distances[:, nearest]
    cells[f"mean_neighbour_distance_{unit}"] = distances.mean(axis=1)
    return cells
