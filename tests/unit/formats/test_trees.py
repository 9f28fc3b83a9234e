"""TrackMate and Newick give back the lineage that they were given."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from networkx.algorithms.isomorphism import is_isomorphic

from cellweave.core.errors import InputError
from cellweave.formats.newick import read_newick, write_newick
from cellweave.formats.trackmate import read_trackmate, write_trackmate

TRACKS = pd.DataFrame(
    [[1, 0, 1, 0], [2, 0, 4, 0], [3, 2, 2, 1], [4, 2, 4, 1], [5, 4, 5, 3]],
    columns=["track", "begin", "end", "parent"],
    dtype=np.int32,
)
NODES = pd.DataFrame(
    [(f, t, t, 0.1 * f, 1 / (t + 1)) for t, b, e, _ in TRACKS.to_numpy().tolist() for f in range(b, e + 1)],
    columns=["frame", "label", "track", "y_px", "x_px"],
).astype({"frame": np.int32, "label": np.int32, "track": np.int32})
EDGES = np.array([[0, 1], [1, 7], [1, 8], [2, 3], [3, 4], [4, 5], [5, 6], [7, 11], [8, 9], [9, 10], [11, 12]])


def graph(nodes: pd.DataFrame, edges: np.ndarray) -> nx.DiGraph:
    built = nx.DiGraph()
    built.add_nodes_from((row, values) for row, values in enumerate(nodes.to_dict("records")))
    built.add_edges_from(edges.tolist())
    return built


def test_trackmate_round_trip(tmp_path):
    sure = NODES.assign(confidence=np.linspace(0, 1, len(NODES)))
    for nodes in (NODES, sure):
        write_trackmate(tmp_path / "a.xml", nodes, EDGES, radius_px=3.0)
        back, edges = read_trackmate(tmp_path / "a.xml")
        assert is_isomorphic(graph(nodes, EDGES), graph(back, edges), node_match=lambda a, b: a == b)
        pd.testing.assert_frame_equal(back, nodes)


def test_trackmate_that_is_none(tmp_path):
    (tmp_path / "a.xml").write_text("<TrackMate>")
    with pytest.raises(InputError, match="not a lineage of ours in TrackMate XML"):
        read_trackmate(tmp_path / "a.xml")


def test_newick_round_trip(tmp_path):
    write_newick(tmp_path / "a.nwk", TRACKS)
    assert (tmp_path / "a.nwk").read_text() == "((5_4_5:3)3_2_2:1,4_2_4:3)1_0_1:2;\n2_0_4:5;\n"
    pd.testing.assert_frame_equal(read_newick(tmp_path / "a.nwk"), TRACKS)


def test_newick_of_ten_thousand_generations(tmp_path):
    count = np.arange(1, 10_001, dtype=np.int32)
    chain = pd.DataFrame({"track": count, "begin": 2 * count, "end": 2 * count + 1, "parent": count - 1})
    write_newick(tmp_path / "a.nwk", chain)
    pd.testing.assert_frame_equal(read_newick(tmp_path / "a.nwk"), chain.astype(np.int32))


def test_newick_that_is_none(tmp_path):
    (tmp_path / "a.nwk").write_text("(1_0_1:2,B);\n")
    with pytest.raises(InputError, match="not a tree of ours"):
        read_newick(tmp_path / "a.nwk")


def test_nothing_to_export(tmp_path):
    write_newick(tmp_path / "a.nwk", TRACKS[:0])
    assert read_newick(tmp_path / "a.nwk").empty
    write_trackmate(tmp_path / "a.xml", NODES[:0], EDGES[:0], radius_px=1.0)
    assert read_trackmate(tmp_path / "a.xml")[0].empty
