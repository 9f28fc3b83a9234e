"""The compiled pass over a label image: exact integer sums per object, row by row.

All compiled functions live in this one module, because numba's cache looks only at a function's own file.

One object is one row of the int64 table `objects`, found by its id through a hash table. What is summed:

* runs of equal label give area, first and second moments (closed forms, relative to the object's first
  pixel) and the bounding box;
* the runs along rows, columns and both diagonals are counted: the Crofton formula needs nothing else. Runs along
  columns begin at border pixels; those along diagonals are twice as many, less what `CORNERS` counts at run ends;
* border pixels are counted by the length they stand for, which their neighbours on the border decide (`OUTLINE`);
* the convex hull is kept as two chains of vertices that grow downwards (Andrew's monotone chain, online).
"""

from collections.abc import Callable

import numba
import numpy as np

# Columns of `objects`: sums are about the first pixel (Y, X); boxes are half-open.
ID, AREA, Y, X, SUM_Y, SUM_X, SUM_YY, SUM_XX, SUM_XY, Y0, X0, Y1, X1, ROW_RUNS, COLUMN_RUNS, CORNERS = range(16)
OUTLINE = 16  # border pixels that stand for 0, 1, sqrt(2) and (1 + sqrt(2)) / 2 of perimeter: four columns
LEFT, RIGHT = 20, 21  # last vertex of the hull's chains; the left chain is stored with x mirrored
OBJECT_COLUMNS = 22
# Last axis of `light`: sums of (value - base), base being the object's first value.
BASE, SUM, SQUARES, LOW, HIGH = range(5)
LIGHT_COLUMNS = 5
# Columns of `vertices` and entries of `counts`.
ROW, COLUMN, ABOVE = range(3)
OBJECTS, VERTICES, FREE = range(3)
# Rows above the first new one that a strip carries along: two for an outline's 5 x 5 neighbourhood, twice.
CARRIED = 4
NONE = -1


def _steps() -> np.ndarray:
    """Column of `OUTLINE` by 1 + 2 * straight + 10 * diagonal neighbours on the border (Benkrid and Crookes)."""
    steps = np.zeros(50, np.int64)
    steps[[5, 7, 15, 17, 25, 27]] = 1
    steps[[21, 33]] = 2
    steps[[13, 23]] = 3
    return steps


STEPS = _steps()


def compiled(function: Callable) -> Callable:
    """Compile with a cache on disk where there is a place to write one, else without."""
    try:
        return numba.njit(function, cache=True)
    except RuntimeError:
        return numba.njit(function)


@compiled
def _slot_of(label, objects, index):
    """Return the place of `label` in the hash table: an object's row or, where it is new, -1 - place."""
    mask = len(index) - 1
    place = (label * 2654435761 >> 16) & mask
    while index[place] >= 0:
        if objects[index[place], ID] == label:
            return index[place]
        place = (place + 1) & mask
    return -1 - place


@compiled
def fill_index(objects: np.ndarray, count: int, index: np.ndarray) -> None:
    """Enter the first `count` objects into an empty hash table."""
    for slot in range(count):
        index[-1 - _slot_of(objects[slot, ID], objects, index)] = slot


@compiled
def _extend_chain(vertices, counts, last, row, column):
    """Extend a chain of hull vertices, convex towards larger columns, and return its new last vertex.

    Rows must not decrease. Vertices that fall inside are freed, so memory grows with the hull only.
    """
    while last >= 0:
        above = vertices[last, ABOVE]
        down, right = vertices[last, ROW], vertices[last, COLUMN]
        if down == row:
            if right >= column:
                return last
        elif above < 0:
            break
        else:
            top, left = vertices[above, ROW], vertices[above, COLUMN]
            if (right - left) * (row - top) > (column - left) * (down - top):
                break
        vertices[last, ABOVE] = counts[FREE]
        counts[FREE] = last
        last = above
    new = counts[FREE]
    if new >= 0:
        counts[FREE] = vertices[new, ABOVE]
    else:
        new = counts[VERTICES]
        counts[VERTICES] += 1
    vertices[new, ROW], vertices[new, COLUMN], vertices[new, ABOVE] = row, column, last
    return new


@compiled
def _start_object(label, row, column, objects, index, counts):
    """Enter a new object whose first pixel is (row, column) and return its row of the table."""
    slot = counts[OBJECTS]
    counts[OBJECTS] += 1
    index[-1 - _slot_of(label, objects, index)] = slot
    objects[slot, :] = 0
    objects[slot, ID], objects[slot, Y], objects[slot, X] = label, row, column
    objects[slot, Y0], objects[slot, X0] = row, column
    objects[slot, LEFT] = objects[slot, RIGHT] = NONE
    return slot


@compiled
def _add_run(objects, slot, row, start, stop):
    """Add pixels [start, stop) of a row to the moments and the box of an object."""
    sums = objects[slot]
    pixels = stop - start
    down, first, last = row - sums[Y], start - sums[X], stop - 1 - sums[X]
    sum_x = pixels * (first + last) // 2
    sums[ROW_RUNS] += 1
    sums[AREA] += pixels
    sums[SUM_Y] += pixels * down
    sums[SUM_X] += sum_x
    sums[SUM_YY] += pixels * down * down
    sums[SUM_XX] += pixels * (2 * (first * first + first * last + last * last) + last - first) // 6
    sums[SUM_XY] += down * sum_x
    sums[Y1] = row + 1
    sums[X0] = min(sums[X0], start)
    sums[X1] = max(sums[X1], stop)


@compiled
def _add_light(light, slot, channel, values, start, stop, new):
    """Add the values of a run to an object's sums of one channel."""
    low = high = values[start]
    if new:
        light[slot, channel, BASE] = light[slot, channel, LOW] = light[slot, channel, HIGH] = low
        light[slot, channel, SUM] = light[slot, channel, SQUARES] = 0
    base = light[slot, channel, BASE]
    total, squares = 0, 0
    for x in range(start, stop):
        value = values[x]
        more = value - base
        total += more
        squares += more * more
        low, high = min(low, value), max(high, value)
    light[slot, channel, SUM] += total
    light[slot, channel, SQUARES] += squares
    light[slot, channel, LOW] = min(light[slot, channel, LOW], low)
    light[slot, channel, HIGH] = max(light[slot, channel, HIGH], high)


@compiled
def _places_of(flags, places):
    """Write the places of set flags, eight looked at together, and return their number."""
    count = 0
    words = flags.view(np.uint64)
    for word in range(len(words)):
        if words[word] != 0:
            for x in range(8 * word, 8 * word + 8):
                places[count] = x
                count += flags[x]
    return count


@compiled
def _mark_changes(row, flags):
    """Flag the pixels whose label differs from the one before."""
    before, here, flags = row[:-1], row[1:], flags[1:]
    for x in range(len(here)):
        flags[x] = before[x] != here[x]


@compiled
def add_rows(
    strip: np.ndarray,
    flags: np.ndarray,
    first: int,
    last: int,
    top: int,
    image: np.ndarray,
    objects: np.ndarray,
    light: np.ndarray,
    vertices: np.ndarray,
    index: np.ndarray,
    counts: np.ndarray,
) -> int:
    """Add rows [first, last) of a strip; stop early where the tables could overflow.

    Parameters
    ----------
    strip : (CARRIED + N, W) int32
        Labels, with a column of background on the left and at least one on the right; W is a multiple of 8.
    flags : (CARRIED + N, W) uint8
        Scratch; its first column is 0.
    top : int
        Row of the frame that ``strip[CARRIED]`` is.
    image : (C, N, X)
        Intensity of the rows after the carried ones.
    objects, light, vertices, index, counts
        Tables of the columns above, the hash table (slots, or NONE), and numbers of rows in use.

    Returns
    -------
    int
        The row of the strip that comes next: `last`, or an earlier one when the tables must grow first.
    """
    width = strip.shape[1]
    places = np.empty(width, np.int32)
    for line in range(first, last):
        if counts[OBJECTS] + width > len(objects) or counts[VERTICES] + 2 * width > len(vertices):
            return line
        labels, above, row = strip[line], strip[line - 1], top + line - CARRIED
        _mark_changes(labels, flags[line])
        for change in range(_places_of(flags[line], places) - 1):
            start, stop = places[change], places[change + 1]
            label = labels[start]
            if label <= 0:
                continue
            slot = _slot_of(label, objects, index)
            new = slot < 0
            if new:
                slot = _start_object(label, row, start - 1, objects, index, counts)
            _add_run(objects, slot, row, start - 1, stop - 1)
            corners = (above[start - 1] == label) - (above[start] == label)
            objects[slot, CORNERS] += corners + (above[stop] == label) - (above[stop - 1] == label)
            objects[slot, LEFT] = _extend_chain(vertices, counts, objects[slot, LEFT], row, 1 - start)
            objects[slot, RIGHT] = _extend_chain(vertices, counts, objects[slot, RIGHT], row, stop - 2)
            for channel in range(len(image)):
                _add_light(light, slot, channel, image[channel, line - CARRIED], start - 1, stop - 1, new)
    return last


@compiled
def _mark_border(above, row, below, border, flags):
    """Keep the labels of pixels with a 4-neighbour outside their object, 0 elsewhere; flag them as well."""
    left, middle, right = row[:-2], row[1:-1], row[2:]
    above, below, border, flags = above[1:-1], below[1:-1], border[1:-1], flags[1:-1]
    for x in range(len(middle)):
        label = middle[x]
        inside = (left[x] == label) & (right[x] == label) & (above[x] == label) & (below[x] == label)
        border[x] = 0 if inside else label
        flags[x] = label > 0 and not inside


@compiled
def add_outline(
    strip: np.ndarray,
    border: np.ndarray,
    flags: np.ndarray,
    first: int,
    last: int,
    objects: np.ndarray,
    index: np.ndarray,
) -> None:
    """Count steps and column runs of rows [first, last) of a strip; two rows on either side must be there."""
    places = np.empty(strip.shape[1], np.int32)
    for line in range(first - 1, last + 1):
        _mark_border(strip[line - 1], strip[line], strip[line + 1], border[line], flags[line])
    for line in range(first, last):
        above, row, below = border[line - 1], border[line], border[line + 1]
        slot, known = 0, 0
        for place in range(_places_of(flags[line], places)):
            x = places[place]
            label = row[x]
            if label != known:
                slot, known = _slot_of(label, objects, index), label
            straight = (row[x - 1] == label) + (row[x + 1] == label) + (above[x] == label) + (below[x] == label)
            diagonal = (above[x - 1] == label) + (above[x + 1] == label)
            diagonal += (below[x - 1] == label) + (below[x + 1] == label)
            objects[slot, OUTLINE + STEPS[1 + 2 * straight + 10 * diagonal]] += 1
            objects[slot, COLUMN_RUNS] += strip[line - 1, x] != label


@compiled
def free_chain(vertices: np.ndarray, counts: np.ndarray, last: int) -> None:
    """Give back the vertices of a chain."""
    while last >= 0:
        above = vertices[last, ABOVE]
        vertices[last, ABOVE] = counts[FREE]
        counts[FREE] = last
        last = above


@compiled
def forget(
    done: np.ndarray,
    objects: np.ndarray,
    light: np.ndarray,
    vertices: np.ndarray,
    index: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Take the objects that are done out of the tables; the others move up."""
    kept = 0
    for slot in range(len(done)):
        if done[slot]:
            free_chain(vertices, counts, objects[slot, LEFT])
            free_chain(vertices, counts, objects[slot, RIGHT])
        else:
            objects[kept] = objects[slot]
            light[kept] = light[slot]
            kept += 1
    counts[OBJECTS] = kept
    index[:] = NONE
    fill_index(objects, kept, index)


@compiled
def _reach_of(vertices, last):
    """Sum, over the rows of a chain, the last column whose pixel centre lies in the hull of the pixels' edges.

    The hull is that of the midpoints of the pixels' edges: the hull of the centres plus a diamond of radius
    1/2. On a side of slope s = dx / dy it reaches max(1, abs(s)) / 2 further than that of the centres; at a vertex
    only the sides that go on from there count. All in integers, so ties on the boundary are decided exactly.
    """
    total, slope_below, run_below = 0, 0, 1
    while last >= 0:
        row, column, above = vertices[last, ROW], vertices[last, COLUMN], vertices[last, ABOVE]
        further = max(0, slope_below // (2 * run_below))
        if above >= 0:
            run, slope = row - vertices[above, ROW], column - vertices[above, COLUMN]
            further = max(further, -slope // (2 * run))
            edge = max(run, abs(slope))
            for up in range(1, run):
                total += column + (edge - 2 * slope * up) // (2 * run)
            slope_below, run_below = slope, run
        total += column + further
        last = above
    return total


@compiled
def hull_areas(objects: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Return the number of pixels of each object's convex hull."""
    areas = np.empty(len(objects), np.int64)
    for slot in range(len(objects)):
        sums = objects[slot]
        areas[slot] = sums[Y1] - sums[Y0] + _reach_of(vertices, sums[LEFT]) + _reach_of(vertices, sums[RIGHT])
    return areas
