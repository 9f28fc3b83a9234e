"""Names of objects, block by block."""

import numpy as np
import pandas as pd
import pytest

import label_cells
from cellweave.core.errors import InputError
from cellweave.core.grid import block_of
from cellweave.formats.ngff import Scale, open_array, write_array, write_image
from cellweave.formats.tables import read_table, write_table


@pytest.fixture
def sequence(tmp_path):
    """Two frames, three blocks of maps: frame 0 whole, frame 1 in two bands of 20 rows, a cell across them."""
    maps = np.zeros((2, 2, 40, 50), np.uint8)
    maps[0, :, 5:15, 5:15] = 255
    maps[1, :, 12:30, 20:30] = 255
    paths = []
    for index in range(3):
        block = block_of(index, 3, frames=2, height=40)
        part = maps[block.t0 : block.t1, :, block.y0 : block.y1]
        paths.append(tmp_path / f"maps{index}.zarr")
        with write_array(paths[-1], shape=part.shape, dtype="uint8") as array:
            array[:] = part
    write_table(pd.DataFrame({"height": [40, 40], "width": [50, 50]}), tmp_path / "frames.parquet")
    with write_image(tmp_path / "i.zarr", shape=(2, 1, 40, 50), dtype="uint8", scale=Scale(pixel_um=0.5)):
        pass
    return {"image": tmp_path / "i.zarr", "maps": paths, "frames_table": tmp_path / "frames.parquet"}


def run(sequence, tmp_path, blocks, instances=None):
    labels, tables = [], []
    for block in range(blocks):
        names, table = tmp_path / f"{blocks}-{block}.zarr", tmp_path / f"{blocks}-{block}.parquet"
        label_cells.main(**sequence, instances=instances or {}, block=block, blocks=blocks, labels=names, objects=table)
        labels.append(open_array(names)[:])
        tables.append(read_table(table))
    return labels, pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize("blocks", [1, 2, 3, 7])
def test_a_cell_across_blocks_has_one_name_and_one_row(sequence, tmp_path, blocks):
    labels, objects = run(sequence, tmp_path, blocks)
    names = [1 + (0 * 40 + 5) * 50 + 5, 1 + (1 * 40 + 12) * 50 + 20]
    assert np.unique(np.concatenate([block.ravel() for block in labels])).tolist() == [0, *names]
    assert objects.name.tolist() == names
    assert objects.frame.tolist() == [0, 1]
    assert objects.area_px.tolist() == [100, 180]
    assert objects.y_px.tolist() == [9.5, 20.5]
    assert objects.score.tolist() == [1.0, 1.0]


def test_an_unknown_key_is_refused(sequence, tmp_path):
    with pytest.raises(InputError, match=r"unknown keys \['min_area'\]"):
        run(sequence, tmp_path, 1, {"min_area": 3})


def test_the_smallest_object_may_be_given_in_square_micrometers(sequence, tmp_path):
    """100 and 180 pixels of 0.25 um2 each."""
    assert len(run(sequence, tmp_path, 1, {"min_area_px": 1, "min_area_um2": 24.0})[1]) == 2
    assert len(run(sequence, tmp_path, 3, {"min_area_px": 1, "min_area_um2": 26.0})[1]) == 1
