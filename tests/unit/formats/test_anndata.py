"""Cells by features: what is in the file, and what the reference reader makes of it."""

import numpy as np
import pandas as pd
import pytest
import zarr

from cellweave.formats.anndata import write_anndata
from cellweave.formats.annotated import write_cells
from cellweave.formats.scale import Scale

MEASURED = pd.DataFrame(
    {"frame": [0, 0, 1], "label": [1, 2, 1], "y_px": [1.0, 5, 2], "x_px": [3.0, 7, 4], "box_top_px": 0,
     "area_um2": [10.0, 20, 11], "mean_intensity_c0": [1.0, np.nan, 3]}
)  # fmt: skip
DETECTIONS = pd.DataFrame({"frame": [0, 1], "label": [1, 1], "cell": [9, 9], "generation": [0, 0]})
LIVES = pd.DataFrame({"cell": [9], "founder": [9], "born": [False], "divided": [True], "censored": [True]})


@pytest.fixture
def written(tmp_path):
    names = {"dataset": "d", "sequence": "01", "model": "m", "tracker": "t"}
    write_cells(tmp_path / "a.zarr", MEASURED, DETECTIONS, LIVES, scale=Scale(0.5, None, 10.0), names=names)
    return tmp_path / "a.zarr"


def test_values_units_and_lineage(written):
    root = zarr.open_group(written, mode="r")
    assert root["var/_index"][:].tolist() == ["area_um2", "mean_intensity_c0"]
    assert root["var/unit"][:].tolist() == ["µm²", ""]
    np.testing.assert_array_equal(root["X"][:], np.array([[10, 1], [20, np.nan], [11, 3]], np.float32))
    np.testing.assert_array_equal(root["obsm/spatial"][:], [[1.5, 0.5], [3.5, 2.5], [2, 1]])
    np.testing.assert_array_equal(root["obs/founder"][:], [9, np.nan, 9])  # the second cell was not tracked
    assert root["obs/_index"][:].tolist() == ["t0_1", "t0_2", "t1_1"]
    assert root["obs/time_min"][:].tolist() == [0, 0, 10]


def test_the_reference_reads_it(written):
    anndata = pytest.importorskip("anndata", reason="make extra NAME=anndata compares with the reference")
    table = anndata.read_zarr(written)
    assert table.shape == (3, 2) and table.uns["dataset"] == "d" and table.uns["pixel_um"] == 0.5
    assert table.obs["divided"].tolist()[0] == 1 and table.obs["label"].dtype == np.int64


def test_names_must_be_unique(tmp_path):
    cells = pd.DataFrame(index=["a", "a"])
    with pytest.raises(ValueError, match="unique"):
        write_anndata(
            tmp_path / "a.zarr", values=pd.DataFrame({"f": [1, 2]}), cells=cells, features=pd.DataFrame(index=["f"]),
            places=np.zeros((2, 2)), notes={},
        )  # fmt: skip
    assert not (tmp_path / "a.zarr").exists()
