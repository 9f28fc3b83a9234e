"""Other programs for the same tasks, each imported where it is called (`make extra NAME=peers`)."""

from pathlib import Path

import numpy as np
import zarr
from numpy.typing import NDArray

PROPERTIES = (
    *("label", "area", "centroid", "bbox", "perimeter", "perimeter_crofton", "axis_major_length", "axis_minor_length"),
    *("eccentricity", "orientation", "solidity", "intensity_mean", "intensity_min", "intensity_max", "intensity_std"),
)


def regionprops(labels: NDArray[np.int32], image: NDArray) -> None:
    """Measure ``(Y, X)`` with scikit-image: the same properties."""
    from skimage.measure import regionprops_table

    regionprops_table(labels, image, properties=PROPERTIES)


def dask_label(mask: NDArray[np.bool_], chunk: int) -> None:
    """Label the connected components of ``(Y, X)`` with dask-image: no cells are told apart, but it works in chunks."""
    import dask
    import dask.array
    from dask_image.ndmeasure import label

    labels, count = label(dask.array.from_array(mask, chunks=chunk))
    with dask.config.set(scheduler="synchronous"):
        dask.compute(labels, count)


def zarr_default(pixels: NDArray, path: Path) -> None:
    """Write ``(Y, X)`` with zarr-python as it does unless told otherwise."""
    zarr.create_array(path, shape=pixels.shape, dtype=pixels.dtype, overwrite=True)[:] = pixels


def zarr_read(path: Path) -> None:
    """Read a whole array with zarr-python."""
    zarr.open_array(path, mode="r")[:]
