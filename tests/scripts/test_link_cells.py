"""From label store to tracks."""

import numpy as np
import pandas as pd
import pytest

import link_cells
from cellweave.core.errors import InputError
from cellweave.formats.ngff import write_image, write_labels
from cellweave.formats.tables import read_table, write_table


def run(folder, tracker, weights=None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link one cell that moves right and divides, and one that stays."""
    labels = np.zeros((4, 60, 80), np.int32)
    for frame, left in enumerate((10, 12, 14)):
        labels[frame, 20:32, left : left + 20] = 1
    labels[3, 20:32, 12:22], labels[3, 20:32, 26:36] = 1, 3
    for frame in range(4):
        labels[frame, 44:56, 50 + frame : 64] = 2
    with write_labels(folder / "labels.zarr", shape=labels.shape) as stores:
        for frame, image in enumerate(labels):
            stores["cells"][frame] = image
    with write_image(folder / "image.zarr", shape=(4, 1, 60, 80), dtype=np.uint8) as store:
        for frame, image in enumerate(labels):
            store[frame] = np.uint8(40 * (image > 0))[None]
    rows = []
    for frame, image in enumerate(labels):
        for label in np.unique(image)[1:]:
            y, x = np.nonzero(image == label)
            rows.append((frame, label, 1.0, len(y), y.mean(), x.mean()))
    objects = pd.DataFrame(rows, columns=["frame", "label", "score", "area_px", "y_px", "x_px"])
    write_table(objects, folder / "objects.parquet")
    looks = objects[["frame", "label"]].assign(mean_intensity_c0=100.0, std_intensity_c0=10.0)
    write_table(looks, folder / "cells.parquet")
    link_cells.main(
        image=folder / "image.zarr",
        labels=folder / "labels.zarr",
        objects=folder / "objects.parquet",
        cells=folder / "cells.parquet",
        weights=weights,
        tracker=tracker,
        nodes=folder / "nodes.parquet",
        tracks=folder / "tracks.parquet",
    )
    return read_table(folder / "nodes.parquet"), read_table(folder / "tracks.parquet")


def test_weave_finds_the_division(tmp_path):
    nodes, tracks = run(tmp_path, {"kind": "weave"})
    assert tracks.to_numpy().tolist() == [[1, 0, 2, 0], [2, 0, 3, 0], [3, 3, 3, 1], [4, 3, 3, 1]]
    assert list(nodes.columns) == ["frame", "label", "track", "y_px", "x_px", "confidence"]
    assert len(nodes) == 9
    assert nodes["confidence"].notna().tolist() == [False] * 2 + [True] * 7
    assert nodes["confidence"].dropna().between(0.5, 1).all()


def test_own_weights_are_used(tmp_path):
    weights = tmp_path / "weights.yaml"
    weights.write_text("link: {constant: 1}\ndivision: {constant: -1}\n")
    assert run(tmp_path, {"kind": "weave"}, weights)[1]["parent"].eq(0).all()
    weights.write_text("link: {constant: 1, colour: 2}\ndivision: {}\n")
    with pytest.raises(InputError, match="unknown evidence colour for a link"):
        run(tmp_path, {"kind": "weave"}, weights)


def test_trackpy_finds_none(tmp_path):
    _, tracks = run(tmp_path, {"kind": "trackpy"})
    assert tracks["parent"].eq(0).all()


def test_unknown_tracker(tmp_path):
    with pytest.raises(InputError, match="unknown kind 'btrack'"):
        run(tmp_path, {"kind": "btrack"})
    assert not (tmp_path / "nodes.parquet").exists()
