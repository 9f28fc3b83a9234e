"""The lineage of a store as GEFF."""

import numpy as np
import pandas as pd
import pytest

import export_lineage
from cellweave.formats.geff import read_lineage
from cellweave.formats.ngff import Scale, write_labels
from cellweave.formats.tables import write_table


@pytest.mark.parametrize("rows", [3, 0])
def test_graph_of_a_division(tmp_path, rows):
    with write_labels(tmp_path / "labels.zarr", shape=(2, 8, 8), scale=Scale(pixel_um=0.5)):
        pass
    nodes = pd.DataFrame({"frame": [0, 1, 1], "label": [1, 1, 2], "track": [1, 2, 3]}, dtype=np.int32)[:rows]
    nodes = nodes.assign(y_px=4.0, x_px=np.arange(rows, dtype=float))
    tracks = pd.DataFrame(
        [[1, 0, 0, 0], [2, 1, 1, 1], [3, 1, 1, 1]][:rows], columns=["track", "begin", "end", "parent"], dtype=np.int32
    )
    write_table(nodes, tmp_path / "nodes.parquet")
    write_table(tracks, tmp_path / "tracks.parquet")
    export_lineage.main(
        labels=tmp_path / "labels.zarr",
        nodes=tmp_path / "nodes.parquet",
        tracks=tmp_path / "tracks.parquet",
        lineage=tmp_path / "lineage.geff",
    )
    nodes_back, tracks_back, edges = read_lineage(tmp_path / "lineage.geff")
    pd.testing.assert_frame_equal(nodes_back, nodes)
    pd.testing.assert_frame_equal(tracks_back, tracks)
    assert edges.tolist() == [[0, 1], [0, 2]][: max(rows - 1, 0)]
