"""Microscopes' own files (CZI, ND2, LIF), read through bioio's plugins, which are an optional extra."""

import logging
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.formats.scale import Scale
from cellweave.formats.series import Series, storage_dtype

logger = logging.getLogger(__name__)

PLUGINS = {".czi": "bioio-czi", ".nd2": "bioio-nd2", ".lif": "bioio-lif"}


def open_vendor(path: Path) -> Series:
    """Open the only scene of a microscope's file.

    Raises
    ------
    InputError
        The plugin is not installed, or the file holds several scenes.
    """
    plugin = PLUGINS[path.suffix.lower()]
    try:
        import bioio

        image = bioio.BioImage(path)
    except Exception as error:
        # a missing bioio is an ImportError, a missing plugin an error of bioio's, a damaged file one of the plugin's
        raise InputError(
            f"cannot open {path.suffix} files: {error}",
            where=path,
            todo=f"pip install bioio {plugin}, or save the images as OME-TIFF",
        ) from error
    if len(image.scenes) > 1:
        raise InputError(
            f"{len(image.scenes)} scenes in one file: {', '.join(image.scenes[:5])}",
            where=path,
            todo="save each scene as a file of its own",
        )
    dims, depth = image.dims, image.dims.Z > 1

    def read(frame: int) -> NDArray:
        pixels = np.asarray(image.get_image_dask_data("CZYX", T=frame))
        return pixels if depth else pixels[:, 0]

    return Series(
        sources=[f"{path.name}#{frame}" for frame in range(dims.T)],
        read=read,
        extents=[(dims.Y, dims.X)] * dims.T,
        dtype=storage_dtype(image.dtype),
        channels=dims.C,
        slices=dims.Z if depth else None,
        scale=Scale(image.physical_pixel_sizes.X, image.physical_pixel_sizes.Z, _minutes(image.time_interval)),
    )


def _minutes(interval: timedelta | float | None) -> float | None:
    """bioio's readers give a timedelta, or seconds as a number, or nothing."""
    if isinstance(interval, timedelta):
        interval = interval.total_seconds()
    return interval / 60 if interval else None
