"""Wrong links as pictures: where they are, in the colours of the result."""

import numpy as np
import pandas as pd

from cellweave.report.errors import NO_ERROR, SIDE_PX, Judged, worst_links
from cellweave.report.overlay import Tracking, note


def movie(swapped: bool) -> Judged:
    """Two cells that stay, with tracks 1 and 2 that change places in frame 1 if `swapped`."""
    labels = np.zeros((2, 120, 160), np.int32)
    labels[:, 20:32, 20:32], labels[:, 20:32, 40:52] = 1, 2
    rows = [(0, 1, 1), (0, 2, 2), (1, 1, 2 if swapped else 1), (1, 2, 1 if swapped else 2)]
    nodes = pd.DataFrame(rows, columns=["frame", "label", "track"])
    tracks = pd.DataFrame({"track": [1, 2], "parent": [0, 0]})
    return Judged(100.0 + labels[:, None] * 0, labels, labels, Tracking.of(nodes, tracks))


def links(verdict: str) -> pd.DataFrame:
    table = pd.DataFrame({"frame": 1, "before": 0, "truth": [1, 2], "truth_before": [1, 2]})
    wrong = verdict != "right"
    return table.assign(verdict=verdict, event=[0, 0] if wrong else -1, cost=1.5 if wrong else 0.0)


def test_a_swap_changes_the_colours_between_the_frames():
    picture = np.asarray(worst_links(movie(swapped=True), links("missed")).convert("RGB"))
    before, after = picture[:, :SIDE_PX], picture[:, SIDE_PX + 4 : 2 * SIDE_PX + 4]
    (one, other), (then_one, then_other) = sides(before), sides(after)
    assert one != other
    assert np.allclose([then_one, then_other], [other, one], atol=16)  # enlarging blurs colours a little


def sides(picture: np.ndarray) -> list[tuple[int, ...]]:
    """The most frequent colour that is no grey, left and right of the middle: the window is centred on both cells."""
    found = []
    for half in np.split(picture, 2, axis=1):
        colours, counts = np.unique(half[np.ptp(half, axis=-1) > 60], axis=0, return_counts=True)
        found.append(tuple(colours[counts.argmax()].tolist()))
    return found


def test_without_errors_it_says_so():
    assert worst_links(movie(swapped=False), links("right")).tobytes() == note(NO_ERROR).tobytes()
