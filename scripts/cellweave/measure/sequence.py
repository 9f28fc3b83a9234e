"""The tables of a sequence: cells of each frame, in physical units where they are known."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.measure.neighbours import NEIGHBOURS, Neighbourhood
from cellweave.measure.shape import STRIP_ROWS, Objects
from cellweave.measure.volume import measure_volume

BAND_PIXELS = 1 << 23
"""Pixels that are read at once: fewer rows of wider planes, so that memory does not depend on the width."""
LENGTHS = ("perimeter", "perimeter_crofton", "major_axis", "minor_axis")


class Cells:
    """The cells of one frame, in physical units, a few at a time.

    Parameters
    ----------
    labels : (T, Y, X) or (T, Z, Y, X) int32
        Array or store of labels. Planes are read in bands of rows, volumes at once.
    image : (T, C, Y, X) or (T, C, Z, Y, X)
        Array or store of intensities.
    objects : DataFrame
        What is known about the objects of the frame: label, area_px, y_px, x_px in order of label. A cell is complete
        when it has its area; without that every cell would have to be kept to the end.
    frame : int
        The frame.
    extent : (int, int)
        Its true height and width; what lies beyond is padding and is not measured.
    pixel_um, z_um : float or None
        As for `with_units`.

    Attributes
    ----------
    count, covered : int
        Cells, and their pixels or voxels, so far.
    """

    def __init__(
        self,
        labels: np.ndarray,
        image: np.ndarray,
        objects: pd.DataFrame,
        frame: int,
        extent: tuple[int, int],
        pixel_um: float | None,
        z_um: float | None = None,
    ) -> None:
        self._labels, self._image, self._objects = labels, image, objects
        self._frame, (self._height, self._width) = frame, extent
        self._scale = pixel_um, z_um
        self.count = self.covered = 0

    @property
    def confluence(self) -> float:
        """Share of the true extent that cells cover."""
        depth = self._labels.shape[1] if self._labels.ndim == 4 else 1
        return self.covered / (depth * self._height * self._width)

    def tables(self, advance: Callable[[int], object] = lambda rows: None) -> Iterator[pd.DataFrame]:
        """Measure; yield the cells as `with_units` gives them, in order of label.

        Parameters
        ----------
        advance : callable, optional
            Called with the number of rows that are done.

        Raises
        ------
        InputError
            The labels hold other objects, or other pixels of them, than the table says.
        """
        if self._labels.ndim == 4:
            region = (..., slice(self._height), slice(self._width))
            found = measure_volume(self._labels[self._frame][region], self._image[self._frame][region])
            space = Neighbourhood(found[["z", "y", "x"]].to_numpy() * _steps(*self._scale, "zyx")[0])
            self.count, self.covered = len(found), int(found["volume"].sum())
            yield with_units(found, space.distances(), self._frame, *self._scale)
            advance(self._height)
            return
        points = self._objects[["y_px", "x_px"]].to_numpy(np.float64) * _steps(*self._scale, "yx")[0]
        space = Neighbourhood(points)
        for found in self._in_order(advance):
            chosen = slice(self.count, self.count + len(found))
            self.count, self.covered = chosen.stop, self.covered + int(found["area"].sum())
            yield with_units(found, space.distances(chosen), self._frame, *self._scale)

    def _in_order(self, advance: Callable[[int], object]) -> Iterator[pd.DataFrame]:
        """Yield complete cells in order of label: what is complete waits for those before it."""
        labels, areas = (self._objects[name].to_numpy(np.int64) for name in ("label", "area_px"))
        complete, start = np.zeros(len(labels), bool), 0
        waiting: list[pd.DataFrame] = []
        for found in self._complete(labels, areas, advance):
            place = np.searchsorted(labels, found["label"])
            wrong = (np.append(labels, -1)[place] != found["label"]) | np.append(complete, False)[place]
            if wrong.any():
                raise self._disagree(f"label {found['label'][wrong].iloc[0]} has other pixels than its table says")
            complete[place] = True
            waiting.append(found)
            stop = start + int(np.argmin(np.append(complete[start:], False)))
            ready = pd.concat(waiting, ignore_index=True).sort_values("label", ignore_index=True)
            yield ready[: stop - start]
            waiting, start = [ready[stop - start :]], stop
        if start < len(labels):
            raise self._disagree(f"label {labels[start]} of the table has no pixels")

    def _complete(
        self, labels: np.ndarray, areas: np.ndarray, advance: Callable[[int], object]
    ) -> Iterator[pd.DataFrame]:
        """Yield the cells that are complete after each band of rows, and at the end all that are left."""
        frame, height, width = self._frame, self._height, self._width
        plane = Objects(width, self._image.dtype, self._image.shape[1])
        band = max(STRIP_ROWS, BAND_PIXELS // width // STRIP_ROWS * STRIP_ROWS)
        for top in range(0, height, band):
            rows = slice(top, min(top + band, height))
            plane.feed(self._labels[frame, rows, :width], self._image[frame, :, rows, :width])
            advance(rows.stop - top)
            if rows.stop < height:
                yield plane.take(labels, areas)
        yield plane.table()

    def _disagree(self, what: str) -> InputError:
        where = f"frame {self._frame} of {getattr(self._labels, 'path', 'the labels')}"
        return InputError(what, where=where, todo="segment the sequence again: labels and table are of different runs")


def with_units(
    objects: pd.DataFrame, distances: np.ndarray, frame: int, pixel_um: float | None, z_um: float | None = None
) -> pd.DataFrame:
    """Return objects of one frame with neighbours, and with units in the columns' names.

    Parameters
    ----------
    objects : DataFrame
        As `Objects.table` or `measure_volume` give it, in pixels.
    distances : (N, 8) float
        To the nearest others, in the unit that results.
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
    axes = "".join(axis for axis in "zyx" if axis in objects)
    steps, known = _steps(pixel_um, z_um, axes)
    unit = "um" if known else "px"
    size, power = ("volume", "um3") if "z" in axes else ("area", "um2")

    names = {name: f"{name}_px" for name in objects if name in axes or name.startswith("box_")}
    names |= {name: f"{name}_{unit}" for name in LENGTHS}
    names |= {size: f"{size}_{power if known else 'px'}", "orientation": "orientation_rad"}
    cells = objects.copy()
    cells[[name for name in LENGTHS if name in cells]] *= steps[-1]
    if known:
        cells[size] = cells[size] * steps.prod()
    cells = cells.rename(columns=names)
    cells.insert(0, "frame", np.int32(frame))
    for nearest in range(NEIGHBOURS):
        cells[f"neighbour_distance_{nearest + 1}_{unit}"] = distances[:, nearest]
    cells[f"mean_neighbour_distance_{unit}"] = distances.mean(axis=1)
    return cells


def _steps(pixel_um: float | None, z_um: float | None, axes: str) -> tuple[np.ndarray, bool]:
    """Return the size of a voxel along each axis, 1 where that of any is unknown, and whether it is known."""
    steps = [z_um if axis == "z" else pixel_um for axis in axes]
    known = None not in steps
    return np.array(steps if known else [1.0] * len(axes)), known
