"""OME-Zarr 0.5 stores of images and labels, with pyramids; ome-zarr writes their multiscale metadata.

Stores are opened by the paths in their metadata, never by listing a folder, because
Snakemake puts a file of its own into every folder that a rule makes.

References
----------
OME-Zarr 0.5, https://ngff.openmicroscopy.org/0.5/; Moore et al., Nature Methods 18 (2021) 1496.
"""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import zarr

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.core.progress import bar
from cellweave.formats.arrays import CHUNK, Array, create, open_array, write_array
from cellweave.formats.multiscale import Multiscale, read_label_names, read_multiscale
from cellweave.formats.scale import UNKNOWN, Scale

__all__ = [
    "Array", "Scale", "adopt_labels", "label_names", "levels", "open_array", "open_image", "open_labels", "read_axes",
    "read_scale", "write_array", "write_image", "write_labels",
]  # fmt: skip

COARSEST = 256
UNITS = {"t": "minute", "z": "micrometer", "y": "micrometer", "x": "micrometer"}
TYPES = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
COLOURS = ("00FF00", "FF00FF", "00FFFF", "FFFF00")
WIDER = {"u1": np.uint32, "u2": np.uint32, "f2": np.float32, "f4": np.float32, "f8": np.float64}
NO_LABELS = "none"


@contextmanager
def write_image(
    path: str | Path,
    *,
    shape: Sequence[int],
    dtype: np.dtype | type | str,
    axes: str = "tcyx",
    scale: Scale = UNKNOWN,
    channels: Sequence[str] | None = None,
) -> Iterator[Array]:
    """Write an image store, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Final name; it appears when the block ends without an error.
    shape : sequence of int
        Extent in the order of `axes`, for example ``(T, C, Y, X)``.
    dtype : dtype
        Integer or float type of the pixels.
    axes : str
        ``"tcyx"`` or ``"tczyx"``.
    scale : Scale
        Physical size of a pixel.
    channels : sequence of str, optional
        Names of the channels.

    Yields
    ------
    Array
        The full resolution, zero where nothing is written: assign ``array[t]``, ``array[t, c]`` or
        ``array[t, c, y0:y1]`` with rows from `Array.bands`. The pyramid (means of 2x2 pixels) follows by itself.

    Raises
    ------
    ValueError
        A region that is written cuts through a file, or holds values that `dtype` does not.
    OSError
        The disk is full; nothing is left under `path`.
    """
    with whole(path) as part:
        group = zarr.create_group(part, zarr_format=3)
        yield create(part / "0", shape=shape, dtype=dtype, axes=axes)
        count = _build_pyramid(part, axes, _mean, Path(path).name)
        _describe(group, axes, scale, count, Path(path).name, omero=_omero(Array(part / str(count - 1)), channels))
        _consolidate(part)


@contextmanager
def write_labels(
    path: str | Path,
    *,
    names: Sequence[str] = ("cells",),
    shape: Sequence[int],
    axes: str = "tyx",
    scale: Scale = UNKNOWN,
) -> Iterator[dict[str, Array]]:
    """Write a label store, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Final name; it appears when the block ends without an error.
    names : sequence of str
        Label images in the store. None at all gives a store with an all-background image that `label_names` omits,
        because not every validator takes an empty list for valid.
    shape : sequence of int
        Extent in the order of `axes`, for example ``(T, Y, X)``.
    axes : str
        ``"tyx"`` or ``"tzyx"``.
    scale : Scale
        Physical size of a pixel.

    Yields
    ------
    dict of str to Array
        Full resolution of each label image, int32, 0 where nothing is written. The pyramid (majority of 2x2 pixels)
        follows by itself; the ids of each level are a subset of those of the level below.

    Raises
    ------
    ValueError, OSError
        As `write_image`.
    """
    with whole(path) as part:
        root = zarr.create_group(part, zarr_format=3)
        groups = {name: root.create_group(name) for name in (names or (NO_LABELS,))}
        arrays = {name: create(part / name / "0", shape=shape, dtype=np.int32, axes=axes) for name in groups}
        yield {name: arrays[name] for name in names}
        for name, group in groups.items():
            count = _build_pyramid(part / name, axes, _majority, f"{Path(path).name}/{name}")
            _describe(group, axes, scale, count, name)
            group.attrs["ome"] = {**group.attrs["ome"], "image-label": {"version": "0.5"}}
        root.attrs["ome"] = {"version": "0.5", "labels": list(groups)}
        _consolidate(part)


def open_image(path: str | Path, level: int = 0) -> Array:
    """Open one level of an image store: ``(T, C, Y, X)`` or ``(T, C, Z, Y, X)``, 0 = full resolution."""
    return Array(_level_path(Path(path), level))


def open_labels(path: str | Path, name: str = "cells", level: int = 0) -> Array:
    """Open one level of one label image of a label store: ``(T, Y, X)`` or ``(T, Z, Y, X)``, int32.

    Raises
    ------
    InputError
        The store has no such label image.
    """
    if name not in (known := label_names(path)):
        raise InputError(f"no label image {name!r} here, only {known}", where=path)
    return Array(_level_path(Path(path) / name, level))


def label_names(path: str | Path) -> list[str]:
    """Return the names of the label images of a label store."""
    return [name for name in read_label_names(Path(path)) if name != NO_LABELS]


def levels(path: str | Path) -> int:
    """Return the number of resolutions of an image or label store."""
    return len(_multiscale(Path(path)).levels)


def read_axes(path: str | Path) -> str:
    """Return the axes of an image or label store, for example ``"tcyx"``."""
    return _multiscale(Path(path)).axes


def read_scale(path: str | Path) -> Scale:
    """Return the physical scale of an image or label store; None where the store gives no unit."""
    return _multiscale(Path(path)).scale


def adopt_labels(path: str | Path, tables: Sequence[str] = ()) -> None:
    """Make a label store at ``<path>/labels`` part of the image store at `path`, and announce `tables` beside it.

    Label images say which image they belong to, as OME-Zarr asks for; tables are listed as ngio and Fractal do.
    """
    root, path = zarr.open_group(path, mode="a", use_consolidated=False), Path(path)
    for name in label_names(path / "labels"):
        group = zarr.open_group(path / "labels" / name, mode="a", use_consolidated=False)
        about = {**group.attrs["ome"]["image-label"], "source": {"image": "../../"}}
        group.attrs["ome"] = {**group.attrs["ome"], "image-label": about}
    if tables:
        root.create_group("tables", attributes={"tables": list(tables)})
    _consolidate(path / "labels")
    _consolidate(path)


def _multiscale(path: Path) -> Multiscale:
    """Return the metadata of an image, or of the first label image of a label store."""
    names = read_label_names(path)
    return read_multiscale(path / names[0] if names else path)


def _level_path(path: Path, level: int) -> Path:
    levels = _multiscale(path).levels
    if not 0 <= level < len(levels):
        raise InputError(f"no level {level} among {len(levels)}", where=path)
    return levels[level]


def _build_pyramid(group: Path, axes: str, shrink: Callable[[np.ndarray], np.ndarray], title: str) -> int:
    """Add the coarser levels, each made from the one before; return the number of levels.

    No more than one file of the coarser level is in memory at a time, whatever the size of the image.
    """
    fine = Array(group / "0")
    shapes = list(_coarser(fine.shape))
    with bar(f"pyramid {title}", len(shapes) * math.prod(fine.shape[:-2]), "planes") as shown:
        for level, shape in enumerate(shapes, start=1):
            coarse = create(group / str(level), shape=shape, dtype=fine.dtype, axes=axes)
            for index in np.ndindex(shape[:-2]):
                for rows, columns in coarse.files():
                    wide = slice(2 * columns.start, 2 * columns.stop)
                    tops = range(2 * rows.start, 2 * rows.stop, 2 * CHUNK)
                    strips = (slice(top, min(top + 2 * CHUNK, 2 * rows.stop)) for top in tops)
                    parts = [shrink(_even(fine[(*index, strip, wide)])) for strip in strips]
                    coarse[(*index, rows, columns)] = np.concatenate(parts)
                shown.update()
            fine = coarse
    return 1 + len(shapes)


def _coarser(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield shapes with rows and columns halved until the smaller number is at most `COARSEST`."""
    while min(shape[-2:]) > COARSEST:
        shape = (*shape[:-2], *(-(-size // 2) for size in shape[-2:]))
        yield shape


def _even(plane: np.ndarray) -> np.ndarray:
    """Return ``(Y, X)`` with its last row and column repeated where the number is odd."""
    height, width = plane.shape
    if height % 2 or width % 2:
        return np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    return plane


def _mean(plane: np.ndarray) -> np.ndarray:
    """Return means of 2x2 pixels, integers rounded half up, in the type of `plane`."""
    rows = np.add(plane[::2], plane[1::2], dtype=WIDER.get(plane.dtype.str[1:], np.int64))
    total = rows[:, ::2] + rows[:, 1::2]
    return (total / 4 if plane.dtype.kind == "f" else (total + 2) >> 2).astype(plane.dtype)


def _majority(plane: np.ndarray) -> np.ndarray:
    """Return the commonest id of each 2x2 pixels; of equally common ones the first in reading order."""
    corners = plane[::2, ::2], plane[::2, 1::2], plane[1::2, ::2], plane[1::2, 1::2]
    a, b, c, d = (np.ascontiguousarray(corner) for corner in corners)
    later = np.where((b == c) | (b == d), b, np.where(c == d, c, a))
    return np.where((a == b) | (a == c) | (a == d), a, later)


def _describe(group: zarr.Group, axes: str, scale: Scale, count: int, name: str, **metadata: dict) -> None:
    """Write the multiscale metadata of `count` levels, with units where the scale is known."""
    from ome_zarr.format import FormatV05
    from ome_zarr.writer import write_multiscales_metadata

    steps = scale.steps(axes)
    write_multiscales_metadata(
        group,
        [
            {"path": str(level), "coordinateTransformations": _transformations(axes, steps, level)}
            for level in range(count)
        ],
        fmt=FormatV05(),
        axes=[_axis(letter, step) for letter, step in zip(axes, steps, strict=True)],
        name=name,
        metadata=metadata,
    )


def _omero(coarsest: Array, channels: Sequence[str] | None) -> dict[str, list[dict]]:
    """Return what viewers need to show ``(T, C, ..., Y, X)``: name, colour and contrast of each channel."""
    names = channels or [f"channel {index}" for index in range(coarsest.shape[1])]
    frames = np.unique(np.linspace(0, len(coarsest) - 1, 16).astype(int))
    low = np.min([coarsest[frame].min(axis=(*range(1, coarsest.ndim - 1),)) for frame in frames], axis=0)
    high = np.max([coarsest[frame].max(axis=(*range(1, coarsest.ndim - 1),)) for frame in frames], axis=0)
    return {
        "channels": [
            {
                "label": name,
                "color": COLOURS[index % len(COLOURS)] if len(names) > 1 else "FFFFFF",
                "window": {"min": lowest, "max": highest, "start": lowest, "end": highest},
                "active": True,
            }
            for index, (name, lowest, highest) in enumerate(zip(names, low.tolist(), high.tolist(), strict=True))
        ]
    }


def _axis(letter: str, step: float | None) -> dict[str, str]:
    return {"name": letter, "type": TYPES[letter], **({} if step is None else {"unit": UNITS[letter]})}


def _transformations(axes: str, steps: Sequence[float | None], level: int) -> list[dict]:
    """Return scale and translation of a level: its first pixel covers ``2**level`` pixels a side of level 0."""
    factors = [2**level if axis in "yx" else 1 for axis in axes]
    known = [1.0 if step is None else float(step) for step in steps]
    scale = {"type": "scale", "scale": [step * factor for step, factor in zip(known, factors, strict=True)]}
    shift = [step * (factor - 1) / 2 for step, factor in zip(known, factors, strict=True)]
    return [scale, {"type": "translation", "translation": shift}] if level else [scale]


def _consolidate(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata", category=UserWarning)
        zarr.consolidate_metadata(path)
