"""Properties of objects from one pass over a label image, fed whole or band by band."""

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.measure import kernel

STRIP_ROWS = 64  # a strip of labels and its border marks stay in the cache
FIRST_OBJECTS = 1024
LARGEST_ID = np.iinfo(np.int32).max
STEP_LENGTHS = np.array([0.0, 1.0, np.sqrt(2.0), (1.0 + np.sqrt(2.0)) / 2.0])


def measure(labels: np.ndarray, intensity: np.ndarray | None = None) -> pd.DataFrame:
    """Measure every object of a label image.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background; ids need not be contiguous, objects need not be connected.
    intensity : (C, Y, X) integer or float, optional
        Channels to take mean, minimum, maximum and standard deviation of.

    Returns
    -------
    DataFrame
        One row per object, sorted by label; see `Objects.table` for the columns.
    """
    objects = Objects(labels.shape[1], None if intensity is None else intensity.dtype, _channels(intensity))
    objects.feed(labels, intensity)
    return objects.table()


class Objects:
    """Sums over the objects of one plane that is fed in bands of rows, from the top.

    Memory grows with the objects (some 500 bytes each) that are not taken out, not with the plane. All sums are exact
    integers as long as area times squared extent stays below 9e18 (an object of 50,000 x 50,000 pixels);
    intensities of more than 16 bits and floats are summed in float64 about each object's first value.

    Parameters
    ----------
    width : int
        Columns of the plane.
    dtype : dtype, optional
        Type of the intensities, needed when there are channels.
    channels : int
        Number of channels.
    """

    def __init__(self, width: int, dtype: np.dtype | None = None, channels: int = 0) -> None:
        self.width, self.rows = width, 0
        self._counts = np.array([0, 0, kernel.NONE])
        self._objects = np.empty((FIRST_OBJECTS, kernel.OBJECT_COLUMNS), np.int64)
        self._light = np.empty((FIRST_OBJECTS, channels, kernel.LIGHT_COLUMNS), _exact_type(dtype))
        self._vertices = np.empty((4 * FIRST_OBJECTS, 3), np.int32)
        self._index = np.full(2 * FIRST_OBJECTS, kernel.NONE, np.int32)
        self._strip = np.zeros((kernel.CARRIED + STRIP_ROWS, 8 * -(-(width + 2) // 8)), np.int32)
        self._border, self._flags = np.zeros_like(self._strip), np.zeros(self._strip.shape, np.uint8)
        self._dark = np.zeros((0, STRIP_ROWS, width), np.uint8 if dtype is None else dtype)

    def feed(self, labels: np.ndarray, intensity: np.ndarray | None = None) -> None:
        """Add the next rows.

        Parameters
        ----------
        labels : (Y, X) integer
            The rows that follow those fed before.
        intensity : (C, Y, X), optional
            Their intensities, of the type and number of channels announced.

        Raises
        ------
        InputError
            When an id does not fit int32, or the shapes disagree.
        """
        self._check(labels, intensity)
        for start in range(0, len(labels), STRIP_ROWS):
            rows = labels[start : start + STRIP_ROWS]
            light = self._dark if intensity is None else intensity[:, start : start + STRIP_ROWS]
            self._add(rows, np.ascontiguousarray(light))

    def table(self) -> pd.DataFrame:
        """Return the properties of all objects fed so far, which must be the whole plane.

        Returns
        -------
        DataFrame
            One row per object, sorted by label, in pixels: ``label, area, y, x, box_y0, box_x0, box_y1,
            box_x1`` (half-open), ``perimeter, perimeter_crofton, major_axis, minor_axis, eccentricity,
            orientation`` (radians between the row axis and the major axis, -pi/2..pi/2), ``solidity``, and
            for each channel c ``mean_intensity_c, min_intensity_c, max_intensity_c, std_intensity_c``.
            Definitions are those of `skimage.measure.regionprops` 0.26.
        """
        self._add(np.zeros((2, self.width), np.int32), self._dark)
        return self._tabulate(np.ones(self._counts[kernel.OBJECTS], bool))

    def take(self, labels: np.ndarray, areas: np.ndarray) -> pd.DataFrame:
        """Return the properties of the objects that are complete, and forget them.

        Parameters
        ----------
        labels, areas : (N,) int64
            Ids in ascending order, and how many pixels each has: an object that has them all, none of them in the
            last two rows, is complete.

        Returns
        -------
        DataFrame
            As `table`. An object that goes on after all would come a second time.
        """
        objects = self._objects[: self._counts[kernel.OBJECTS]]
        place = np.searchsorted(labels, objects[:, kernel.ID]).clip(max=max(0, len(labels) - 1))
        known = labels[place] == objects[:, kernel.ID] if len(labels) else np.zeros(len(objects), bool)
        done = known & (objects[:, kernel.Y1] <= self.rows - 2)
        done[done] = objects[done, kernel.AREA] == areas[place[done]]
        table = self._tabulate(done)
        kernel.forget(done, self._objects, self._light, self._vertices, self._index, self._counts)
        return table

    def _tabulate(self, chosen: np.ndarray) -> pd.DataFrame:
        objects, light = (table[: len(chosen)][chosen] for table in (self._objects, self._light))
        columns = _places(objects) | _outlines(objects) | _axes(objects)
        columns["solidity"] = objects[:, kernel.AREA] / kernel.hull_areas(objects, self._vertices)
        for channel in range(light.shape[1]):
            columns |= _intensities(objects[:, kernel.AREA], light[:, channel], channel)
        return pd.DataFrame(columns).sort_values("label", ignore_index=True)

    def _check(self, labels: np.ndarray, intensity: np.ndarray | None) -> None:
        if labels.dtype.itemsize >= 4 and labels.dtype != np.int32 and labels.max(initial=0) > LARGEST_ID:
            raise InputError(f"label {labels.max()} does not fit int32", todo="relabel the objects from 1")
        light = (0, *labels.shape) if intensity is None else intensity.shape
        if light != (self._light.shape[1], len(labels), self.width):
            raise InputError(
                f"labels {labels.shape} and intensity {light} do not match a plane of width {self.width} "
                f"with {self._light.shape[1]} channels"
            )

    def _add(self, rows: np.ndarray, light: np.ndarray) -> None:
        """Add at most STRIP_ROWS rows; the outlines of the last two wait for the rows that follow."""
        carried, end = kernel.CARRIED, kernel.CARRIED + len(rows)
        self._strip[carried:end, 1 : 1 + self.width] = rows
        line = carried
        while line < end:
            line = kernel.add_rows(
                self._strip, self._flags, line, end, self.rows, light,
                self._objects, self._light, self._vertices, self._index, self._counts,
            )  # fmt: skip
            if line < end:
                self._grow()
        kernel.add_outline(self._strip, self._border, self._flags, 2, end - 2, self._objects, self._index)
        self._strip[:carried] = self._strip[len(rows) : end].copy()
        self.rows += len(rows)

    def _grow(self) -> None:
        """Make room for the most that one row can need: an object per pixel, two vertices each."""
        count, vertices = self._counts[kernel.OBJECTS], self._counts[kernel.VERTICES]
        width = self._strip.shape[1]
        self._objects = _longer(self._objects, count, width)
        self._light = _longer(self._light, count, width)
        self._vertices = _longer(self._vertices, vertices, 2 * width)
        if len(self._index) < 2 * len(self._objects):
            self._index = np.full(1 << int(2 * len(self._objects)).bit_length(), kernel.NONE, np.int32)
            kernel.fill_index(self._objects, count, self._index)


def _channels(intensity: np.ndarray | None) -> int:
    return 0 if intensity is None else len(intensity)


def _exact_type(dtype: np.dtype | None) -> type:
    """Squares of up to 16 bits, summed over 2e9 pixels, fit 64."""
    small = dtype is None or (np.issubdtype(dtype, np.integer) and np.dtype(dtype).itemsize <= 2)
    return np.int64 if small else np.float64


def _longer(array: np.ndarray, used: int, spare: int) -> np.ndarray:
    if used + spare <= len(array):
        return array
    longer = np.empty((2 * used + spare, *array.shape[1:]), array.dtype)
    longer[:used] = array[:used]
    return longer


def _places(objects: np.ndarray) -> dict[str, np.ndarray]:
    area = objects[:, kernel.AREA]
    return {
        "label": objects[:, kernel.ID].astype(np.int32),
        "area": area.copy(),
        "y": objects[:, kernel.Y] + objects[:, kernel.SUM_Y] / area,
        "x": objects[:, kernel.X] + objects[:, kernel.SUM_X] / area,
        "box_y0": objects[:, kernel.Y0].astype(np.int32),
        "box_x0": objects[:, kernel.X0].astype(np.int32),
        "box_y1": objects[:, kernel.Y1].astype(np.int32),
        "box_x1": objects[:, kernel.X1].astype(np.int32),
    }


def _outlines(objects: np.ndarray) -> dict[str, np.ndarray]:
    """Perimeters after Benkrid and Crookes, and by the Crofton formula in four directions.

    By Crofton, a perimeter is pi/2 times the mean, over directions, of the number of runs (chords) per unit
    of distance between lines; diagonal lines are 1/sqrt(2) apart, and each run has a weight of pi/4 there.
    """
    steps = objects[:, kernel.OUTLINE : kernel.OUTLINE + 4]
    columns = objects[:, kernel.COLUMN_RUNS]
    chords = objects[:, kernel.ROW_RUNS] + columns + (2 * columns - objects[:, kernel.CORNERS]) / np.sqrt(2.0)
    return {"perimeter": steps @ STEP_LENGTHS, "perimeter_crofton": np.pi / 4.0 * chords}


def _axes(objects: np.ndarray) -> dict[str, np.ndarray]:
    """Axes of the ellipse with the same second moments; eigenvalues of the 2 x 2 inertia tensor."""
    area = objects[:, kernel.AREA]
    y_shift, y_rest = _centred(objects[:, kernel.SUM_Y], area)
    x_shift, x_rest = _centred(objects[:, kernel.SUM_X], area)
    yy = objects[:, kernel.SUM_YY] - y_shift * (2 * objects[:, kernel.SUM_Y] - area * y_shift)
    xx = objects[:, kernel.SUM_XX] - x_shift * (2 * objects[:, kernel.SUM_X] - area * x_shift)
    xy = objects[:, kernel.SUM_XY] - y_shift * objects[:, kernel.SUM_X] - x_shift * y_rest
    yy = yy / area - (y_rest / area) ** 2
    xx = xx / area - (x_rest / area) ** 2
    xy = xy / area - (y_rest / area) * (x_rest / area)
    half, spread = (yy + xx) / 2.0, np.hypot((yy - xx) / 2.0, xy)
    large, small = half + spread, np.maximum(half - spread, 0.0)
    ratio = np.divide(small, large, out=np.ones_like(small), where=large > 0.0)
    diagonal = np.where(xy > 0.0, np.pi / 4.0, -np.pi / 4.0)
    return {
        "major_axis": 4.0 * np.sqrt(large),
        "minor_axis": 4.0 * np.sqrt(small),
        "eccentricity": np.sqrt(1.0 - ratio),
        "orientation": np.where(yy == xx, diagonal, 0.5 * np.arctan2(2.0 * xy, yy - xx)),
    }


def _centred(sums: np.ndarray, area: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean rounded to an integer, and the sum about it: what is left cancels nothing."""
    shift = np.rint(sums / area).astype(np.int64)
    return shift, sums - area * shift


def _intensities(area: np.ndarray, light: np.ndarray, channel: int) -> dict[str, np.ndarray]:
    """Mean, extremes and standard deviation; the sums are about each object's first value."""
    total, squares = light[:, kernel.SUM], light[:, kernel.SQUARES]
    shift = np.rint(total / area).astype(light.dtype)
    rest = (total - area * shift) / area
    variance = (squares - shift * (2 * total - area * shift)) / area - rest**2
    return {
        f"mean_intensity_c{channel}": light[:, kernel.BASE] + total / area,
        f"min_intensity_c{channel}": light[:, kernel.LOW].astype(np.float64),
        f"max_intensity_c{channel}": light[:, kernel.HIGH].astype(np.float64),
        f"std_intensity_c{channel}": np.sqrt(np.maximum(variance, 0.0)),
    }
