"""Toy movies whose links are plain to see, and what must not change them."""

import numpy as np
import pandas as pd
import pytest

from cellweave.core.errors import InputError
from cellweave.track.candidates import drift, measure_motion, nearest, read_detections
from cellweave.track.features import disc_overlap
from cellweave.track.linker import link_cells as link
from cellweave.track.movie import Movie
from cellweave.track.overlap import overlaps_of
from cellweave.track.run import run_tracker
from cellweave.track.scene import Scene

TRACKERS = [{"kind": "weave"}, {"kind": "weave", "solver": "exact"}, {"kind": "trackpy"}]


def movie(*rows: tuple[int, float, float, float]) -> pd.DataFrame:
    """Cells from (frame, y, x, area); labels count within each frame."""
    table = pd.DataFrame(rows, columns=["frame", "y_px", "x_px", "area"]).astype({"frame": int})
    return table.assign(label=table.groupby("frame").cumcount() + 1)


def bystanders(frames: int) -> list[tuple[int, float, float, float]]:
    """Cells that stay, so that the movie has a scale: radius 10, of slightly different sizes."""
    return [(t, 50.0 * i, 300.0 + t % 2, 310.0 + i + t) for t in range(frames) for i in range(4)]


def tracks_near(nodes: pd.DataFrame, x: float) -> list[list[tuple[int, float]]]:
    near = nodes[np.abs(nodes["x_px"] - x) < 100]
    return [list(zip(group["frame"], group["y_px"], strict=True)) for _, group in near.groupby("track")]


def simulated(rng: np.random.Generator, frames: int = 12, cells: int = 30) -> tuple[pd.DataFrame, dict]:
    """Cells that wander in a 600 px field and divide now and then; returns them with their true mothers."""
    alive = [(y, x) for y, x in rng.uniform(0, 600, (cells, 2))]
    rows, mothers, previous = [], {}, {}
    for frame in range(frames):
        names, after = {}, []
        for index, (y, x) in enumerate(alive):
            label = index + 1
            rows.append((frame, label, y, x, 300.0 * rng.uniform(0.9, 1.1)))
            names[index] = label
            if index in previous:
                mothers[frame, label] = (frame - 1, previous[index])
        previous = {}
        for index, (y, x) in enumerate(alive):
            if frame < frames - 1 and rng.random() < 0.02:
                angle = rng.uniform(0, np.pi)
                for sign in (-9, 9):
                    previous[len(after)] = names[index]
                    after.append((y + sign * np.sin(angle), x + sign * np.cos(angle)))
            else:
                previous[len(after)] = names[index]
                after.append((y + rng.normal(0, 1.5), x + rng.normal(0, 1.5)))
        alive = after
    return pd.DataFrame(rows, columns=["frame", "label", "y_px", "x_px", "area"]), mothers


def partition(nodes: pd.DataFrame, tracks: pd.DataFrame) -> set:
    """Tracks as sets of positions, with that of the parent: what remains when numbers are forgotten."""
    parts = {
        track: frozenset(zip(group["frame"], group["y_px"].round(6), group["x_px"].round(6), strict=True))
        for track, group in nodes.groupby("track")
    }
    return {(parts[track], parts.get(parent)) for track, parent in tracks[["track", "parent"]].to_numpy()}


def test_a_cell_divides():
    rows = [(0, 50, 50, 320), (1, 50, 50, 320), (2, 41, 50, 165), (2, 59, 50, 160), (3, 40, 50, 166), (3, 60, 50, 160)]
    nodes, tracks = link(movie(*bystanders(4), *rows))
    assert tracks_near(nodes, 50) == [[(0, 50), (1, 50)], [(2, 41), (3, 40)], [(2, 59), (3, 60)]]
    assert (tracks["parent"] > 0).sum() == 2
    assert link(movie(*bystanders(4), *rows), divisions=False)[1]["parent"].eq(0).all()


@pytest.mark.parametrize("born", [True, False])
def test_what_was_just_born_does_not_divide(born):
    """The same cell comes apart in frame 14: a division, unless it was born in frame 12."""
    mother = [(t, 50, 50, 620) for t in range(12)] + [(t, y, 50, 310) for t in (12, 13) for y in (41, 59)]
    alone = [(t, 41, 50, 310) for t in range(14)]
    rest = [(t, y, 50, 200) for t in (14, 15) for y in (30, 46)]
    sister = [(t, 59, 50, 310) for t in (14, 15)]
    cells = movie(*bystanders(16), *(mother + sister if born else alone), *rest)
    _, tracks = link(cells)
    assert tracks["parent"].gt(0).sum() == 2
    assert tracks.loc[tracks["parent"] > 0, "begin"].unique().tolist() == [12 if born else 14]


def test_youth_ends_at_half_a_cycle():
    """Of two cells one divides in frame 4; with one division added there are 2 in 21 cell-frames."""
    scene = Scene(read_detections(movie(*((t, 0, 100 * i, 300) for t in range(9) for i in range(2 + (t > 3))))), None)
    rows = scene.cells.rows
    for frame in range(1, 9):
        source = rows(frame - 1)
        scene.follow(rows(frame), source[[0, 1, 1]] if frame == 4 else source)
    watched = 3 * 2 + 5 * 3
    assert scene.births == 1 and scene.watched == watched
    half = np.log(2) * watched / 2 / 2
    assert scene.young(np.array([rows(4)[0], rows(4)[2], rows(6)[2], rows(8)[2]])) == pytest.approx(
        [0, 1, 1 - 2 / half, max(1 - 4 / half, 0)]
    )


@pytest.mark.parametrize(("max_gap", "children"), [(0, 0), (1, 0), (2, 1), (5, 1)])
def test_a_gap_is_closed_when_asked_for(max_gap, children):
    rows = [(t, 50, 50, 300 + t) for t in (0, 1, 4, 5)]
    nodes, tracks = link(movie(*bystanders(6), *rows), max_gap=max_gap)
    assert len(tracks_near(nodes, 50)) == 2
    assert (tracks["parent"] > 0).sum() == children


def test_no_gap_is_closed_in_a_crowd():
    rows = [(t, 50, 50, 300 + t) for t in (0, 1, 4, 5)] + [(t, 50, 85, 305 + t) for t in range(6)]
    assert link(movie(*bystanders(6), *rows), max_gap=5)[1]["parent"].eq(0).all()


def test_a_cell_that_comes_back_is_not_born_to_its_neighbour():
    stays = [(t, 50, 50, 300 + t) for t in range(6)]
    flickers = [(t, 50, 69, 300 + t) for t in (0, 1, 3, 4, 5)]
    assert link(movie(*bystanders(6), *stays, *flickers))[1]["parent"].eq(0).all()


@pytest.mark.parametrize("tracker", TRACKERS)
def test_neighbours_keep_their_identity(tracker):
    """Nearest neighbours, one by one, would give the second cell the first one's track."""
    rows = [(t, 50, x + 8 * t, 300 + t) for t in range(3) for x in (50, 71)]
    nodes, _ = run_tracker(tracker, Movie(movie(*bystanders(3), *rows)))
    assert nodes[nodes["x_px"] < 200].groupby("track")["x_px"].apply(list).tolist() == [[50, 58, 66], [71, 79, 87]]


@pytest.mark.parametrize("tracker", TRACKERS)
@pytest.mark.parametrize("frames", [[], [0], [3], [0, 1], [0, 5], [2, 3]])
def test_a_single_cell(tracker, frames):
    cells = movie(*((t, 5.0, 5.0, 100.0) for t in frames)) if frames else movie((0, 0, 0, 1))[:0]
    nodes, tracks = run_tracker(tracker, Movie(cells))
    assert len(nodes) == len(frames)
    assert len(tracks) == (1 if np.diff(frames).tolist() == [1] else len(frames))
    assert nodes["frame"].tolist() == frames


@pytest.mark.parametrize("tracker", TRACKERS)
def test_appearing_and_vanishing_cells_have_no_relatives(tracker):
    rows = [(t, 50, 50, 300 + t) for t in (0, 1)] + [(t, 50, 120, 300 + t) for t in (2, 3)]
    _, tracks = run_tracker(tracker, Movie(movie(*bystanders(4), *rows)))
    assert len(tracks) == 6
    assert tracks["parent"].eq(0).all()


@pytest.mark.parametrize("tracker", TRACKERS[:2])  # trackpy's choice in a crowd depends on the order of rows
def test_result_does_not_depend_on_order_names_or_place(tracker):
    rng = np.random.default_rng(3)
    cells, _ = simulated(rng)
    expected = partition(*run_tracker(tracker, Movie(cells)))
    shuffled = cells.sample(frac=1, random_state=1)
    assert partition(*run_tracker(tracker, Movie(shuffled))) == expected
    names = cells.assign(label=cells.groupby("frame")["label"].transform(lambda label: rng.permutation(label)))
    assert partition(*run_tracker(tracker, Movie(names))) == expected
    moved = cells.assign(y_px=1000 - cells["y_px"], x_px=cells["x_px"] + 17)
    nodes, tracks = run_tracker(tracker, Movie(moved))
    nodes = nodes.assign(y_px=1000 - nodes["y_px"], x_px=nodes["x_px"] - 17)
    assert partition(nodes, tracks) == expected


def test_a_simulated_movie_is_linked_nearly_without_error():
    cells, mothers = simulated(np.random.default_rng(5), frames=20, cells=60)
    nodes, tracks = link(cells)
    found = set()
    last = nodes.sort_values("frame").groupby("track").last()
    for track, group in nodes.groupby("track"):
        steps = list(zip(group["frame"], group["label"], strict=True))
        parent = tracks.set_index("track")["parent"][track]
        if parent:
            steps.insert(0, (last.loc[parent, "frame"], last.loc[parent, "label"]))
        found |= set(zip(steps[1:], steps[:-1], strict=True))
    assert len(found ^ set(mothers.items())) <= 0.01 * len(mothers)  # cells wander into each other here


def test_drift_is_found_and_undone():
    rng = np.random.default_rng(0)
    before = rng.uniform(0, 1000, (40, 2))
    assert drift(before, before + np.array([6, -4]) + rng.normal(0, 0.5, (40, 2))) == pytest.approx([6, -4], abs=0.5)
    assert drift(before, before + rng.normal(0, 2, (40, 2))).tolist() == [0, 0]
    assert drift(before[:5], before[:5] + 6).tolist() == [0, 0], "five cells are no evidence"


def test_markers_take_their_size_from_their_distance():
    spots = [(t, 100.0 * i, 100.0 * j + 10 * (t % 2), 30) for t in range(4) for i in range(3) for j in range(3)]
    motion = measure_motion(read_detections(movie(*spots)))
    assert motion.drawn
    assert motion.length == pytest.approx(30)  # three steps of 10, less than half of 100


def test_nearest_gives_at_most_six_within_reach():
    sources = np.column_stack([np.arange(20.0), np.zeros(20)])
    source, target, distance = nearest(sources, np.array([[10.0, 0.0], [100.0, 0.0]]), reach=50)
    assert sorted(source) == [7, 8, 9, 10, 11, 12] or sorted(source) == [8, 9, 10, 11, 12, 13]
    assert set(target) == {0}
    assert distance.max() == 3


def test_overlaps_count_shared_pixels():
    labels = np.zeros((3, 4, 6), int)
    labels[0, :2, :3], labels[0, 3, :] = 1, 2
    labels[1, 1:, 1:4] = 5
    table = overlaps_of(labels)
    assert table.to_numpy().tolist() == [[0, 1, 5, 2], [0, 2, 5, 3]]
    assert overlaps_of(labels[:1]).empty
    assert overlaps_of(labels[:, None]).to_numpy().tolist() == table.to_numpy().tolist(), "volumes too"


def test_masks_decide_where_centroids_mislead():
    """A long cell and a round one: the masks say who is who, the centroids the opposite."""
    rows = [(0, 50, 50, 300), (0, 62, 50, 310), (1, 57, 50, 305), (1, 45, 50, 306)]
    cells = movie(*bystanders(2), *rows)
    stay = pd.DataFrame({"frame": 0, "label": range(1, 5), "next_label": range(1, 5), "pixels": 300})
    crossed = pd.DataFrame({"frame": [0, 0], "label": [5, 6], "next_label": [6, 5], "pixels": [200, 200]})
    straight = crossed.assign(next_label=[5, 6])
    for table, partner in ((crossed, 45), (straight, 57)):
        nodes, _ = link(cells, pd.concat([stay, table]))
        assert [(0, 50), (1, partner)] in tracks_near(nodes, 50)


def test_discs_overlap_as_geometry_says():
    area = np.full(4, np.pi)
    lens = 2 * np.pi / 3 - np.sqrt(3) / 2  # unit circles one radius apart
    distance = np.array([0.0, 1.0, 2.0, 9.0])
    assert disc_overlap(distance, area, area) == pytest.approx([np.pi, lens, 0, 0], abs=1e-4)
    assert disc_overlap(np.array([0.0]), np.array([np.pi]), np.array([9 * np.pi])) == pytest.approx([np.pi], abs=1e-4)


def test_what_a_user_may_get_wrong():
    cells = movie((0, 0, 0, 1))
    with pytest.raises(InputError, match=r"unknown kind 'weav'[\s\S]*'trackpy', 'weave'"):
        run_tracker({"kind": "weav"}, Movie(cells))
    with pytest.raises(InputError, match=r"unknown parameter maxgap of weave[\s\S]*max_gap"):
        run_tracker({"kind": "weave", "maxgap": 2}, Movie(cells))
    with pytest.raises(InputError, match=r"unknown solver 'ilp'[\s\S]*'exact', 'fast'"):
        link(cells, solver="ilp")
    with pytest.raises(InputError, match="max_gap is -1"):
        link(cells, max_gap=-1)


def test_trackpy_explains_a_crowd(caplog):
    """Forty cells within reach of each other: more than trackpy resolves at once."""
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 30, (60, 2))
    rows = [(t, *place, 300 + t) for t in range(2) for place in places + rng.normal(0, 4, (60, 2))]
    nodes, _ = run_tracker({"kind": "trackpy", "reach": 2.0}, Movie(movie(*rows)))
    assert len(nodes) == 120
    assert "cannot resolve a crowd" in caplog.text


def test_three_daughters_where_the_masks_show_them():
    """A large cell falls into three that all lie in it; a newcomer further off is no daughter."""
    angles = np.deg2rad([90, 210, 330])
    rows = [(t, 50.0, 60.0, 900.0) for t in (0, 1)]
    rows += [(t, 50 + 9 * np.sin(a), 60 + 9 * np.cos(a), 290.0) for t in (2, 3) for a in angles]
    rows += [(t, 50.0, 110.0, 290.0) for t in (2, 3)]
    nodes, tracks = link(movie(*bystanders(4), *rows))
    assert tracks["parent"].value_counts().drop(0).tolist() == [3]
    assert nodes[nodes["x_px"] == 110]["track"].nunique() == 1
