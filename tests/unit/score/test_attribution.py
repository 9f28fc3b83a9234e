"""Where a score is lost: by hand on toy tracks, and against the score itself."""

import numpy as np
import pandas as pd
import pytest

from cellweave.score.attribution import attribution
from cellweave.score.contingency import contingency
from cellweave.score.ctc import tracking_scores
from cellweave.score.graph import Tracks


def tracks(*rows) -> Tracks:
    return Tracks.of(pd.DataFrame(rows, columns=["track", "begin", "end", "parent"]))


BOTH = tracks((1, 0, 3, 0), (2, 0, 3, 0))


def lost(truth, result, *lineages, gold=()) -> dict[str, float]:
    frames = [contingency(one, other) for one, other in zip(truth, result, strict=True)]
    chosen = [frames[frame] for frame in gold]
    return attribution(frames, chosen, *lineages, cut=False, rng=np.random.default_rng(1))


def two_cells() -> np.ndarray:
    image = np.zeros((4, 20, 20), int)
    image[:, 8:12, 4:8], image[:, 8:12, 12:16] = 1, 2
    return image


def test_a_swap_is_lost_to_linking():
    swapped = two_cells()
    swapped[2:] = np.array([0, 2, 1])[swapped[2:]]
    found = lost(two_cells(), swapped, BOTH, BOTH)
    assert (found["links_missed"], found["links_false"], found["links_unreachable"]) == (2, 2, 0)
    assert (found["segmentation_loss"], found["LNK_ceiling"]) == (0, 1)
    assert found["linking_loss"] == pytest.approx((2 * 1.5 + 2 * 1) / (8 * 10 + 6 * 1.5))


def test_a_missed_cell_is_lost_to_segmentation_with_its_links():
    gap = two_cells()
    gap[1][gap[1] == 2] = 0
    gap[2:][gap[2:] == 2] = 3
    found = lost(two_cells(), gap, BOTH, tracks((1, 0, 3, 0), (2, 0, 0, 0), (3, 2, 3, 2)))
    assert (found["misses"], found["links_unreachable"], found["links_missed"]) == (1, 2, 0)
    assert found["segmentation_loss"] == pytest.approx((10 + 2 * 1.5) / (8 * 10 + 6 * 1.5))
    assert found["LNK_ceiling"] == pytest.approx(1 - 2 / 6)
    assert found["links_false"] == 1 and found["LNK"] < found["LNK_ceiling"], (
        "the link over the gap is none of the truth"
    )


def test_each_error_of_a_segmentation_has_its_name():
    truth = two_cells()
    result = truth.copy()
    result[0][result[0] > 0] = 1
    result[0, 8:12, 8:12] = 1  # both cells are one
    result[1, 8:9, 4:8] = 5  # a quarter of a cell is cut off
    result[2, 0:3, 0:3] = 6  # a cell where there is none
    lineage = tracks((1, 0, 3, 0), (2, 1, 3, 0), (5, 1, 1, 0), (6, 2, 2, 0))
    found = lost(truth, result, BOTH, lineage)
    assert [found[name] for name in ("merges", "splits", "false_cells", "misses")] == [1, 1, 1, 0]


def test_parts_add_up_to_the_score(random_pair):
    for seed in range(12):
        pair = random_pair(seed)
        lineages = Tracks.of(pair.truth_tracks), Tracks.of(pair.result_tracks)
        found = lost(pair.truth, pair.result, *lineages, gold=(1, 4))
        frames = [contingency(one, other) for one, other in zip(pair.truth, pair.result, strict=True)]
        scores = {score.metric: score.value for score in tracking_scores(frames, *lineages, cut=False)}
        assert found["TRA"] == pytest.approx(scores["TRA"], abs=1e-12)
        assert found["LNK"] == pytest.approx(scores["LNK"], abs=1e-12)
        assert found["DET"] == pytest.approx(scores["DET"], abs=1e-12)
        assert found["TRA"] + found["segmentation_loss"] + found["linking_loss"] == pytest.approx(1)
        assert found["splits"] + found["false_cells"] == scores["AOGM_FP"]
        assert found["links_unreachable"] + found["links_missed"] == scores["AOGM_EA"]
        assert found["TRA_low"] <= found["TRA"] <= found["TRA_high"]


def test_intervals_are_those_of_a_mean_over_frames():
    """DET of one cell per frame, seen with probability 0.8, is a mean of coin tosses: its error is known."""
    truth = np.ones((400, 4, 4), int)
    seen = np.random.default_rng(3).random(400) < 0.8
    present = np.flatnonzero(seen)
    runs = np.split(present, np.flatnonzero(np.diff(present) > 1) + 1)
    lineage = tracks(*((number, run[0], run[-1], 0) for number, run in enumerate(runs, 1)))
    result = np.zeros_like(truth)
    for number, run in enumerate(runs, 1):
        result[run] = number
    found = lost(truth, result, tracks((1, 0, 399, 0)), lineage)
    error = np.sqrt(seen.mean() * (1 - seen.mean()) / 400)
    # percentiles of 1000 draws scatter by some 5 %
    assert (found["DET_high"] - found["DET_low"]) / 2 == pytest.approx(1.96 * error, rel=0.15)


def test_without_gold_masks_seg_is_undefined():
    found = lost(two_cells(), two_cells(), BOTH, BOTH)
    assert np.isnan([found["SEG"], found["SEG_low"]]).all() and found["TRA"] == 1
