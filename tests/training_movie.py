"""A small movie of bright discs, as stores: what prepare would have written."""

from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.formats.ngff import write_image, write_labels
from cellweave.formats.tables import write_table


def disc_labels(size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return discs ``(size, size)`` int32 that may touch but not overlap."""
    labels = np.zeros((size, size), np.int32)
    y, x = np.mgrid[:size, :size]
    for label in range(1, count + 1):
        radius = rng.uniform(6, 10)
        centre = rng.uniform(radius, size - radius, 2)
        disc = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2
        labels[disc & (labels == 0)] = label
    return labels


def write_movie(folder: Path, *, frames: int = 6, size: int = 96, count: int = 8, truth: str = "silver") -> dict:
    """Write stores and table of a movie and return the keyword arguments of a training script."""
    rng = np.random.default_rng(0)
    labels = np.stack([disc_labels(size, count, rng) for _ in range(frames)])
    images = 100 + 60 * (labels > 0) + rng.normal(0, 8, labels.shape)
    with write_image(folder / "image.ome.zarr", shape=(frames, 1, size, size), dtype=np.uint16) as array:
        array[:, 0] = images.astype(np.uint16)
    with write_labels(folder / "truth.ome.zarr", names=(truth,), shape=labels.shape) as arrays:
        arrays[truth][:] = labels
    table = pd.DataFrame({"frame": np.arange(frames, dtype=np.int32), "height": size, "width": size})
    table = table.assign(gold=truth == "gold", silver=truth == "silver", markers=False)
    write_table(table.assign(centre=images.mean(), spread=images.std()), folder / "frames.parquet")
    source = {"dataset": "discs", "sequence": "01", "frames": None, "zoom": 1, "truth": "auto"}
    return {
        "sources": [source],
        "images": [folder / "image.ome.zarr"],
        "truths": [folder / "truth.ome.zarr"],
        "frames_tables": [folder / "frames.parquet"],
    }
