"""Zarr v3 arrays on disk (sharded, zstd) that are read and written like numpy arrays.

tensorstore moves the pixels, two to three times as fast as zarr-python, which makes the arrays.
"""

import errno
import itertools
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import tensorstore
import zarr
from zarr.codecs import BloscCodec

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.formats.damage import reading

CHUNK = 512
SHARD = 2048
PROCESS = os.getpid()  # tensorstore's threads do not survive a fork: a forked data loader reads through zarr-python


class Array:
    """A zarr array on disk that is read and written by numpy-style slices.

    Attributes
    ----------
    shape, shards : tuple of int
        Extent, and extent of one file on disk: what is written must consist of whole files.
    dtype : numpy.dtype
    """

    def __init__(self, path: str | Path, *, aligned: bool = True) -> None:
        if not (Path(path) / "zarr.json").is_file():
            raise InputError("no zarr array here", where=path, todo="let the workflow make it, or correct the path")
        self.path = Path(path)
        self._aligned = aligned
        with reading("zarr array", path):
            zarray = zarr.open_array(path, mode="r", zarr_format=3)
        self.shape: tuple[int, ...] = zarray.shape
        self.shards: tuple[int, ...] = zarray.shards or zarray.chunks
        self.dtype: np.dtype = zarray.dtype
        self.ndim = zarray.ndim

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: object) -> np.ndarray:
        region = _region(key, self.shape)
        if os.getpid() != PROCESS:
            return zarr.open_array(self.path, mode="r", zarr_format=3)[region]
        with reading("zarr array", self.path):
            return self._store[region].read().result()

    def __setitem__(self, key: object, value: object) -> None:
        region = _region(key, self.shape)
        if self._aligned:
            self._check_alignment(region)
        target = self._store[region][tensorstore.d[:].translate_to[0]]
        values = np.broadcast_to(_cast(np.asarray(value), self.dtype), target.shape)
        files = itertools.product(*(_files(part, size) for part, size in zip(region, self.shards, strict=True)))
        writes = [target[part].write(values[part]) for part in (tuple(filter(None, file)) for file in files)]
        errors = [write.exception() for write in writes]  # all of them: no thread writes on once this is known to fail
        for error in filter(None, errors):
            if "No space left" in str(error):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path)) from error
            raise error

    def bands(self) -> Iterator[tuple[int, int]]:
        """Yield the ranges of rows ``[y0, y1)`` that fill whole files, from top to bottom."""
        height, rows = self.shape[-2], self.shards[-2]
        for top in range(0, height, rows):
            yield top, min(top + rows, height)

    def files(self) -> Iterator[tuple[slice, slice]]:
        """Yield rows and columns of the files of one plane, band by band."""
        width, columns = self.shape[-1], self.shards[-1]
        for top, bottom in self.bands():
            for left in range(0, width, columns):
                yield slice(top, bottom), slice(left, min(left + columns, width))

    @cached_property
    def _store(self) -> tensorstore.TensorStore:
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(self.path)}}
        return tensorstore.open(spec, open=True, context=_context()).result()

    def _check_alignment(self, region: tuple[int | slice, ...]) -> None:
        for index, shard, size in zip(region, self.shards, self.shape, strict=True):
            part = slice(index, index + 1, 1) if isinstance(index, int) else index
            if part.step != 1 or part.start % shard or (part.stop % shard and part.stop != size):
                raise ValueError(f"{part.start}:{part.stop} of {size} cuts through a file of {shard} in {self.path}")


def create(
    path: str | Path,
    *,
    shape: Sequence[int],
    dtype: np.dtype | type | str,
    chunks: Sequence[int] | None = None,
    axes: str | None = None,
    aligned: bool = True,
) -> Array:
    """Make an array of zeros.

    Parameters
    ----------
    path : str or Path
        Folder of the array; it must not exist.
    shape : sequence of int
        Extent; the last two axes are rows and columns.
    dtype : dtype
        Type of the pixels.
    chunks : sequence of int, optional
        Extent of one file; by default pieces of up to 512 pixels a side in files of up to 2048.
    axes : str, optional
        Names of the axes, a letter each.
    aligned : bool
        Refuse to write regions that do not fill whole files.
    """
    dtype = np.dtype(dtype)
    zarr.create_array(
        path,
        shape=tuple(shape),
        dtype=dtype,
        **({"chunks": tuple(chunks)} if chunks else _pieces(shape)),
        compressors=[BloscCodec(typesize=dtype.itemsize, cname="zstd", clevel=1, shuffle="shuffle")],
        fill_value=0,
        dimension_names=list(axes) if axes else None,
        zarr_format=3,
    )
    return Array(path, aligned=aligned)


@contextmanager
def write_array(
    path: str | Path, *, shape: Sequence[int], dtype: np.dtype | type | str, chunks: Sequence[int] | None = None
) -> Iterator[Array]:
    """Write a plain zarr array, whole or not at all; regions of any extent may be assigned.

    Parameters
    ----------
    path : str or Path
        Final name.
    shape : sequence of int
        Extent; the last two axes are rows and columns.
    dtype : dtype
        Type of the pixels.
    chunks : sequence of int, optional
        Extent of one compressed piece; by default as in an image store.
    """
    with whole(path) as part:
        yield create(part, shape=shape, dtype=dtype, chunks=chunks, aligned=False)
        if not (part / "zarr.json").is_file():  # tensorstore makes a folder anew that somebody removed
            raise FileNotFoundError(errno.ENOENT, "removed while it was written", str(path))


def open_array(path: str | Path) -> Array:
    """Open a plain zarr array."""
    return Array(path, aligned=False)


def _region(key: object, shape: tuple[int, ...]) -> tuple[int | slice, ...]:
    """Return `key` with an index or a slice inside the array for every axis, as numpy understands it."""
    parts = key if isinstance(key, tuple) else (key,)
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        parts = parts[:at] + (slice(None),) * (len(shape) - len(parts) + 1) + parts[at + 1 :]
    if len(parts) > len(shape):
        raise IndexError(f"{len(parts)} indices for an array of shape {shape}")
    parts += (slice(None),) * (len(shape) - len(parts))
    return tuple(_inside(part, size) for part, size in zip(parts, shape, strict=True))


def _inside(part: object, size: int) -> int | slice:
    if isinstance(part, slice):
        start, stop, step = part.indices(size)
        return slice(start, max(start, stop), step)
    index = int(part)
    if not -size <= index < size:
        raise IndexError(f"index {index} is out of range for {size}")
    return index % size


def _files(part: int | slice, size: int) -> list[slice | None]:
    """Return which positions of `part` lie in one file of extent `size` each; None for an axis that an index drops."""
    if isinstance(part, int):
        return [None]
    files = np.arange(part.start, part.stop, part.step) // size
    cuts = [0, *(np.flatnonzero(np.diff(files)) + 1).tolist(), len(files)]
    return [slice(*cut) for cut in itertools.pairwise(cuts)]


def _cast(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return `values` as `dtype`, refusing to lose digits of integers."""
    if np.can_cast(values.dtype, dtype, "same_kind") and (values.dtype.kind == "f" or np.can_cast(values.dtype, dtype)):
        return values.astype(dtype, copy=False)
    cast = values.astype(dtype) if values.dtype.kind in "iub" else None
    if cast is None or not np.array_equal(cast, values):
        raise ValueError(f"{values.dtype} values do not fit into {dtype}")
    return cast


@cache
def _context() -> tensorstore.Context:
    """Return limits for tensorstore: as many threads as the job was given, and no fsync after every file."""
    threads = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
    return tensorstore.Context(
        {
            "data_copy_concurrency": {"limit": threads},
            "file_io_concurrency": {"limit": max(4, threads)},
            "file_io_sync": False,
        }
    )


def _pieces(shape: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Return chunks of up to `CHUNK` pixels a side, and shards of whole chunks of up to `SHARD`; 1 on other axes."""
    plane = [min(CHUNK, size) for size in shape[-2:]]
    files = [
        chunk * min(SHARD // CHUNK, math.ceil(size / chunk)) for size, chunk in zip(shape[-2:], plane, strict=True)
    ]
    ones = (1,) * (len(shape) - 2)
    return {"chunks": (*ones, *plane), "shards": (*ones, *files)}
