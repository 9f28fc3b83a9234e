"""Lineage trees: rows that do not cross, whole trees kept, gaps dashed."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.report.figures import render
from cellweave.report.lineage import layout, lineage_figure, runs, select

COLUMNS = ["track", "begin", "end", "parent"]
FAMILY = pd.DataFrame(
    [(1, 0, 3, 0), (2, 4, 9, 1), (3, 4, 6, 1), (4, 7, 9, 3), (5, 7, 9, 3), (6, 2, 4, 0), (7, 6, 9, 6)], columns=COLUMNS
)


def _nodes(tracks):
    rows = [(frame, row.track) for row in tracks.itertuples() for frame in range(row.begin, row.end + 1)]
    return pd.DataFrame(rows, columns=["frame", "track"])


def test_rows_by_hand():
    rows = layout(FAMILY).set_index("track")
    assert rows["row"].to_dict() == {1: 0.75, 2: 0, 3: 1.5, 4: 1, 5: 2, 6: 3, 7: 3}
    assert rows["children"].to_dict() == {1: 2, 2: 0, 3: 2, 4: 0, 5: 0, 6: 1, 7: 0}
    assert rows["founder"].to_dict() == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 6, 7: 6}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 100), min_size=1, max_size=40))
def test_trees_occupy_separate_rows(choices):
    parents = [choice % (i + 1) for i, choice in enumerate(choices)]  # track i + 1 descends from an earlier one or none
    tracks = pd.DataFrame([(i + 1, i, i, parent) for i, parent in enumerate(parents)], columns=COLUMNS)
    trees = layout(tracks)
    assert sorted(trees["track"]) == sorted(tracks["track"])
    leaves = trees.loc[trees["children"] == 0, "row"]
    assert sorted(leaves) == list(range(len(leaves)))
    spans = trees.groupby("founder")["row"].agg(["min", "max"]).sort_values("min")
    assert (spans["min"].iloc[1:].to_numpy() > spans["max"].iloc[:-1].to_numpy()).all()


def test_long_chains_of_gaps_need_no_recursion():
    tracks = pd.DataFrame([(i, i, i, i - 1) for i in range(1, 3001)], columns=COLUMNS)
    assert layout(tracks)["row"].eq(0).all()


def test_select_keeps_dividing_trees_first_and_whole():
    lone = pd.DataFrame([(100 + i, 0, 9, 0) for i in range(50)], columns=COLUMNS)
    trees = layout(pd.concat([lone, FAMILY]))
    shown = select(trees, 10)
    assert set(FAMILY["track"]) - {6, 7} <= set(shown["track"])
    assert shown["row"].max() == 9
    assert len(select(trees, 1).query("founder == 1")) == 5  # the first tree is shown whatever its size


def test_runs_of_frames():
    assert runs([0, 1, 2, 5, 7, 8]) == [(0, 2), (5, 5), (7, 8)] and runs([]) == []


def test_figure_has_a_tooltip_per_stretch_and_the_counts():
    nodes = _nodes(FAMILY).query("not (track == 2 and frame == 6)")  # a gap within track 2
    svg = render(lineage_figure(nodes, FAMILY), ".svg").decode()
    assert svg.count("<title>track 2: frames 4 to 9, from track 1</title>") == 2
    assert "7 tracks, 2 founders, 2 divisions" in svg
    assert "var(--ink, " in svg


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_no_tracks_gives_a_sentence(suffix):
    figure = lineage_figure(_nodes(FAMILY).iloc[:0], FAMILY.iloc[:0])
    content = render(figure, suffix)
    assert len(content) > 200 and (suffix == ".png" or b"nothing was tracked" in content)


def test_one_track_in_one_frame():
    one = FAMILY.iloc[:1].assign(end=0)
    assert b"track 1: frames 0 to 0" in render(lineage_figure(_nodes(one), one), ".svg")
