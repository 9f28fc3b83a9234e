"""GEFF written, validated by its own package, and read back."""

import geff
import numpy as np
import pandas as pd
import pytest
from geff.validate.data import ValidationConfig, validate_data

from cellweave.core.errors import InputError
from cellweave.formats.geff import read_lineage, write_lineage


def tables() -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """A division after frame 0, a gap in one daughter."""
    nodes = pd.DataFrame({"frame": [0, 1, 1, 3], "label": [4, 1, 2, 1], "track": [1, 2, 3, 4]}, dtype=np.int32)
    nodes = nodes.assign(y_px=[1.5, 2.0, 3.0, 4.0], x_px=[0.25, 1.0, 2.0, 3.0])
    rows = [[1, 0, 0, 0], [2, 1, 1, 1], [3, 1, 1, 1], [4, 3, 3, 2]]
    tracks = pd.DataFrame(rows, columns=["track", "begin", "end", "parent"], dtype=np.int32)
    return nodes, tracks, np.array([[0, 1], [0, 2], [1, 3]])


@pytest.mark.parametrize("rows", [4, 0])
def test_round_trip_loses_nothing(tmp_path, rows):
    nodes, tracks, edges = tables()
    nodes, tracks, edges = nodes[:rows], tracks[:rows], edges[:rows]
    write_lineage(tmp_path / "a.geff", nodes, tracks, edges)
    geff.validate_structure(str(tmp_path / "a.geff"))
    nodes_back, tracks_back, edges_back = read_lineage(tmp_path / "a.geff")
    pd.testing.assert_frame_equal(nodes_back, nodes)
    pd.testing.assert_frame_equal(tracks_back, tracks)
    assert edges_back.tolist() == edges.tolist()


def test_axes_are_in_micrometres_and_frames(tmp_path):
    write_lineage(tmp_path / "a.geff", *tables(), pixel_um=2.0, labels="../labels.ome.zarr/cells")
    reader = geff.GeffReader(str(tmp_path / "a.geff"))
    reader.read_node_props()
    graph = reader.build()
    validate_data(graph, ValidationConfig(graph=True))
    axes = {axis.name: axis.unit for axis in graph["metadata"].axes}
    assert axes == {"t": "frame", "y": "micrometer", "x": "micrometer"}
    assert graph["node_props"]["y"]["values"].tolist() == [3, 4, 6, 8]
    assert graph["metadata"].related_objects[0].path == "../labels.ome.zarr/cells"


def test_anything_else_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a lineage in GEFF"):
        read_lineage(tmp_path / "absent.geff")
