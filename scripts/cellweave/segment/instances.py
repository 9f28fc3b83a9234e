"""Maps to objects by a local rule: what a pixel belongs to never depends on how the plane was cut.

A part of the plane is labelled from a crop around it. Where the crop was cut off, everything counts as `UNKNOWN` and
takes part in the flooding like a seed. The way from a pixel to the border of the crop is never worse than the whole
way through it to a seed beyond, so a pixel that still falls to a seed inside does so in the whole plane, too. An object
that does not touch the unknown is whole. Whenever something in the part is not settled, the crop grows.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.core.grid import Tile, tiles_of
from cellweave.segment import flood, paths

logger = logging.getLogger(__name__)

Reader = Callable[[Tile], NDArray[np.uint8]]

LEVELS = 255
TILE = 1024
MARGIN = 64
PROMINENCE = 0.1
"""An object whose top is less than this above the saddle to a neighbour is part of it, as a share of the marker."""
HOLE_PX = 1 << 14
"""Larger gaps within an object are taken to be real; the limit is what makes filling local."""
COLUMNS = {"name": "int64", "area_px": "int64", "y_px": "float64", "x_px": "float64"} | dict.fromkeys(
    ("score", "foreground", "prominence"), "float32"
)


@dataclass(frozen=True)
class Rule:
    """How maps become objects.

    Attributes
    ----------
    foreground : float
        Pixels of at least this foreground probability belong to objects, 0 < foreground <= 1.
    seed : float
        Of foreground and marker: connected foreground pixels of at least this marker level are the core of one object,
        0 < seed <= 1; foreground without any core is an object of its own.
    parting : float
        Of foreground and flows: how far ways on either side of a border between two objects must at least part,
        0 < parting <= 1; see `cellweave.segment.paths.objects_of`.
    min_area_px : int
        Smaller objects are dropped, in pixels.
    fill_holes : bool
        Whether gaps of up to `HOLE_PX` pixels that one object surrounds become part of it.
    """

    foreground: float = 0.5
    seed: float = 0.5
    parting: float = 0.1
    min_area_px: int = 30
    fill_holes: bool = True

    def __post_init__(self) -> None:
        for key in ("foreground", "seed", "parting"):
            value = getattr(self, key)
            if not 0 < value <= 1:
                raise InputError(f"{key} {value} is not in (0, 1]", where=f"instances.{key}", todo="try 0.5")
        if self.min_area_px < 0:
            raise InputError(f"min_area_px {self.min_area_px} is negative", where="instances.min_area_px")

    @classmethod
    def of(cls, instances: Mapping[str, object]) -> "Rule":
        """Return the rule that the configuration's ``instances`` describes.

        Raises
        ------
        InputError
            For an unknown key or a value out of range.
        """
        unknown = set(instances) - set(cls.__dataclass_fields__)
        if unknown:
            known = ", ".join(cls.__dataclass_fields__)
            raise InputError(f"unknown keys {sorted(unknown)}", where="instances", todo=f"use {known}")
        return cls(**instances)


@dataclass(frozen=True)
class _Basins:
    """The objects of a crop; every plane has a border of one pixel around the crop.

    Attributes
    ----------
    labels, gaps : ndarray of int32, (Y + 2, X + 2)
        0 none, 1 unknown, objects from 2; 0 none, components of the background from 1.
    names : ndarray of int64
        First pixel of the core of each object.
    marker : ndarray of uint8, (Y + 2, X + 2)
        Marker; of flows it is `LEVELS` everywhere.
    saddles : ndarray of uint8
        Highest marker level at which the object meets another one; of flows, `LEVELS` times 1 - its parting.
    open_labels, open_gaps : ndarray of bool
        What may go on beyond the crop.
    """

    labels: NDArray[np.int32]
    gaps: NDArray[np.int32]
    names: NDArray[np.int64]
    marker: NDArray[np.uint8]
    saddles: NDArray[np.uint8]
    open_labels: NDArray[np.bool_]
    open_gaps: NDArray[np.bool_]

    def settled(self, part: tuple[slice, slice]) -> bool:
        """Return whether nothing in `part` depends on what lies beyond the crop."""
        return not (self.open_labels[self.labels[part]].any() or self.open_gaps[self.gaps[part]].any())


def label_rows(
    read: Reader, y0: int, y1: int, shape: tuple[int, int], rule: Rule, *, tile: int = TILE, margin: int = MARGIN
) -> Iterator[tuple[Tile, NDArray[np.int64], pd.DataFrame]]:
    """Label the rows ``[y0, y1)`` of a plane, tile by tile.

    Parameters
    ----------
    read : callable
        Returns the maps of any tile of the plane, in [0, 255]: ``(2, Y, X)`` are foreground probability and marker,
        which are flooded; ``(3, Y, X)`` are foreground probability and flows, which are followed.
    y0, y1 : int
        Rows to label.
    shape : (int, int)
        Height and width of the plane; nothing beyond it is read.
    rule : Rule
        How maps become objects.
    tile, margin : int
        Pixels a side to label at once, and pixels around them to look at first. Neither changes the result.

    Yields
    ------
    Tile
        Part of the plane.
    ndarray of int64, (Y, X)
        Its objects by name: 1 + y * width + x of the first pixel, row by row, of the object's core; 0 is background.
    DataFrame
        name, area_px, y_px, x_px, score, foreground, prominence of the objects whose name lies in the tile.
    """
    for part in tiles_of(y0, min(y1, shape[0]), 0, shape[1], tile):
        yield part, *_label_tile(read, part, shape, rule, margin)


def _label_tile(
    read: Reader, part: Tile, shape: tuple[int, int], rule: Rule, margin: int
) -> tuple[NDArray[np.int64], pd.DataFrame]:
    while True:
        crop = part.grown(flood.REACH + margin, *shape)
        top, left = crop.y0 - 1, crop.x0 - 1
        inner = slice(part.y0 - top, part.y1 - top), slice(part.x0 - left, part.x1 - left)
        maps = np.pad(read(crop), ((0, 0), (1, 1), (1, 1)))
        basins = (_flooded if len(maps) == 2 else _followed)(maps, _cuts(crop, shape), rule)
        if basins.settled(inner):
            break
        logger.debug("an object of %s reaches further than %d px: looking twice as far", part, margin)
        margin *= 2
    sums = flood.totals(basins.labels, maps[0], basins.marker, basins.names.size)
    kept = sums[:, 0] >= max(1, rule.min_area_px)
    kept[: flood.UNKNOWN + 1] = False
    y, x = np.divmod(basins.names, maps.shape[2])
    names = np.where(kept, 1 + (y + top) * shape[1] + x + left, 0)
    here = kept & (inner[0].start <= y) & (y < inner[0].stop) & (inner[1].start <= x) & (x < inner[1].stop)
    return names[basins.labels[inner]], _objects(names[here], sums[here], basins.saddles[here], top, left)


def _objects(
    names: NDArray[np.int64], sums: NDArray[np.int64], saddles: NDArray[np.uint8], top: int, left: int
) -> pd.DataFrame:
    """Return the table: mean foreground, the marker's fall from its peak to the next object, score = their product."""
    area, y, x, foreground, peak = sums.T
    foreground, prominence = foreground / (LEVELS * area), np.maximum(peak - saddles, 0) / LEVELS
    places = [(y + top * area) / area, (x + left * area) / area]
    columns = [names, area, *places, foreground * prominence, foreground, prominence]
    table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True))).astype(COLUMNS)
    return table.sort_values("name", ignore_index=True)


def _flooded(maps: NDArray[np.uint8], cuts: tuple[bool, ...], rule: Rule) -> _Basins:
    """Flood a crop of maps ``(2, Y + 2, X + 2)``."""
    foreground, marker = maps
    mask = foreground >= max(1, round(LEVELS * rule.foreground))
    # The innermost pixels of the rim are the first whose height is right, so that edges to them rank as they should.
    rim = mask & _rim(mask.shape, cuts, flood.REACH + 2)
    seeds, seed_count = ndimage.label(mask & (marker >= max(1, round(LEVELS * rule.seed))), np.ones((3, 3)))
    seeds[seeds > 0] += flood.UNKNOWN
    seed_count += flood.UNKNOWN + 1
    first = flood.first_pixels(seeds, seed_count)
    cut_seeds = np.unique(seeds[rim & (seeds > 0)])
    label_of = np.arange(seed_count, dtype=np.int32)
    label_of[cut_seeds] = flood.UNKNOWN
    seeds = np.where(rim, flood.UNKNOWN, label_of[seeds])
    surface = np.pad(flood.elevation(marker[1:-1, 1:-1]), 1)
    labels, count = flood.flood(surface, mask, seeds, first, round(flood.HIGHEST * PROMINENCE))
    names = np.concatenate([first, flood.first_pixels(labels, count)[seed_count:]])
    gaps = _gaps(mask, rule)
    saddles, open_labels, *around = flood.meet(labels, gaps, marker, count, gaps.max())
    return _with_holes(_Basins(labels, gaps, names, marker, saddles, open_labels, around.pop()), cuts, around)


def _followed(maps: NDArray[np.uint8], cuts: tuple[bool, ...], rule: Rule) -> _Basins:
    """Follow the flows of a crop of maps ``(3, Y + 2, X + 2)``."""
    mask = maps[0] >= max(1, round(LEVELS * rule.foreground))
    found = paths.objects_of(maps[1:], mask, mask & _rim(mask.shape, cuts, 2), rule.parting, rule.min_area_px)
    gaps, marker = _gaps(mask, rule), np.full_like(maps[0], LEVELS)
    _, open_labels, *around = flood.meet(found.labels, gaps, marker, found.names.size, gaps.max())
    saddles = np.rint(LEVELS * (1 - found.parting.clip(0, 1))).astype(np.uint8)
    basins = _Basins(found.labels, gaps, found.names, marker, saddles, open_labels | found.open, around.pop())
    return _with_holes(basins, cuts, around)


def _gaps(mask: NDArray[np.bool_], rule: Rule) -> NDArray[np.int32]:
    """Return the components of the background, none where holes are not to be filled."""
    gaps = np.zeros(mask.shape, np.int32)
    if rule.fill_holes:
        gaps[1:-1, 1:-1], _ = ndimage.label(~mask[1:-1, 1:-1])
    return gaps


def _with_holes(basins: _Basins, cuts: tuple[bool, ...], around: list[NDArray[np.int64]]) -> _Basins:
    """Return basins with the gaps that lie within one of them, from size and neighbours of the gaps."""
    owner, open_gaps = _holes(basins.gaps, cuts, *around, basins.open_gaps)
    open_labels = basins.open_labels
    open_labels[flood.UNKNOWN] = True
    open_labels[owner[open_gaps]] = True
    open_labels[0] = False
    labels = np.where(open_gaps[basins.gaps], 0, basins.labels + owner[basins.gaps])
    return replace(basins, labels=labels, open_labels=open_labels, open_gaps=open_gaps)


def _holes(
    gaps: NDArray[np.int32],
    cuts: tuple[bool, ...],
    size: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    open_gaps: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the object that each gap may belong to, 0 for none, and whether that depends on what lies beyond."""
    reaches_cut, reaches_edge = np.zeros(size.size, bool), np.zeros(size.size, bool)
    for side, cut in zip((gaps[1], gaps[-2], gaps[:, 1], gaps[:, -2]), cuts, strict=True):
        (reaches_cut if cut else reaches_edge)[side] = True
    never = reaches_edge | (size > HOLE_PX) | (low < high)
    never[0] = True
    return np.where(never, 0, high).astype(np.int32), ~never & (open_gaps | reaches_cut)


def _cuts(crop: Tile, shape: tuple[int, int]) -> tuple[bool, ...]:
    """Return whether the plane goes on above, below, left and right of the crop."""
    return crop.y0 > 0, crop.y1 < shape[0], crop.x0 > 0, crop.x1 < shape[1]


def _rim(shape: tuple[int, ...], cuts: tuple[bool, ...], width: int) -> NDArray[np.bool_]:
    """Return a plane that is True within `width` of the sides that were cut."""
    above, below, left, right = (width * cut for cut in cuts)
    rim = np.ones(shape, bool)
    rim[above : shape[0] - below, left : shape[1] - right] = False
    return rim
