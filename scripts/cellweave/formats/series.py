"""What every format is reduced to: a series of frames read one at a time, and truth read frame by frame."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from cellweave.core.errors import InputError
from cellweave.formats.scale import Scale

logger = logging.getLogger(__name__)

TRACK_COLUMNS = ["track", "begin", "end", "parent"]
LUMINANCE = (0.2125, 0.7154, 0.0721)


@dataclass(frozen=True)
class Series:
    """Frames of a movie, or still images.

    Attributes
    ----------
    sources : sequence of str
        Where each frame comes from: a file name, or "<file>#<number>".
    read : callable
        Frame number to pixels ``(C, [Z,] Y, X)`` as they are in the file.
    extents : sequence of (height, width)
        Of each frame; all equal in a movie.
    dtype : numpy.dtype
        Of the store, which holds every frame without loss.
    channels : int
    slices : int or None
        Length of the z axis, None for planes.
    scale : Scale
        What the file says about physical sizes.
    part : callable, optional
        Frame number, rows and columns (slices) to the pixels there, as `read`; None for files that are read whole.
    """

    sources: Sequence[str]
    read: Callable[[int], NDArray]
    extents: Sequence[tuple[int, int]]
    dtype: np.dtype
    channels: int = 1
    slices: int | None = None
    scale: Scale = field(default_factory=Scale)
    part: Callable[[int, slice, slice], NDArray] | None = None

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def axes(self) -> str:
        """Axes of the store."""
        return "tcyx" if self.slices is None else "tczyx"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the store: the largest height and width of all frames."""
        depth = () if self.slices is None else (self.slices,)
        heights, widths = zip(*self.extents, strict=True)
        return (len(self), self.channels, *depth, max(heights), max(widths))

    def clipped(self, frames: range) -> "Series":
        """Return the part of the series in `frames`, counted from 0; frames left out make the interval longer."""
        interval = self.scale.frame_min
        return replace(
            self,
            scale=replace(self.scale, frame_min=interval and interval * frames.step),
            sources=[self.sources[frame] for frame in frames],
            extents=[self.extents[frame] for frame in frames],
            read=lambda frame: self.read(frames[frame]),
            part=self.part and (lambda frame, rows, columns: self.part(frames[frame], rows, columns)),
        )

    def scaled(self, pixel_um: float | None, frame_min: float | None = None) -> "Series":
        """Return the series with the scale that the user gave, which wins over the file's."""
        given = {"pixel_um": pixel_um, "frame_min": frame_min}
        for name, value in given.items():
            found = getattr(self.scale, name)
            if value is not None and found is not None and not np.isclose(value, found, rtol=1e-2):
                logger.warning("%s: %g is configured and used, the file says %g", name, value, found)
        return replace(self, scale=replace(self.scale, **{k: v for k, v in given.items() if v is not None}))

    def frame(self, index: int, *, allow_blank: bool = False) -> NDArray:
        """Read and check one frame.

        Parameters
        ----------
        index : int
        allow_blank : bool
            Warn of a frame of zeros instead of refusing it.

        Returns
        -------
        (C, [Z,] Y, X), `dtype`
            In its true extent.

        Raises
        ------
        InputError
            Another shape or type than the series, pixels that are NaN or infinite, all zero, or not representable.
        """
        pixels = self._checked(self.read(index), index, self.extents[index])
        if not pixels.any():
            self.blank(index, allow_blank)
        return pixels

    def region(self, index: int, rows: slice, columns: slice) -> NDArray:
        """Read and check a part of one frame, blank or not; the series must have `part`.

        Raises
        ------
        InputError
            As `frame`.
        """
        size = rows.stop - rows.start, columns.stop - columns.start
        return self._checked(self.part(index, rows, columns), index, size)

    def blank(self, index: int, allow: bool) -> None:
        """Refuse a frame of zeros, or warn of it."""
        where = f"frame {index}, {self.sources[index]}"
        if not allow:
            raise InputError("every pixel is 0", where=where, todo="leave it out, or set allow_blank: true")
        logger.warning("%s: every pixel is 0", where)

    def _checked(self, pixels: NDArray, index: int, size: tuple[int, int]) -> NDArray:
        """Return pixels of one frame as `dtype`; they must be ``(C, [Z,] *size)`` and finite."""
        where = f"frame {index}, {self.sources[index]}"
        expected = (*self.shape[1:-2], *size)
        if pixels.shape != expected:
            raise InputError(
                f"a frame of shape {pixels.shape} in a series of {expected}",
                where=where,
                todo="frames of a movie have one size: leave the others out, or take the images for stills",
            )
        if np.issubdtype(pixels.dtype, np.floating) and (bad := pixels.size - np.count_nonzero(np.isfinite(pixels))):
            raise InputError(
                f"{bad} pixels are NaN or infinite",
                where=where,
                todo="repair this frame, or leave it out (frames: [from, to])",
            )
        return exactly(pixels, self.dtype, where)


def stacked(series: Sequence[Series], where: object) -> Series:
    """Return several series, of one channel or more each, as one with all their channels.

    Raises
    ------
    InputError
        Their frames differ in number or extent.
    """
    first = series[0]
    for other in series[1:]:
        if other.extents != first.extents or other.slices != first.slices:
            raise InputError(
                f"channels of different extent: {first.sources[0]} and {other.sources[0]}",
                where=where,
                todo="all channels of a frame have one size",
            )
    return replace(
        first,
        read=lambda frame: np.concatenate([channel.read(frame) for channel in series]),
        dtype=storage_dtype(np.result_type(*(channel.dtype for channel in series))),
        channels=sum(channel.channels for channel in series),
    )


Masks = Mapping[int, Callable[[], NDArray[np.integer]]]


@dataclass(frozen=True)
class Truth:
    """What is known about the cells of a series.

    Attributes
    ----------
    gold, silver, markers : mapping of frame to callable
        Reads the labels ``([Z,] Y, X)`` of a frame; frames without that truth are absent.
    gold_z : mapping of frame to int
        The one slice that gold truth of a volume covers.
    tracks : DataFrame
        Lineage of the markers; no rows when unknown.
    origin : str
        Where the lineage comes from, for errors.
    """

    gold: Masks = field(default_factory=dict)
    silver: Masks = field(default_factory=dict)
    markers: Masks = field(default_factory=dict)
    gold_z: Mapping[int, int] = field(default_factory=dict)
    tracks: pd.DataFrame = field(default_factory=lambda: no_tracks())
    origin: str = "man_track.txt"


def no_tracks() -> pd.DataFrame:
    """Return an empty lineage table."""
    return pd.DataFrame({name: np.array([], np.int32) for name in TRACK_COLUMNS})


def storage_dtype(dtype: DTypeLike) -> np.dtype:
    """Return the type a store holds `dtype` in: uint8, uint16 and float32 as they are, bool as uint8, else float32."""
    kept = np.dtype(dtype).newbyteorder("=")
    if kept == np.bool_:
        return np.dtype(np.uint8)
    return kept if kept in (np.uint8, np.uint16, np.float32) else np.dtype(np.float32)


def exactly(pixels: NDArray, dtype: np.dtype, where: object) -> NDArray:
    """Return `pixels` as `dtype`.

    Raises
    ------
    InputError
        A value would change.
    """
    if np.can_cast(pixels.dtype, dtype, "safe"):
        return pixels.astype(dtype, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        stored = pixels.astype(dtype)
    wrapped = (stored < 0) != (pixels < 0)  # there and back again gives the same number
    if changed := np.count_nonzero(wrapped | (stored.astype(pixels.dtype) != pixels)):
        raise InputError(
            f"{changed} of {pixels.size} values of type {pixels.dtype} cannot be stored as {dtype} without loss",
            where=where,
            todo="save the images as uint8, uint16 or float32, all frames alike",
        )
    return stored


def arranged(pixels: NDArray, axes: str, where: object = None) -> NDArray:
    """Return one frame with axes out of "CZYXS", in any order, as ``(C, [Z,] Y, X)``.

    Colour samples S become luminance (ITU-R BT.709), with a warning where they differ; an opacity sample is left out.
    """
    order = [axis for axis in "CZYXS" if axis in axes]
    pixels = pixels.transpose([axes.index(axis) for axis in order])
    if "S" in order:
        pixels = _luminance(pixels, where)
    return pixels if "C" in order else pixels[np.newaxis]


def _luminance(pixels: NDArray, where: object) -> NDArray:
    colours = pixels[..., :3] if pixels.shape[-1] >= 3 else pixels[..., :1]
    if all(np.array_equal(colours[..., 0], colours[..., other]) for other in range(1, colours.shape[-1])):
        return colours[..., 0]
    logger.warning("%s: a colour image, its luminance is used", where)
    grey = colours.astype(np.float32) @ np.array(LUMINANCE, np.float32)
    return grey.round().astype(pixels.dtype) if np.issubdtype(pixels.dtype, np.integer) else grey
