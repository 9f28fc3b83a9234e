"""A user's own images: a folder of TIFF, PNG or JPEG files, one TIFF, an OME-Zarr image, or a microscope's file."""

import logging
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import zarr
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.formats import tiff
from cellweave.formats.ctc import clip_tracks, read_tracks
from cellweave.formats.damage import check_claim, reading
from cellweave.formats.multiscale import read_multiscale
from cellweave.formats.names import Pattern, is_pattern, listed, missing_numbers, natural_key
from cellweave.formats.pictures import SUFFIXES as PICTURES
from cellweave.formats.pictures import describe_picture, read_picture
from cellweave.formats.scale import Scale
from cellweave.formats.series import Series, Truth, arranged, exactly, stacked, storage_dtype
from cellweave.formats.vendor import PLUGINS, open_vendor

logger = logging.getLogger(__name__)

IMAGES = (*tiff.SUFFIXES, *PICTURES)


def open_series(path: str | Path, kind: str) -> Series:
    """Open a folder or a file as frames that are read one at a time.

    Parameters
    ----------
    path : str or Path
        A folder of images (one frame each, in natural order: t2 before t10), a multi-page TIFF or OME-TIFF, an
        OME-Zarr image, a PNG or JPEG, CZI, ND2, LIF where their bioio plugins are installed, or a pattern with
        ``{t}`` and ``{channel}``.
    kind : {"movie", "stills"}
        Frames of a movie have one size and type, and numbered files leave no number out.

    Raises
    ------
    InputError
        Nothing there, a format that is not known, a gap in the numbers, or files that do not fit together.
    """
    if is_pattern(str(path)):
        return open_pattern(Pattern(str(path)), kind)
    path = Path(path)
    if not path.exists():
        raise InputError("no such file or folder", where=path, todo="correct the url column of the data registry")
    if path.is_dir() and any((path / name).exists() for name in ("zarr.json", ".zgroup", ".zattrs")):
        return open_omezarr(path)
    if path.is_dir():
        return open_files(list_images(path, kind), kind)
    suffix = path.suffix.lower()
    if suffix in tiff.SUFFIXES:
        return tiff.open_tiff(path)
    if suffix in PICTURES:
        return open_files([path], kind)
    if suffix in PLUGINS:
        return open_vendor(path)
    known = " ".join((*tiff.SUFFIXES, *PICTURES, ".zarr", *PLUGINS))
    raise InputError(f"files of type {suffix!r} are not read", where=path, todo=f"convert to one of {known}")


def list_images(folder: Path, kind: str) -> list[Path]:
    """Return the image files of `folder` in natural order; a movie's numbers must leave no gap."""
    names = image_names(folder)
    if not names:
        raise InputError("no TIFF, PNG or JPEG files in this folder", where=folder)
    if kind == "movie":
        _check_complete([name.rpartition(".")[0] for name in names], folder)
    return [folder / name for name in names]


def image_names(folder: Path) -> list[str]:
    """Return the names of the image files of `folder` in natural order."""
    with os.scandir(folder) as entries:  # a folder may hold 100,000 files: nothing is asked of each but its name
        names = [entry.name for entry in entries]
    names = [name for name in names if name.lower().endswith(IMAGES) and not name.startswith(".")]
    return sorted(names, key=natural_key)


def open_frames(frames: Sequence[Sequence[Path]], kind: str) -> Series:
    """Open frames whose channels lie in a file each, or in the one file there is, as a series; see `open_series`."""
    series = [open_files(channel, kind) for channel in zip(*frames, strict=True)]
    return series[0] if len(series) == 1 else stacked(series, frames[0][0].parent)


def open_pattern(pattern: Pattern, kind: str) -> Series:
    """Open the files of one sequence: a frame each, or a channel of a frame each where the pattern has ``{channel}``.

    Raises
    ------
    InputError
        No file fits, several fit the same frame and channel, or one is missing.
    """
    found = pattern.matches()
    if not pattern.fields & {"t", "channel"} and len(found) == 1:
        return open_series(found[0][0], kind)
    files: dict[tuple[object, str], Path] = {}
    for number, (path, values) in enumerate(found):
        place = int(values["t"]) if "t" in values else number if "channel" not in values else 0
        key = place, values.get("channel", "")
        if key in files:
            raise InputError(
                f"{files[key].name} and {path.name} are the same frame and channel",
                where=pattern.text,
                todo="put {sequence} where several movies differ, or correct the pattern",
            )
        files[key] = path
    frames = sorted({frame for frame, _ in files})
    channels = sorted({channel for _, channel in files}, key=natural_key)
    if lacking := [(frame, name) for frame in frames for name in channels if (frame, name) not in files]:
        names = [f"t {frame}, channel {name}" for frame, name in lacking]
        raise InputError(
            f"{len(lacking)} files are missing: {listed(names)}",
            where=pattern.text,
            todo="add them",
        )
    if kind == "movie" and "t" in pattern.fields:
        _check_complete([f"t{frame}" for frame in frames], pattern.text)
    return open_frames([[files[frame, channel] for channel in channels] for frame in frames], kind)


def _check_complete(names: Sequence[str], where: object) -> None:
    """Raise an InputError for a numbered series with gaps."""
    if missing := missing_numbers(names):
        raise InputError(
            f"the numbered series lacks {listed(missing)}",
            where=where,
            todo="add the missing files, or number the files anew if the gap is meant",
        )


def open_truth(path: str | Path, series: Series, frames: range) -> Truth:
    """Open label images that belong to `series`: as many as it has frames, or some with the names of theirs.

    Parameters
    ----------
    path : str or Path
        Anything that `open_series` reads. A ``man_track.txt`` in the folder makes the labels markers, too, whose
        lineage it is.
    series : Series
        All of it, not yet clipped.
    frames : range
        The wanted frames; the truth counts from their first.

    Raises
    ------
    InputError
        Labels that belong to no image, that are not whole numbers, or that have several channels.
    """
    path = Path(path)
    labels = open_series(path, "stills")
    number = _frames_of(labels, series, path)
    gold = {frame - frames.start: partial(_labels, labels, number[frame]) for frame in frames if frame in number}
    table = path / "man_track.txt"
    if not table.is_file():
        return Truth(gold=gold)
    return Truth(gold=gold, markers=gold, tracks=clip_tracks(read_tracks(table), frames), origin=str(table))


def _frames_of(labels: Series, series: Series, path: Path) -> dict[int, int]:
    """Number of the label image of each frame."""
    if len(labels) == len(series):
        return {frame: frame for frame in range(len(series))}
    by_name = {Path(source).stem: frame for frame, source in enumerate(series.sources)}
    if strays := [source for source in labels.sources if Path(source).stem not in by_name]:
        raise InputError(
            f"{len(labels)} label images for {len(series)} images, and {strays[0]!r} has the name of none of them",
            where=path,
            todo="give one label image per image, or name each as its image",
        )
    return {by_name[Path(source).stem]: number for number, source in enumerate(labels.sources)}


def _labels(labels: Series, number: int) -> NDArray[np.int32]:
    pixels = labels.read(number)
    if len(pixels) != 1 or not np.issubdtype(pixels.dtype, np.integer):
        raise InputError(
            f"a label image of {len(pixels)} channels and type {pixels.dtype}",
            where=labels.sources[number],
            todo="save labels as whole numbers, one channel, 0 = background",
        )
    return exactly(pixels[0], np.dtype(np.int32), labels.sources[number])


def open_files(paths: Sequence[Path], kind: str) -> Series:
    """Open files of one frame each.

    Headers of still images are all read first, because their sizes may differ; of a movie only the first is read,
    and `Series.frame` compares each frame with it.
    """
    described = [_describe(path) for path in (paths if kind == "stills" else paths[:1])]
    shape, dtype, scale = described[0]
    for path, (other, other_dtype, _) in zip(paths, described, strict=False):
        if other[:-2] != shape[:-2]:
            raise InputError(
                f"{path.name} has {other[:-2]} channels and slices, {paths[0].name} has {shape[:-2]}",
                where=path.parent,
                todo="keep images of one kind in one folder",
            )
        dtype = np.result_type(storage_dtype(dtype), storage_dtype(other_dtype))
    extents = [other[-2:] for other, _, _ in described]
    stored = storage_dtype(dtype)

    def read(frame: int) -> NDArray:
        pixels = _read(paths[frame])
        if kind == "movie" and pixels.dtype.newbyteorder("=") != np.dtype(described[0][1]).newbyteorder("="):
            raise InputError(
                f"a frame of type {pixels.dtype} in a movie of {described[0][1]}",
                where=f"frame {frame}, {paths[frame]}",
            )
        return pixels

    return Series(
        sources=[path.name for path in paths],
        read=read,
        extents=extents if kind == "stills" else extents * len(paths),
        dtype=stored,
        channels=shape[0],
        slices=shape[1] if len(shape) == 4 else None,
        scale=scale,
    )


def _describe(path: Path) -> tuple[tuple[int, ...], np.dtype, Scale]:
    """Shape ``(C, [Z,] Y, X)``, type and scale of an image file, from its header."""
    if path.suffix.lower() in tiff.SUFFIXES:
        return tiff.describe_frame(path)
    shape, dtype = describe_picture(path)
    return (1, *shape[:2]), dtype, Scale()


def _read(path: Path) -> NDArray:
    if path.suffix.lower() in tiff.SUFFIXES:
        return tiff.read_frame(path)
    pixels = read_picture(path)
    return arranged(pixels, "YX" if pixels.ndim == 2 else "YXS", path.name)


def open_omezarr(path: Path) -> Series:
    """Open the full resolution of an OME-Zarr image, version 0.4 or 0.5.

    Raises
    ------
    InputError
        No such image, metadata that contradict each other, or pixels that cannot be read.
    """
    found = read_multiscale(path)
    axes = found.axes.upper()
    with reading("OME-Zarr image", path):
        array = zarr.open_array(found.levels[0], mode="r")
    if array.ndim != len(axes):
        raise InputError(f"an array of shape {array.shape} for the axes {axes}", where=path)
    sizes = dict(zip(axes, array.shape, strict=True))
    count = sizes.pop("T", 1)
    check_claim(tuple(sizes.values()), array.dtype, path, parts=count)

    def read(frame: int) -> NDArray:
        return part(frame, slice(None), slice(None))

    def part(frame: int, rows: slice, columns: slice) -> NDArray:
        chosen = {"T": frame, "Y": rows, "X": columns}
        with reading("OME-Zarr image", path):
            pixels = np.asarray(array[tuple(chosen.get(axis, slice(None)) for axis in axes)])
        return arranged(pixels, axes.replace("T", ""), f"{path.name}#{frame}")

    return Series(
        sources=[f"{path.name}#{frame}" for frame in range(count)],
        read=read,
        extents=[(sizes["Y"], sizes["X"])] * count,
        dtype=storage_dtype(array.dtype),
        channels=sizes.get("C", 1),
        slices=sizes.get("Z") if sizes.get("Z", 1) > 1 else None,
        scale=found.scale,
        part=part,
    )
