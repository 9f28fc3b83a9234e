"""Truth as detections, from store to store."""

import numpy as np
import pandas as pd
import pytest

import take_truth
from cellweave.core.errors import InputError
from cellweave.formats.ngff import open_labels, write_image, write_labels
from cellweave.formats.tables import read_table, write_table


def run(folder, kind: str, shares: dict[str, float] | None = None) -> tuple[np.ndarray, pd.DataFrame]:
    labels = np.zeros((2, 30, 40), np.int32)
    labels[0, 2:8, 3:9], labels[1, 20:26, 30:38] = 70001, 9
    with write_image(folder / "image.zarr", shape=(2, 1, 30, 40), dtype=np.uint8) as image:
        image[0] = image[1] = np.zeros((1, 30, 40), np.uint8)
    with write_labels(folder / "truth.zarr", shape=labels.shape, names=("silver", "markers")) as stores:
        for frame, mask in enumerate(labels):
            stores["silver"][frame] = mask
            stores["markers"][frame] = mask // 2
    write_table(
        pd.DataFrame({"frame": [0, 1], "gold": False, "silver": [True, False], "markers": True}), folder / "f.parquet"
    )
    take_truth.main(
        truth=folder / "truth.zarr",
        image=folder / "image.zarr",
        frames_table=folder / "f.parquet",
        kind=kind,
        shares=shares or {},
        seed=1,
        store=folder / "labels.zarr",
        table=folder / "objects.parquet",
    )
    return open_labels(folder / "labels.zarr")[0:2], read_table(folder / "objects.parquet")


def test_the_most_complete_truth_is_taken(tmp_path):
    labels, objects = run(tmp_path, "auto")
    assert labels.max() == 1, "names of tracks are hidden"
    assert objects["area_px"].tolist() == [36, 48] and objects["frame"].tolist() == [0, 1]


def test_all_may_be_missed(tmp_path):
    labels, objects = run(tmp_path, "markers", {"misses": 1.0})
    assert labels.max() == 0 and objects.empty


def test_missing_truth_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no silver truth in frames \[1\]"):
        run(tmp_path, "silver")
