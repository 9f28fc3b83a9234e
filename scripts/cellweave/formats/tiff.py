"""TIFF, multi-page TIFF, ImageJ hyperstacks and OME-TIFF."""

import logging
import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.formats.damage import check_claim, reading
from cellweave.formats.scale import UNIT_MIN, UNIT_UM, Scale, step_of
from cellweave.formats.series import Series, arranged, storage_dtype

logger = logging.getLogger(__name__)

SUFFIXES = (".tif", ".tiff", ".btf")
UNNAMED = "QI"


def open_tiff(path: str | Path) -> Series:
    """Open a file of one or more frames; pages are read when they are asked for.

    Axes are those of the file. Where it names none, or only z (as ImageJ does for most stacks), pages are frames.

    Raises
    ------
    InputError
        Not a TIFF, truncated, or images of several shapes in one file.
    """
    import zarr  # slow to import, and only pixels need it

    path = Path(path)
    # the file stays open as long as the series lives: finding the pages again for every frame takes N^2 steps
    images = _only_series(path)
    axes, shape = images.axes, images.shape
    with reading("TIFF", path):
        pages = zarr.open_array(images.aszarr(level=0), mode="r")
    time = _time_axis(axes)
    if time == "Z":
        logger.warning("%s: %d slices and no time axis: slices are taken for frames", path, shape[axes.index("Z")])
    count = 1 if time is None else shape[axes.index(time)]
    frame_axes = _frame_axes(axes.replace(time or "-", ""), path)

    def read(frame: int) -> NDArray:
        return part(frame, slice(None), slice(None))

    def part(frame: int, rows: slice, columns: slice) -> NDArray:
        chosen = {"Y": rows, "X": columns} | ({time: frame} if time else {})
        with reading("TIFF", path):
            pixels = np.asarray(pages[tuple(chosen.get(axis, slice(None)) for axis in axes)])
        return arranged(pixels, frame_axes, f"{path.name}#{frame}")

    sizes = {axis: shape[axes.index(axis)] for axis in frame_axes}
    return Series(
        sources=[f"{path.name}#{frame}" for frame in range(count)] if count > 1 else [path.name],
        read=read,
        extents=[(sizes["Y"], sizes["X"])] * count,
        dtype=storage_dtype(images.dtype),
        channels=sizes.get("C", 1),
        slices=sizes.get("Z"),
        scale=_scale(images.parent),
        part=part,
    )


def count_frames(path: Path) -> int:
    """Return the number of frames that `open_tiff` finds, from the header alone."""
    images = _only_series(path)
    with images.parent:
        time = _time_axis(images.axes)
        return 1 if time is None else images.shape[images.axes.index(time)]


def describe_frame(path: Path) -> tuple[tuple[int, ...], np.dtype, Scale]:
    """Return shape ``(C, [Z,] Y, X)``, type and scale of a file that is one frame, from its header alone."""
    images = _only_series(path)
    with images.parent as file:
        axes = _frame_axes(_sliced(images.axes), path)
        sizes = dict(zip(axes, images.shape, strict=True))
        depth = (sizes["Z"],) if "Z" in axes else ()
        return (sizes.get("C", 1), *depth, sizes["Y"], sizes["X"]), images.dtype, _scale(file)


def read_frame(path: Path) -> NDArray:
    """Read a file that is one frame: ``(C, [Z,] Y, X)``; pages without a name are slices."""
    images = _only_series(path)
    with images.parent:
        axes = _frame_axes(_sliced(images.axes), path)
        return arranged(_pixels(images, path), axes, path.name)


def read_array(path: str | Path) -> NDArray:
    """Read all pixels of a file, in the order they have there.

    Raises
    ------
    InputError
        As `open_tiff`.
    """
    images = _only_series(Path(path))
    with images.parent:
        return _pixels(images, Path(path))


def _pixels(images: tifffile.TiffPageSeries, path: Path) -> NDArray:
    with reading("TIFF", path):
        pixels = images.asarray()
    if pixels.shape != images.shape:
        raise InputError(f"pixels of shape {pixels.shape} instead of {images.shape}", where=path)
    return pixels


def _only_series(path: Path) -> tifffile.TiffPageSeries:
    """Open a file and return the only image series in it, whose `parent` is the open file."""
    with reading("TIFF", path):
        found = tifffile.TiffFile(path).series
    if len(found) != 1:
        shapes = ", ".join(str(images.shape) for images in found[:5])
        raise InputError(
            f"{len(found)} images of different shape or position in one file: {shapes}",
            where=path,
            todo="save each position as a file of its own",
        )
    (images,) = found
    if images.dtype is None or len(images.axes) != len(images.shape):
        raise InputError(f"pixels of type {images.dtype}, shape {images.shape} and axes {images.axes!r}", where=path)
    with reading("TIFF", path):
        strips = math.prod(images.keyframe.chunked)
        longest = max(int(count) for page in images if page is not None for count in page.databytecounts)
    frames = math.prod(int(size) for size, axis in zip(images.shape, images.axes, strict=True) if axis not in "YXS")
    check_claim(images.shape, images.dtype, path, parts=max(strips, longest, frames))
    check_claim(images.keyframe.tile or (), images.dtype, path)
    return images


def _time_axis(axes: str) -> str | None:
    """Return the axis of a file that is time: named so, else unnamed pages, else slices."""
    return next((axis for axis in "T" + UNNAMED + "Z" if axis in axes), None)


def _sliced(axes: str) -> str:
    """Return the axes of a file that is one frame, its unnamed pages taken for slices."""
    return axes.replace("Q", "Z").replace("I", "Z")


def _frame_axes(axes: str, path: Path) -> str:
    """Axes of one frame, checked."""
    if unknown := set(axes) - set("CZYXS"):
        raise InputError(
            f"axes {axes!r}: {''.join(sorted(unknown))!r} is not understood in one frame",
            where=path,
            todo="save channels along c and slices along z; a movie is one file, or a folder of a file per frame",
        )
    if len(set(axes)) < len(axes) or not {"Y", "X"} <= set(axes):
        raise InputError(
            f"axes {axes!r}: not one of each, with y and x among them", where=path, todo="save it as TIFF anew"
        )
    return axes


def _scale(file: tifffile.TiffFile) -> Scale:
    """Physical sizes from OME-XML or ImageJ metadata; nothing from plain resolution tags, which are mostly dpi."""
    if file.is_ome and file.ome_metadata:
        return ome_scale(file.ome_metadata)
    if file.is_imagej and file.imagej_metadata:
        return _imagej_scale(file)
    return Scale()


def ome_scale(xml: str) -> Scale:
    """Return the scale in the first Pixels element of OME-XML (units default to µm and s), none if it is broken."""
    try:
        pixels = next((node for node in ElementTree.fromstring(xml).iter() if node.tag.endswith("}Pixels")), None)
    except ElementTree.ParseError as error:
        logger.warning("OME-XML that cannot be read, the scale in it is lost: %s", error)
        return Scale()
    if pixels is None:
        return Scale()

    def size(name: str, units: dict[str, float], default: str) -> float | None:
        return step_of(pixels.get(name), pixels.get(f"{name}Unit", default), units)

    return Scale(
        pixel_um=size("PhysicalSizeX", UNIT_UM, "µm"),
        z_um=size("PhysicalSizeZ", UNIT_UM, "µm"),
        frame_min=size("TimeIncrement", UNIT_MIN, "s"),
    )


def _imagej_scale(file: tifffile.TiffFile) -> Scale:
    metadata, interval_unit = file.imagej_metadata, str(file.imagej_metadata.get("tunit"))
    resolution = file.pages[0].tags.valueof("XResolution")
    pixels, units = resolution if isinstance(resolution, tuple) and len(resolution) == 2 else (0, 1)
    return Scale(
        pixel_um=step_of(units / pixels, metadata.get("unit"), UNIT_UM) if pixels else None,
        z_um=step_of(metadata.get("spacing"), metadata.get("unit"), UNIT_UM),
        frame_min=step_of(metadata.get("finterval"), interval_unit if interval_unit in UNIT_MIN else "sec", UNIT_MIN),
    )
