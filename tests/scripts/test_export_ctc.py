"""The result folder, whole and valid."""

import numpy as np
import pandas as pd
import pytest
import tifffile

import export_ctc
from cellweave.core.errors import InputError
from cellweave.formats.ctc import check_result, read_tracks
from cellweave.formats.ngff import write_labels
from cellweave.formats.tables import write_table


def run(folder, labels, nodes, tracks) -> None:
    with write_labels(folder / "labels.zarr", shape=labels.shape) as stores:
        for frame, image in enumerate(labels):
            stores["cells"][frame] = image
    write_table(pd.DataFrame(nodes, columns=["frame", "label", "track"], dtype=np.int32), folder / "nodes.parquet")
    columns = ["track", "begin", "end", "parent"]
    write_table(pd.DataFrame(tracks, columns=columns, dtype=np.int32), folder / "tracks.parquet")
    export_ctc.main(
        labels=folder / "labels.zarr",
        nodes=folder / "nodes.parquet",
        tracks=folder / "tracks.parquet",
        folder=folder / "RES",
    )


def test_masks_carry_track_numbers(tmp_path):
    labels = np.zeros((3, 8, 8), np.int32)
    labels[0, :4], labels[1, :4], labels[1, 5:], labels[2, :4] = 1, 2, 1, 1
    run(tmp_path, labels, [[0, 1, 1], [1, 2, 1], [1, 1, 2], [2, 1, 1]], [[1, 0, 2, 0], [2, 1, 1, 0]])
    assert sorted(file.name for file in (tmp_path / "RES").iterdir()) == [
        "mask000.tif",
        "mask001.tif",
        "mask002.tif",
        "res_track.txt",
    ]
    mask = tifffile.imread(tmp_path / "RES" / "mask001.tif")
    assert mask.dtype == np.uint16
    assert (np.unique(mask[:4]), np.unique(mask[5:])) == ([1], [2])
    check_result(tmp_path / "RES", 3)
    assert read_tracks(tmp_path / "RES" / "res_track.txt")["track"].tolist() == [1, 2]


def test_empty_result(tmp_path):
    run(tmp_path, np.zeros((2, 8, 8), np.int32), [], [])
    check_result(tmp_path / "RES", 2)
    assert (tmp_path / "RES" / "res_track.txt").read_text() == ""


def test_tables_that_disagree_leave_nothing(tmp_path):
    labels = np.ones((2, 8, 8), np.int32)
    with pytest.raises(InputError, match="frame 1"):
        run(tmp_path, labels, [[0, 1, 1]], [[1, 0, 1, 0]])
    assert not (tmp_path / "RES").exists()


def test_too_many_tracks_for_16_bits(tmp_path):
    tracks = [[track, 0, 0, 0] for track in range(1, 65537)]
    with pytest.raises(InputError, match="65536 tracks, but a 16-bit mask holds at most 65535"):
        run(tmp_path, np.zeros((1, 8, 8), np.int32), [], tracks)
