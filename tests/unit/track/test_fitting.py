"""Learning from a simulated annotation, and what an annotation says."""

import numpy as np
import pandas as pd

from cellweave.track.annotation import owners, true_predecessors
from cellweave.track.candidates import read_detections
from cellweave.track.fitting import PRIOR, fit, judged, lessons_of, signs
from cellweave.track.scene import Scene
from cellweave.track.weights import Weights, default_weights


def annotated(seed: int) -> tuple[Scene, np.ndarray]:
    """Cells on a grid that jitter; one divides in every frame but the first, its daughters 8 px to either side."""
    rng = np.random.default_rng(seed)
    alive = [(-1, 60.0 * i, 60.0 * j, 310.0) for i in range(5) for j in range(5)]
    rows, predecessor = [], []
    for frame in range(6):
        if frame:
            _, y, x, area = alive.pop(int(rng.integers(25 - frame)))
            alive += [(_, y - 8, x, area / 2), (_, y + 8, x, area / 2)]
        following = []
        for source, y, x, area in alive:
            y, x = y + rng.normal(0, 1), x + rng.normal(0, 1)
            following.append((len(rows), y, x, area))
            rows.append((frame, len(following), y, x, area * rng.uniform(0.95, 1.05)))
            predecessor.append(source)
        alive = following
    cells = pd.DataFrame(rows, columns=["frame", "label", "y_px", "x_px", "area"])
    return Scene(read_detections(cells), None), np.array(predecessor)


def test_fitted_weights_solve_the_lessons_and_keep_their_signs():
    scene, predecessor = annotated(0)
    lessons = lessons_of(scene, predecessor, np.ones(len(predecessor), bool), 3)
    assert [int(lesson.divisions.sum()) for lesson in lessons] == [1] * 5
    found = fit(lessons, rng=np.random.default_rng(0), rounds=4)
    (_, link_right), (_, division_right) = judged(lessons, found)
    assert link_right.all() and division_right.all() and len(division_right) == 5
    low, high = signs()
    value = np.concatenate([found.link, found.division])
    assert (low <= value).all() and (value <= high).all()


def test_weights_survive_their_table():
    weights = default_weights()
    assert Weights.of(weights.table()).table() == weights.table()
    assert Weights.of(PRIOR).table()["link"]["contained"] == PRIOR["link"]["contained"]


def test_unknown_cells_are_no_lesson():
    scene, predecessor = annotated(1)
    assert all(len(lesson.links) == 0 for lesson in lessons_of(scene, predecessor, np.zeros(len(predecessor), bool), 3))


def test_an_object_owns_the_one_marker_that_it_covers():
    markers = np.zeros((6, 9), int)
    markers[1:3, 1:3], markers[1:3, 6:8], markers[4, 1:4], markers[4, 6:9] = 5, 6, 7, 8
    labels = np.zeros_like(markers)
    labels[0:3, 0:4], labels[1:3, 5:8], labels[4, 3], labels[4, 5:9] = 1, 2, 3, 2
    assert owners(labels, markers) == {1: 5}, "2 covers two markers, 3 a third of one"
    assert owners(np.zeros_like(labels), markers) == {}


def test_true_predecessors_follow_tracks_and_parents():
    tracks = pd.DataFrame([[1, 0, 1, 0], [2, 3, 3, 1], [3, 0, 3, 0]], columns=["track", "begin", "end", "parent"])
    frame, owner = np.array([0, 0, 1, 1, 2, 3, 3]), np.array([1, 3, 1, 0, 3, 2, 3])
    assert true_predecessors(frame, owner, tracks).tolist() == [-1, -1, 0, -1, -1, 2, 4]
