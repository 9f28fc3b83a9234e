"""One label store from blocks of names."""

import numpy as np
import pandas as pd
import pytest

import gather_labels
from cellweave.formats.ngff import Scale, open_labels, read_scale, write_array, write_image
from cellweave.formats.tables import read_table, write_table


def write_blocks(tmp_path, names, tables):
    """Write frame 0 and frame 1 as one block each."""
    for block in range(2):
        with write_array(tmp_path / f"{block}.zarr", shape=(1, 30, 40), dtype="int64") as array:
            array[:] = names[block : block + 1]
        write_table(tables[block], tmp_path / f"{block}.parquet")
    with write_image(
        tmp_path / "a" / "01" / "image.ome.zarr", shape=(2, 1, 30, 40), dtype="uint8", scale=Scale(pixel_um=0.5)
    ) as image:
        image[0] = np.zeros((1, 30, 40), np.uint8)


def gather(tmp_path):
    store, table = tmp_path / "labels.ome.zarr", tmp_path / "objects.parquet"
    gather_labels.main(
        image=tmp_path / "a" / "01" / "image.ome.zarr",
        labels=[tmp_path / "0.zarr", tmp_path / "1.zarr"],
        objects=[tmp_path / "0.parquet", tmp_path / "1.parquet"],
        calibration=None,
        store=store,
        table=table,
    )
    return open_labels(store)[:], read_table(table), store


def table_of(frame, names):
    columns = {"score": np.float32(0.5), "area_px": 9, "y_px": 1.0, "x_px": 1.0}
    return pd.DataFrame({"frame": np.full(len(names), frame, np.int32), "name": np.array(names, np.int64), **columns})


def test_names_become_numbers_from_1_in_each_frame_in_order_of_name(tmp_path):
    names = np.zeros((2, 30, 40), np.int64)
    names[0, 2:5, 2:5], names[0, 10:13, 2:5], names[1, 4:7, 4:7] = 83, 403, 5_000_000_000
    write_blocks(tmp_path, names, [table_of(0, [83, 403]), table_of(1, [5_000_000_000])])
    labels, objects, store = gather(tmp_path)
    np.testing.assert_array_equal(labels, np.where(names == 403, 2, names > 0))
    assert objects.columns.tolist() == ["frame", "label", "score", "area_px", "y_px", "x_px"]
    assert objects[["frame", "label"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 1]]
    assert objects.label.dtype == np.int32
    assert read_scale(store).pixel_um == 0.5


def test_a_sequence_without_objects_has_an_empty_store_and_table(tmp_path):
    write_blocks(tmp_path, np.zeros((2, 30, 40), np.int64), [table_of(0, []), table_of(1, [])])
    labels, objects, _ = gather(tmp_path)
    assert not labels.any() and len(objects) == 0
    assert objects.dtypes.astype(str).to_dict() == {
        "frame": "int32",
        "label": "int32",
        "score": "float32",
        "area_px": "int64",
        "y_px": "float64",
        "x_px": "float64",
    }


def test_a_name_without_a_row_is_a_bug_that_shows(tmp_path):
    names = np.zeros((2, 30, 40), np.int64)
    names[0, 2:5, 2:5] = 83
    write_blocks(tmp_path, names, [table_of(0, [90]), table_of(1, [])])
    with pytest.raises(ValueError, match="object 83 of frame 0"):
        gather(tmp_path)
