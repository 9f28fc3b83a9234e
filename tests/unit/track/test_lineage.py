"""Tracks from predecessors and back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.core.errors import InputError
from cellweave.track.lineage import check_masks_fit, edges_of, families, paint, predecessors_of, tracks_of

# a cell of two frames divides; one daughter is missed in frame 3; a second cell lives in frame 1 alone
FRAMES = [0, 1, 2, 2, 3, 4, 1]
PREDECESSOR = np.array([-1, 0, 1, 1, 2, 3, -1])


def detections(frames) -> pd.DataFrame:
    frames = np.asarray(frames)
    label = pd.Series(frames).groupby(frames).cumcount() + 1
    place = np.arange(len(frames), dtype=float)
    return pd.DataFrame({"frame": frames, "label": label, "y_px": place, "x_px": 2 * place})


def test_division_gap_and_loner_become_tracks():
    nodes, tracks = tracks_of(detections(FRAMES), PREDECESSOR)
    assert tracks.to_numpy().tolist() == [[1, 0, 1, 0], [2, 1, 1, 0], [3, 2, 3, 1], [4, 2, 2, 1], [5, 4, 4, 4]]
    assert nodes["track"].tolist() == [1, 1, 2, 3, 4, 3, 5]
    assert {str(kind) for kind in tracks.dtypes} == {"int32"}


def test_families_count_divisions_not_gaps():
    tree = families(tracks_of(detections(FRAMES), PREDECESSOR)[1])
    assert tree["founder"].tolist() == [1, 2, 1, 1, 1]
    assert tree["generation"].tolist() == [0, 0, 1, 1, 1]
    assert tree["children"].tolist() == [2, 0, 0, 1, 0]


@st.composite
def forests(draw) -> tuple[pd.DataFrame, np.ndarray]:
    """Random detections, sorted by frame and label, with at most two successors each."""
    counts = draw(st.lists(st.integers(0, 4), min_size=1, max_size=6))
    frames = np.repeat(np.arange(len(counts)), counts)
    predecessor = np.full(len(frames), -1)
    for row, frame in enumerate(frames):
        choices = [c for c in np.flatnonzero(frames < frame) if (predecessor == c).sum() < 2]
        predecessor[row] = draw(st.sampled_from([-1, *choices]))
    return detections(frames), predecessor


@given(forests())
@settings(max_examples=80, deadline=None)
def test_edges_give_the_predecessors_back(forest):
    table, predecessor = forest
    nodes, tracks = tracks_of(table, predecessor)
    assert predecessors_of(len(nodes), edges_of(nodes, tracks)).tolist() == predecessor.tolist()
    assert tracks["track"].tolist() == list(range(1, len(tracks) + 1))
    lives = nodes.groupby("track")["frame"].agg(["min", "max", "size"])
    assert (lives["max"] - lives["min"] + 1 == lives["size"]).all()


def test_nothing_to_track():
    nodes, tracks = tracks_of(detections([]), np.zeros(0, int))
    assert nodes.empty and tracks.empty
    assert edges_of(nodes, tracks).shape == (0, 2)
    assert families(tracks).empty


def test_paint_renumbers_and_drops():
    labels = np.array([[0, 1, 1], [2, 3, 0]])
    nodes = pd.DataFrame({"label": [1, 3], "track": [7, 70000]})
    assert paint(labels, nodes).tolist() == [[0, 7, 7], [0, 70000, 0]]
    assert paint(labels, nodes[:0]).max() == 0


def test_more_tracks_than_a_mask_has_ids():
    check_masks_fit(pd.DataFrame({"track": range(65535)}))
    with pytest.raises(InputError, match="65536 tracks, but a 16-bit mask holds at most 65535"):
        check_masks_fit(pd.DataFrame({"track": range(65536)}))
