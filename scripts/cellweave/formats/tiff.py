"""TIFF, multi-page TIFF, ImageJ hyperstacks and OME-TIFF."""

import logging
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import tifffile
import zarr
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.formats.ngff import Scale
from cellweave.formats.series import UNIT_MIN, UNIT_UM, Series, arranged, storage_dtype

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
    path = Path(path)
    # the file stays open as long as the series lives: finding the pages again for every frame takes N^2 steps
    file = _opened(path)
    images = _only_series(file, path)
    axes, shape = images.axes, images.shape
    pages = zarr.open_array(images.aszarr(level=0), mode="r")
    time = next((axis for axis in "T" + UNNAMED + "Z" if axis in axes), None)
    if time == "Z":
        logger.warning("%s: %d slices and no time axis: slices are taken for frames", path, shape[axes.index("Z")])
    count = 1 if time is None else shape[axes.index(time)]
    frame_axes = _frame_axes(axes.replace(time or "-", ""), path)

    def read(frame: int) -> NDArray:
        try:
            pixels = np.asarray(pages[tuple(frame if axis == time else slice(None) for axis in axes)])
        except (OSError, ValueError, RuntimeError, tifffile.TiffFileError) as error:
            raise _unreadable(path, error) from error
        return arranged(pixels, frame_axes, f"{path.name}#{frame}")

    sizes = {axis: shape[axes.index(axis)] for axis in frame_axes}
    return Series(
        sources=[f"{path.name}#{frame}" for frame in range(count)] if count > 1 else [path.name],
        read=read,
        extents=[(sizes["Y"], sizes["X"])] * count,
        dtype=storage_dtype(images.dtype),
        channels=sizes.get("C", 1),
        slices=sizes.get("Z"),
        scale=_scale(file),
    )


def describe_frame(path: Path) -> tuple[tuple[int, ...], np.dtype, Scale]:
    """Return shape ``(C, [Z,] Y, X)``, type and scale of a file that is one frame, from its header alone."""
    with _opened(path) as file:
        images = _only_series(file, path)
        axes = _frame_axes(images.axes.replace("Q", "Z").replace("I", "Z"), path)
        sizes = dict(zip(images.axes.replace("Q", "Z").replace("I", "Z"), images.shape, strict=True))
        depth = (sizes["Z"],) if "Z" in axes else ()
        return (sizes.get("C", 1), *depth, sizes["Y"], sizes["X"]), images.dtype, _scale(file)


def read_frame(path: Path) -> NDArray:
    """Read a file that is one frame: ``(C, [Z,] Y, X)``; pages without a name are slices."""
    with _opened(path) as file:
        images = _only_series(file, path)
        axes = _frame_axes(images.axes.replace("Q", "Z").replace("I", "Z"), path)
        try:
            return arranged(images.asarray(), axes, path.name)
        except (OSError, ValueError, RuntimeError, tifffile.TiffFileError) as error:
            raise _unreadable(path, error) from error


def _opened(path: Path) -> tifffile.TiffFile:
    try:
        return tifffile.TiffFile(path)
    except (OSError, ValueError, tifffile.TiffFileError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(f"not a readable TIFF: {error}", where=path, todo="copy or download it again")


def _only_series(file: tifffile.TiffFile, path: Path) -> tifffile.TiffPageSeries:
    if len(file.series) != 1:
        shapes = ", ".join(str(images.shape) for images in file.series[:5])
        raise InputError(
            f"{len(file.series)} images of different shape or position in one file: {shapes}",
            where=path,
            todo="save each position as a file of its own",
        )
    return file.series[0]


def _frame_axes(axes: str, path: Path) -> str:
    """Axes of one frame, checked."""
    if unknown := set(axes) - set("CZYXS"):
        raise InputError(
            f"axes {axes!r}: {''.join(sorted(unknown))!r} is not understood in one frame",
            where=path,
            todo="save channels along c and slices along z; a movie is one file, or a folder of a file per frame",
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
    """Return the scale in the first Pixels element of OME-XML (units default to µm and s)."""
    pixels = next((node for node in ElementTree.fromstring(xml).iter() if node.tag.endswith("}Pixels")), None)
    if pixels is None:
        return Scale()

    def size(name: str, units: dict[str, float], default: str) -> float | None:
        factor = units.get(pixels.get(f"{name}Unit", default))
        return float(pixels.attrib[name]) * factor if name in pixels.attrib and factor else None

    return Scale(
        pixel_um=size("PhysicalSizeX", UNIT_UM, "µm"),
        z_um=size("PhysicalSizeZ", UNIT_UM, "µm"),
        frame_min=size("TimeIncrement", UNIT_MIN, "s"),
    )


def _imagej_scale(file: tifffile.TiffFile) -> Scale:
    metadata = file.imagej_metadata
    factor = UNIT_UM.get(metadata.get("unit", ""))
    resolution = file.pages[0].tags.get("XResolution")
    pixels, units = resolution.value if resolution else (0, 1)
    interval = metadata.get("finterval")
    return Scale(
        pixel_um=units / pixels * factor if factor and pixels else None,
        z_um=metadata["spacing"] * factor if factor and "spacing" in metadata else None,
        frame_min=interval * UNIT_MIN.get(metadata.get("tunit", "sec"), 1 / 60) if interval else None,
    )
