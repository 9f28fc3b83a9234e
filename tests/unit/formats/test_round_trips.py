"""Any lineage survives GEFF, Newick and TrackMate: what is read back is isomorphic to what was written."""

import tempfile
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.algorithms.isomorphism import is_isomorphic

from cellweave.formats.geff import read_lineage, write_lineage
from cellweave.formats.newick import read_newick, write_newick
from cellweave.formats.trackmate import read_trackmate, write_trackmate
from cellweave.track.lineage import edges_of, families

Lineage = tuple[pd.DataFrame, pd.DataFrame]


@st.composite
def lineages(draw) -> Lineage:
    """Nodes and tracks of up to a dozen tracks: divisions into up to three, gaps, single frames, any numbering."""
    count = draw(st.integers(1, 12))
    number = draw(st.permutations(range(1, 2 * count + 1)))[:count]
    rows: list[list[int]] = []
    for track in number:
        full = {row[3] for row in rows if sum(other[3] == row[3] for other in rows) == 3}
        mother = draw(st.sampled_from([None, *(row for row in rows if row[0] not in full)]))
        begin = draw(st.integers(0, 5)) if mother is None else mother[2] + 1 + draw(st.integers(0, 3))
        rows.append([track, begin, begin + draw(st.integers(0, 3)), mother[0] if mother else 0])
    tracks = pd.DataFrame(rows, columns=["track", "begin", "end", "parent"], dtype=np.int32)
    nodes = pd.DataFrame([(f, t) for t, b, e, _ in rows for f in range(b, e + 1)], columns=["frame", "track"])
    nodes = nodes.sample(frac=1, random_state=draw(st.integers(0, 99))).sort_values("frame", kind="stable")
    nodes["label"] = nodes.groupby("frame").cumcount() + 1
    nodes = nodes.astype(np.int32)[["frame", "label", "track"]].reset_index(drop=True)
    place = np.arange(len(nodes)) / 3
    return nodes.assign(y_px=place, x_px=1 / (1 + place)), tracks.sort_values("track", ignore_index=True)


def detections(nodes: pd.DataFrame, edges: np.ndarray) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from((row, values) for row, values in enumerate(nodes.to_dict("records")))
    graph.add_edges_from(edges.tolist())
    return graph


def trees(tracks: pd.DataFrame) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from((row["track"], row) for row in tracks.to_dict("records"))
    graph.add_edges_from(tracks.loc[tracks["parent"] > 0, ["parent", "track"]].to_numpy().tolist())
    return graph


def same(one: nx.DiGraph, other: nx.DiGraph) -> bool:
    return is_isomorphic(one, other, node_match=lambda a, b: a == b)


@settings(max_examples=12, deadline=None)  # a store takes half a second
@given(lineages())
def test_geff(lineage: Lineage):
    nodes, tracks = lineage
    edges = edges_of(nodes, tracks)
    with tempfile.TemporaryDirectory() as folder:
        write_lineage(Path(folder) / "a.geff", nodes, tracks, edges)
        back, tracks_back, edges_back = read_lineage(Path(folder) / "a.geff")
    assert same(detections(nodes, edges), detections(back, edges_back))
    assert same(trees(tracks), trees(tracks_back))


@settings(max_examples=40, deadline=None)
@given(lineages())
def test_trackmate(lineage: Lineage):
    nodes, tracks = lineage
    edges = edges_of(nodes, tracks)
    with tempfile.TemporaryDirectory() as folder:
        write_trackmate(Path(folder) / "a.xml", nodes, edges, radius_px=3.0)
        back, edges_back = read_trackmate(Path(folder) / "a.xml")
    assert same(detections(nodes, edges), detections(back, edges_back))


@settings(max_examples=40, deadline=None)
@given(lineages())
def test_newick(lineage: Lineage):
    _, tracks = lineage
    with tempfile.TemporaryDirectory() as folder:
        write_newick(Path(folder) / "a.nwk", tracks)
        text, back = (Path(folder) / "a.nwk").read_text(), read_newick(Path(folder) / "a.nwk")
    assert same(trees(tracks), trees(back))
    assert text.count(";\n") == (tracks["parent"] == 0).sum()


@settings(max_examples=50, deadline=None)
@given(lineages())
def test_families_agree_with_the_graph(lineage: Lineage):
    """Founder and generation as networkx finds them along the way from the root."""
    _, tracks = lineage
    graph = trees(tracks)
    for row in families(tracks).to_dict("records"):
        way = [row["track"], *nx.ancestors(graph, row["track"])]
        assert row["founder"] == next(track for track in way if graph.in_degree(track) == 0)
        assert row["generation"] == sum(graph.out_degree(track) > 1 for track in way[1:])
