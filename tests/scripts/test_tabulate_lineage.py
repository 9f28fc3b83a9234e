"""From a lineage to its tables and its exports for other programs."""

import numpy as np
import pandas as pd

import export_trees
import tabulate_lineage
from cellweave.formats.newick import read_newick
from cellweave.formats.ngff import write_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.formats.trackmate import read_trackmate


def lineage(folder) -> None:
    """A cell that divides after two frames of four."""
    rows = [(0, 1, 1, 20.0, 30.0), (1, 1, 1, 20.0, 30.0)]
    rows += [(t, label, label + 1, 20.0, 20.0 * label) for t in (2, 3) for label in (1, 2)]
    nodes = pd.DataFrame(rows, columns=["frame", "label", "track", "y_px", "x_px"])
    nodes = nodes.astype({"frame": np.int32, "label": np.int32, "track": np.int32}).assign(confidence=0.9)
    tracks = pd.DataFrame([[1, 0, 1, 0], [2, 2, 3, 1], [3, 2, 3, 1]], columns=["track", "begin", "end", "parent"])
    write_table(nodes, folder / "nodes.parquet")
    write_table(tracks.astype(np.int32), folder / "tracks.parquet")
    write_table(nodes[["frame", "label"]].assign(mean_intensity_c0=5.0), folder / "cells.parquet")
    write_table(nodes[["frame", "label"]].assign(area_px=50), folder / "objects.parquet")
    with write_labels(folder / "labels.zarr", shape=(4, 40, 60)) as stores:
        stores["cells"][0] = np.zeros((40, 60), np.int32)


def test_tables(tmp_path):
    lineage(tmp_path)
    names = {name: tmp_path / f"{name}.parquet" for name in ("objects", "cells", "nodes", "tracks")}
    written = {name: tmp_path / f"{name}.parquet" for name in ("detections", "lives", "events", "survived")}
    tabulate_lineage.main(labels=tmp_path / "labels.zarr", **names, **written)
    events = read_table(written["events"])
    assert events[["kind", "frame", "confidence"]].to_numpy().tolist() == [["division", 1, 0.9]]
    assert read_table(written["lives"])["integrated_mean_intensity_c0"].tolist() == [10, 10, 10]
    assert len(read_table(written["detections"])) == 6
    assert read_table(written["survived"]).empty


def test_exports_read_back(tmp_path):
    lineage(tmp_path)
    names = {name: tmp_path / f"{name}.parquet" for name in ("objects", "nodes", "tracks")}
    export_trees.main(**names, trackmate=tmp_path / "a.xml", newick=tmp_path / "a.nwk")
    nodes, edges = read_trackmate(tmp_path / "a.xml")
    pd.testing.assert_frame_equal(nodes, read_table(names["nodes"]))
    assert edges.tolist() == [[0, 1], [1, 2], [1, 3], [2, 4], [3, 5]]
    pd.testing.assert_frame_equal(read_newick(tmp_path / "a.nwk"), read_table(names["tracks"]))
