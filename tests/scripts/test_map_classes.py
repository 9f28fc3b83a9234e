"""Class maps and areas by hand."""

import numpy as np
import pandas as pd

import map_classes
from cellweave.formats.ngff import open_labels, write_array, write_image, write_labels
from cellweave.formats.tables import read_table, write_table


def run(tmp_path, maps, truth, height=(20, 20)):
    """Two frames in two blocks; `truth` of the second frame only."""
    frames, _, rows, columns = maps.shape
    with write_image(tmp_path / "image.ome.zarr", shape=(frames, 1, rows, columns), dtype="uint8") as image:
        image[:] = np.zeros((frames, 1, rows, columns), np.uint8)
    with write_labels(tmp_path / "truth.ome.zarr", names=("gold",), shape=(frames, rows, columns)) as written:
        written["gold"][1] = truth
    for block in range(frames):
        with write_array(tmp_path / f"{block}.zarr", shape=(1, *maps.shape[1:]), dtype="uint8") as array:
            array[:] = maps[block : block + 1]
    table = {"frame": np.arange(2, dtype=np.int32), "height": height, "width": columns, "gold": [False, True]}
    write_table(pd.DataFrame(table | {"silver": False, "markers": False}), tmp_path / "frames.parquet")
    map_classes.main(
        image=tmp_path / "image.ome.zarr",
        truth=tmp_path / "truth.ome.zarr",
        frames_table=tmp_path / "frames.parquet",
        maps=[tmp_path / "0.zarr", tmp_path / "1.zarr"],
        names=["cell", "debris"],
        classes=tmp_path / "classes.ome.zarr",
        areas=tmp_path / "areas.parquet",
    )
    return open_labels(tmp_path / "classes.ome.zarr", "classes")[:], read_table(tmp_path / "areas.parquet")


def test_the_most_probable_class_wins_and_its_area_and_overlap_are_counted(tmp_path):
    maps = np.zeros((2, 2, 20, 30), np.uint8)
    maps[:, 0, :10] = 130  # against 125 of background
    maps[:, 0, 10:] = 100  # against 155
    maps[:, 1, :, 20:] = 90  # against 65 of background and 100 of cell, or 35 and 130
    maps[1, 1, :, 25:] = 150
    truth = np.zeros((20, 30), np.int32)
    truth[:5, :25], truth[:, 25:] = 1, 2
    truth[:, :2] = -1  # nobody looked
    classes, areas = run(tmp_path, maps, truth)
    assert (classes[0, :10] == 1).all() and (classes[0, 10:, :20] == 0).all() and (classes[0, 10:, 20:] == 1).all()
    assert (classes[1, :, 25:] == 2).all()
    assert areas[["frame", "class", "name"]].to_numpy().tolist() == [
        [0, 1, "cell"], [0, 2, "debris"], [1, 1, "cell"], [1, 2, "debris"]
    ]  # fmt: skip
    assert areas.area_px.tolist() == [400, 0, 300, 100]
    np.testing.assert_allclose(areas.fraction, areas.area_px / 600)
    # Cells: found 10 x 23 + 10 x 5 known pixels, true 5 x 23, all of them found.
    np.testing.assert_allclose(areas.iou, [np.nan, np.nan, 115 / 280, 1])


def test_the_padding_of_a_smaller_still_does_not_count(tmp_path):
    maps = np.zeros((2, 2, 20, 30), np.uint8)
    maps[1, 0, :5, :30] = 255
    _, areas = run(tmp_path, maps, np.zeros((20, 30), np.int32), height=(20, 10))
    assert areas.fraction.tolist() == [0, 0, 0.5, 0]
