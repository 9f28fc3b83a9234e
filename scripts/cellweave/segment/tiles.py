"""Maps of planes of any size: tiles with a halo, blended where they overlap, resampled to the model's scale and back.

A tile is predicted from a crop that is larger by the model's halo, at origins that are multiples of its stride, so
that what a model says about a pixel is what it would say having seen the whole plane.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.core.grid import Tile, tiles_of
from cellweave.learn.flows import ZERO

LEVELS = 255
OVERLAP = 16
ZOOMS = (0.25, 0.5, 1, 2, 3, 4)
AHEAD = 2
"""Tiles that are read before, or wait to be written after, the model has its turn."""

Image = NDArray[np.float32]
Part = tuple[tuple[int, int], tuple[int, int]]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Model:
    """What predicts maps.

    Attributes
    ----------
    maps : callable
        ``(Y, X)`` z-scored float32 to ``(channels, Y, X)`` float32 in [0, 1].
    stride : int
        Sides and origins of what it is given are multiples of this, in network pixels.
    halo : int
        How far it looks, in network pixels.
    within : callable, optional
        Views of one shape, and the part of them that is wanted, to the maps of that part of each: for models that
        are faster when told, or with several views at once.
    batch : int
        Most views that `within` is given at once.
    channels : int
        Maps that it makes: 2 are foreground and marker, 3 are foreground and flows.
    vectors : bool
        Whether the last two maps are y and x of a vector, `ZERO` of 255 where it is 0.
    """

    maps: Callable[[Image], Image]
    stride: int = 1
    halo: int = 0
    within: Callable[[list[Image], Part], list[Image]] | None = None
    batch: int = 1
    channels: int = 2
    vectors: bool = False

    def nothing(self, sides: list[int]) -> Image:
        """Return the maps ``(channels, Y, X)`` of a place with nothing in it; vectors have length 0."""
        maps = np.zeros((self.channels, *sides), np.float32)
        if self.vectors:
            maps[-2:] = ZERO / LEVELS
        return maps

    def predict(self, views: list[Image], part: Part) -> list[Image]:
        """Return the maps of a part of each of some views of one shape."""
        if self.within is not None:
            return self.within(views, part)
        (top, bottom), (left, right) = part
        return [self.maps(view)[:, top:bottom, left:right] for view in views]

    def check(self, tile: int) -> None:
        """Refuse a tile that is no multiple of the stride.

        Raises
        ------
        InputError
        """
        if tile < 1 or tile % self.stride:
            nearest = max(1, round(tile / self.stride)) * self.stride
            raise InputError(
                f"tile {tile} is not a multiple of the model's stride {self.stride}",
                where="tile",
                todo=f"use {nearest}",
            )


@dataclass(frozen=True)
class Scaling:
    """The model's pixels per image pixel, `up` / `down`, one of which is 1."""

    up: int
    down: int

    @classmethod
    def of(cls, zoom: float) -> "Scaling":
        """Return the scaling by `zoom`.

        Raises
        ------
        InputError
            When `zoom` is not one of `ZOOMS`.
        """
        if zoom not in ZOOMS:
            raise InputError(f"zoom {zoom} is not one of {', '.join(map(str, ZOOMS))}", where="zoom")
        ratio = Fraction(zoom)
        return cls(ratio.numerator, ratio.denominator)

    def forth(self, image: Image) -> Image:
        """Return ``(..., Y, X)`` at the model's scale: means of pixels, or linear between their centres."""
        return _linear(_means(image, self.down), self.up)

    def back(self, maps: Image) -> Image:
        """Return ``(..., Y, X)`` at the image's scale."""
        return _linear(_means(maps, self.up), self.down)


@dataclass(frozen=True)
class Span:
    """Along one axis: what is predicted, what the model sees for it, what is read for that.

    Attributes
    ----------
    first, last : int
        Pixels of the image to predict.
    low, high, end : int
        Pixels of the model from `low` to `high`, of which those from `end` on lie beyond the image.
    inner : (int, int)
        Of the model's pixels, counted from `low`, those that the predicted ones are made of.
    start, stop : int
        Pixels of the image to read.
    """

    first: int
    last: int
    low: int
    high: int
    end: int
    inner: tuple[int, int]
    start: int
    stop: int

    @classmethod
    def of(cls, first: int, last: int, size: int, model: Model, scaling: Scaling) -> "Span":
        """Return the span for pixels ``[first, last)`` of `size` pixels."""
        up, down, stride = scaling.up, scaling.down, model.stride
        halo = max(model.halo, stride - 1) + (down > 1)  # back to the image, pixels mix with the next one
        end = -(-size * up // down)
        unit = math.lcm(stride, up)
        low = max(0, (first * up // down - halo) // unit * unit)
        high = min(-(-end // stride), -(-(-(-last * up // down) + halo) // stride)) * stride
        start = max(0, low * down // up - (up > 1))
        stop = min(size, -(-high * down // up) + (up > 1))
        blur = int(down > 1)
        inner = max(0, (first * up // down - blur) // up * up - low), min(high, -(-last * up // down) + blur) - low
        return cls(first, last, low, high, min(high, end), inner, start, stop)


View = tuple[Tile, Span, Span, Image]


def predict_plane(
    read: Callable[[Tile], Image],
    rows: tuple[int, int],
    shape: tuple[int, int],
    model: Model,
    *,
    tile: int,
    zoom: float = 1,
    skip_constant: bool = False,
) -> Iterator[tuple[Tile, NDArray[np.uint8]]]:
    """Predict the maps of rows of a plane, tile by tile; the next tiles are read meanwhile.

    Parameters
    ----------
    read : callable
        Returns the pixels ``(Y, X)`` of a tile of the plane, z-scored float32.
    rows, shape : (int, int)
        Rows ``[y0, y1)`` to predict; height and width of the plane.
    model : Model
        What predicts.
    tile : int
        Side of a tile in the model's pixels, a multiple of its stride.
    zoom : float
        The model's pixels per image pixel, one of `ZOOMS`.
    skip_constant : bool
        Take a tile for background, without asking the model, when all pixels it would see are equal.

    Yields
    ------
    Tile
        Part of the plane.
    ndarray of uint8, (channels, Y, X)
        Its maps, times 255.

    Raises
    ------
    InputError
        For a `tile` or a `zoom` that cannot be.
    """
    model.check(tile)
    scaling = Scaling.of(zoom)
    (y0, y1), width = (rows[0], min(rows[1], shape[0])), shape[1]
    side = -(-tile * scaling.down // scaling.up)

    def seen(part: Tile) -> View:
        y = Span.of(part.y0, min(part.y1 + OVERLAP, y1), shape[0], model, scaling)
        x = Span.of(part.x0, min(part.x1 + OVERLAP, width), width, model, scaling)
        return part, y, x, _model_view(read(Tile(y.start, y.stop, x.start, x.stop)), y, x, scaling)

    views = ahead(seen, tiles_of(y0, y1, 0, width, side))
    predicted = (
        (part, _image_view(maps, y, x, scaling)) for (part, y, x, _), maps in _predicted(views, model, skip_constant)
    )
    for part, maps in _blended(predicted, y0, width, model.channels):
        yield part, np.rint(maps * LEVELS).clip(0, LEVELS).astype(np.uint8)


def _predicted(views: Iterable[View], model: Model, skip_constant: bool) -> Iterator[tuple[View, Image]]:
    """Yield views with the maps of their inner part; as many of one shape as the model takes are predicted at once."""

    def alike(view: View) -> tuple:
        _, y, x, pixels = view
        blank = skip_constant and bool(pixels.min() == pixels.max())
        return pixels.shape, (y.inner, x.inner), blank

    for (_, inner, blank), group in groupby(views, alike):
        while batch := list(islice(group, model.batch)):
            if blank:
                sides = [stop - start for start, stop in inner]
                found = [model.nothing(sides)] * len(batch)
            else:
                found = model.predict([pixels for *_, pixels in batch], inner)
            yield from zip(batch, found, strict=True)


def ahead(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Map `function` over `items` in another thread, a few items ahead."""
    with ThreadPoolExecutor(1) as pool:
        waiting: deque = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _model_view(image: Image, y: Span, x: Span, scaling: Scaling) -> Image:
    """Return what the model sees ``(Y, X)`` of the pixels that were read; reflected beyond the plane's end."""
    scaled = scaling.forth(image)
    inside = tuple(slice(s.low - s.start * scaling.up // scaling.down, None) for s in (y, x))
    scaled = scaled[inside][: y.end - y.low, : x.end - x.low]
    return np.pad(scaled, ((0, y.high - y.end), (0, x.high - x.end)), mode="reflect")


def _image_view(maps: Image, y: Span, x: Span, scaling: Scaling) -> Image:
    """Return the part of the inner maps ``(channels, Y, X)`` that was asked for, at the image's scale."""
    scaled = scaling.back(maps)
    offsets = ((span.low + span.inner[0]) * scaling.down // scaling.up for span in (y, x))
    rows, columns = (slice(s.first - offset, s.last - offset) for s, offset in zip((y, x), offsets, strict=True))
    return scaled[:, rows, columns]


def _blended(
    predicted: Iterable[tuple[Tile, Image]], top: int, width: int, channels: int
) -> Iterator[tuple[Tile, Image]]:
    """Cut tiles that reach into the next ones, to the right and below, to size, fading from one to the next."""
    ramp = (np.arange(1, OVERLAP + 1) / (OVERLAP + 1)).astype(np.float32)
    above = np.zeros((channels, OVERLAP, width), np.float32)
    left = above[:, :, :0]
    for part, maps in predicted:
        height, columns = part.y1 - part.y0, part.x1 - part.x0
        maps = np.array(maps)
        if part.x0 > 0:
            count = min(OVERLAP, maps.shape[2])
            maps[:, :, :count] += (1 - ramp[:count]) * (left[:, :, :count] - maps[:, :, :count])
        left = maps[:, :, columns:].copy()
        maps = maps[:, :, :columns]
        if part.y0 > top:
            count = min(OVERLAP, maps.shape[1])
            before = above[:, :count, part.x0 : part.x1]
            maps[:, :count] += (1 - ramp[:count, None]) * (before - maps[:, :count])
        rest = maps[:, height:]
        above[:, : rest.shape[1], part.x0 : part.x1] = rest
        yield part, maps[:, :height]


def _means(image: Image, factor: int) -> Image:
    """Return means of squares of `factor` pixels a side; incomplete ones are filled up with their last pixels."""
    if factor == 1:
        return image
    height, width = image.shape[-2:]
    around = [(0, 0)] * (image.ndim - 2) + [(0, -height % factor), (0, -width % factor)]
    padded = np.pad(image, around, mode="edge")
    rows, columns = padded.shape[-2] // factor, padded.shape[-1] // factor
    return padded.reshape(*image.shape[:-2], rows, factor, columns, factor).mean(axis=(-3, -1), dtype=np.float32)


def _linear(image: Image, factor: int) -> Image:
    """Return `factor` pixels per pixel along y and x, linear between centres, constant beyond the outermost."""
    for axis in (-2, -1) if factor > 1 else ():
        size = image.shape[axis]
        at = ((np.arange(size * factor) + 0.5) / factor - 0.5).clip(0, size - 1)
        before = at.astype(int)
        weight = (at - before).astype(np.float32)
        weight = weight[:, None] if axis == -2 else weight
        lower = np.take(image, before, axis)
        image = lower + weight * (np.take(image, np.minimum(before + 1, size - 1), axis) - lower)
    return image


def mirrored(model: Model, axes: str) -> Model:
    """Return a model that sees images mirrored along `axes` ("", "y", "x" or "yx") and mirrors its maps back.

    Its answers differ from those of `model` where that is unsure, so that several of them tell how much to trust it.
    """
    flipped = tuple(-2 if axis == "y" else -1 for axis in axes)

    def maps(image: Image) -> Image:
        seen = np.flip(model.maps(np.flip(image, flipped)), flipped)
        return negated(seen, flipped) if model.vectors else seen

    return replace(model, maps=maps, within=None, batch=1)


def negated(maps: Image, axes: Iterable[int]) -> Image:
    """Return maps whose last two are a vector with its components along `axes` (-2 is y, -1 is x) the other way round.

    Levels are `ZERO` plus or minus the component, of 255.
    """
    maps = np.array(maps)
    for axis in axes:
        maps[axis] = 2 * ZERO / LEVELS - maps[axis]
    return maps
