"""Judged links: by hand on toy tracks, and against the terms of the AOGM."""

import numpy as np
import pandas as pd
import pytest

from cellweave.score.contingency import contingency
from cellweave.score.graph import Matching, Tracks
from cellweave.score.links import calibration, judged_links
from cellweave.score.technical import aogm

NOBODY = pd.DataFrame({"frame": [], "track": []})


def tracks(*rows) -> Tracks:
    return Tracks.of(pd.DataFrame(rows, columns=["track", "begin", "end", "parent"]))


def judged(truth, result, *lineages, nodes=NOBODY) -> pd.DataFrame:
    frames = [contingency(one, other) for one, other in zip(truth, result, strict=True)]
    return judged_links(frames, *lineages, nodes, cut=False)


def division() -> np.ndarray:
    """Cell 1 becomes 2 and 3 in frame 1; cell 4 stays."""
    image = np.zeros((3, 20, 30), int)
    image[0, 4:12, 4:8] = 1
    image[1:, 4:8, 4:8], image[1:, 9:13, 4:8] = 2, 3
    image[:, 4:8, 20:24] = 4
    return image


TRUTH = tracks((1, 0, 0, 0), (2, 1, 2, 1), (3, 1, 2, 1), (4, 0, 2, 0))


def test_a_missed_division_is_one_event():
    result = np.array([0, 1, 1, 3, 4])[division()]
    found = judged(division(), result, TRUTH, tracks((1, 0, 2, 0), (3, 1, 2, 0), (4, 0, 2, 0)))
    wrong = found[found["event"] >= 0]
    assert wrong[["truth_before", "truth", "verdict"]].to_numpy().tolist() == [[1, 2, "wrong_kind"], [1, 3, "missed"]]
    assert wrong["event"].nunique() == 1 and wrong["cost"].sum() == 2.5
    assert (found["verdict"] == "right").sum() == 4


def test_verdicts_are_the_terms_of_the_aogm(random_pair):
    for seed in range(5):
        pair = random_pair(seed)
        lineages = Tracks.of(pair.truth_tracks), Tracks.of(pair.result_tracks)
        counts = judged(pair.truth, pair.result, *lineages)["verdict"].value_counts()
        frames = [contingency(one, other) for one, other in zip(pair.truth, pair.result, strict=True)]
        terms = aogm(Matching.of(frames), *lineages)
        assert [counts.get(name, 0) for name in ("missed", "false", "wrong_kind")] == [terms.EA, terms.ED, terms.EC]


def test_a_division_counts_once_and_one_that_the_truth_leaves_open_not_at_all():
    sure = pd.DataFrame({"frame": [1, 1, 1], "track": [2, 3, 4], "confidence": [0.8, 0.8, 0.95]})
    kinds = judged(division(), division(), TRUTH, TRUTH, nodes=sure).pipe(lambda table: calibration([table]))
    kinds = kinds.set_index("kind")
    assert kinds["n"].tolist() == [1, 1]
    assert kinds.loc["division", ["right", "confidence"]].tolist() == [1, 0.8]
    assert kinds.loc["division", "ECE"] == pytest.approx(0.2)
    silent = tracks((1, 0, 0, 0), (2, 1, 2, 0), (3, 1, 2, 0), (4, 0, 2, 0))
    open_ = calibration([judged(division(), division(), silent, TRUTH, nodes=sure)]).set_index("kind")
    assert open_.loc["division", "n"] == 0
