"""Sizes of inputs, against what was written."""

import numpy as np
import pytest
import zarr

from cellweave.core.sizes import decoded_mb
from cellweave.formats.ngff import write_array, write_image


@pytest.mark.parametrize(("dtype", "expected"), [("uint8", 1.2), ("uint16", 2.4), ("bool", 1.2), ("float32", 4.8)])
def test_an_array_counts_as_its_pixels_however_well_it_compresses(tmp_path, dtype, expected):
    zarr.create_array(tmp_path / "a.zarr", shape=(3, 1000, 400), dtype=dtype, chunks=(1, 500, 400))
    assert decoded_mb([str(tmp_path / "a.zarr")]) == pytest.approx(expected)


def test_stores_of_the_workflow_count_with_their_pyramid(tmp_path):
    with write_image(tmp_path / "image.ome.zarr", shape=(2, 1, 1024, 1024), dtype="uint16") as image:
        image[0] = np.zeros((1, 1024, 1024), np.uint16)
    with write_array(tmp_path / "maps.zarr", shape=(2, 2, 100, 100), dtype="uint8", chunks=(1, 2, 100, 100)):
        pass
    first_level = 2 * 1024 * 1024 * 2 / 1e6
    assert first_level <= decoded_mb([str(tmp_path / "image.ome.zarr")]) <= 4 / 3 * first_level
    assert decoded_mb([str(tmp_path / "maps.zarr")]) == pytest.approx(0.04)


def test_files_and_folders_count_as_on_disk_and_inputs_add_up(tmp_path):
    (tmp_path / "01" / "deep").mkdir(parents=True)
    (tmp_path / "01" / "t000.tif").write_bytes(bytes(300_000))
    (tmp_path / "01" / "deep" / "t001.tif").write_bytes(bytes(200_000))
    (tmp_path / "table").write_bytes(bytes(1000))
    assert decoded_mb([str(tmp_path / "01"), str(tmp_path / "table")]) == pytest.approx(0.501)
    assert decoded_mb([]) == 0


def test_what_is_missing_is_named_as_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as error:
        decoded_mb(["results/image.ome.zarr"])
    assert error.value.filename == "results/image.ome.zarr"
