"""Stores in, tables out."""

import numpy as np
import pandas as pd

import measure_cells
from cellweave.formats.ngff import Scale, write_image, write_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.measure.shape import measure

UNKNOWN = Scale()


def run(folder, labels, *, scale=UNKNOWN, heights=None):
    """Measure `labels` (T, [Z,] Y, X) on an image of two constant channels."""
    axes = "tzyx" if labels.ndim == 4 else "tyx"
    shape = (len(labels), 2, *labels.shape[1:])
    with write_image(
        folder / "image.zarr", shape=shape, dtype=np.uint16, axes=axes.replace("t", "tc"), scale=scale
    ) as image:
        for frame in range(len(labels)):
            image[frame] = np.broadcast_to(np.reshape([5, 700], (2, *(1,) * (labels.ndim - 1))), shape[1:]).astype("u2")
    with write_labels(folder / "labels.zarr", shape=labels.shape, axes=axes, scale=scale) as stores:
        for frame, plane in enumerate(labels):
            stores["cells"][frame] = plane
    extents = {"height": heights or labels.shape[-2], "width": labels.shape[-1]}
    write_table(pd.DataFrame({"frame": range(len(labels))} | extents), folder / "extents.parquet")
    tables = [
        measure(plane.reshape(-1, plane.shape[-1])[:height]).assign(frame=frame)  # that of a volume is not looked at
        for frame, (plane, height) in enumerate(zip(labels, heights or [None] * len(labels), strict=True))
    ]
    known = pd.concat(tables).rename(columns={"area": "area_px", "y": "y_px", "x": "x_px"})
    write_table(known[["frame", "label", "area_px", "y_px", "x_px"]], folder / "objects.parquet")
    measure_cells.main(
        objects=folder / "objects.parquet",
        image=folder / "image.zarr",
        labels=folder / "labels.zarr",
        frames_table=folder / "extents.parquet",
        cells=folder / "cells.parquet",
        frames=folder / "frames.parquet",
    )
    return read_table(folder / "cells.parquet"), read_table(folder / "frames.parquet")


def test_a_movie(tmp_path):
    labels = np.zeros((3, 1100, 40), np.int32)
    labels[0, 500:530, 4:8], labels[0, 0:2, 0:2] = 9, 4  # the first crosses a band
    labels[2, 1000:1100, :] = 1
    cells, frames = run(tmp_path, labels, scale=Scale(pixel_um=0.5), heights=[1100, 1100, 1050])
    assert cells[["frame", "label"]].to_numpy().tolist() == [[0, 4], [0, 9], [2, 1]]
    assert cells["area_um2"].tolist() == [1, 30, 500]
    assert cells["mean_intensity_c0"].tolist() == [5, 5, 5] and cells["std_intensity_c1"].tolist() == [0, 0, 0]
    assert frames["cells"].tolist() == [2, 0, 1]
    assert frames["confluence"].tolist() == [124 / 44000, 0, 2000 / 42000]


def test_no_cells_at_all(tmp_path):
    cells, frames = run(tmp_path, np.zeros((2, 30, 30), np.int32))
    assert len(cells) == 0 and {"frame", "label", "area_px", "neighbour_distance_8_px"} <= set(cells)
    assert frames["cells"].tolist() == [0, 0] and frames["confluence"].tolist() == [0, 0]


def test_a_volume(tmp_path):
    labels = np.zeros((1, 4, 20, 20), np.int32)
    labels[0, 1:3, 5:10, 5:10] = 3
    cells, frames = run(tmp_path, labels, scale=Scale(pixel_um=0.5, z_um=2.0))
    assert cells[["z_px", "y_px", "x_px", "volume_um3"]].iloc[0].tolist() == [1.5, 7, 7, 25]
    assert frames["confluence"].tolist() == [50 / 1600]
