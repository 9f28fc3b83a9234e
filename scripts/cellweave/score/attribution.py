"""What a tracking loses to segmentation and what to linking, which errors it makes, and how sure that is."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cellweave.score.contingency import Contingency
from cellweave.score.graph import Matching, Tracks, cut_to_nodes, edges
from cellweave.score.technical import WEIGHTS, edge_errors

RESAMPLES = 1000
INTERVAL = (2.5, 97.5)  # percentiles: 95 %
SCORES = ("SEG", "DET", "TRA", "LNK", "segmentation_loss", "linking_loss", "LNK_ceiling")


def attribution(
    markers: Sequence[Contingency],
    gold: Sequence[Contingency],
    truth: Tracks,
    result: Tracks,
    *,
    cut: bool,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Say where the score of one sequence is lost.

    An edge of the truth whose ends are not both matched one to one is out of reach of any linker on these masks: the
    segmentation has lost it. All that is left, links missed, false or of the wrong kind between cells that were found,
    is the linker's. Hence `TRA` + `segmentation_loss` + `linking_loss` = 1, and `LNK_ceiling` is what a perfect linker
    would reach on the same masks.

    Parameters
    ----------
    markers, gold : sequence of Contingency
        All frames against markers, and those with gold masks (perhaps none) against these.
    truth, result : Tracks
        Lineages.
    cut : bool
        Whether a field of interest has dropped objects of the result (`cellweave.score.ctc.tracking_scores`).
    rng : numpy.random.Generator
        For the intervals: frames are drawn with replacement, an edge belongs to the frame that it ends in [1]_. Frames
        of a movie resemble each other, so that the intervals are narrow rather than wide.

    Returns
    -------
    dict
        ``SEG``, ``DET``, ``TRA``, ``LNK``, ``segmentation_loss``, ``linking_loss`` and ``LNK_ceiling``, each with
        ``_low`` and ``_high`` (95 %; NaN where undefined); and the counts that make up the AOGM: ``misses`` (FN),
        ``merges`` (NS), ``splits`` and ``false_cells`` (FP on a cell, and on none), ``links_unreachable`` and
        ``links_missed`` (EA), ``links_false`` (ED), ``links_wrong_kind`` (EC).

    References
    ----------
    .. [1] Efron, Annals of Statistics 7 (1979) 1, percentile bootstrap.
    """
    matching = Matching.of(markers)
    if cut:
        nodes, result = cut_to_nodes(matching.result, result)
        matching = Matching(matching.truth, nodes, matching.pairs)
    sums = _by_frame(markers, matching, truth, result)
    drawn = rng.multinomial(len(markers), np.full(len(markers), 1 / max(len(markers), 1)), RESAMPLES)
    whole = {name: values.sum() for name, values in sums.items()}
    value = _scores(whole)
    samples = _scores({name: drawn @ values for name, values in sums.items()})
    value["SEG"], samples["SEG"] = _seg(gold, rng)
    found = {}
    for name in SCORES:
        low, high = np.percentile(samples[name], INTERVAL)
        found |= {name: float(value[name]), f"{name}_low": float(low), f"{name}_high": float(high)}
    return found | {name: int(count) for name, count in whole.items() if name not in ("cells", "links")}


def _by_frame(markers: Sequence[Contingency], matching: Matching, truth: Tracks, result: Tracks) -> dict[str, NDArray]:
    """Cells, links and errors of each frame, ``(T,)`` int64."""
    count, at = len(markers), matching.truth.frame
    covered = np.bincount(matching.pairs[:, 0], minlength=at.size) > 0
    splits = [_splits(frame) for frame in markers]
    unmatched = matching.result.frame[matching.degree == 0]
    merges = np.bincount(matching.result.frame, np.maximum(matching.degree - 1, 0), count).astype(np.int64)
    wanted, _ = edges(matching.truth, truth)
    missed, false, wrong = edge_errors(matching, truth, result)
    reachable = np.all(matching.single[missed] >= 0, axis=1)

    def by_end(ends: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(at[ends[:, 1]], minlength=count)

    return {
        "cells": np.bincount(at, minlength=count),
        "links": by_end(wanted),
        "misses": np.bincount(at[~covered], minlength=count),
        "merges": merges,
        "splits": np.array(splits, np.int64),
        "false_cells": np.bincount(unmatched, minlength=count) - np.array(splits, np.int64),
        "links_unreachable": by_end(missed[~reachable]),
        "links_missed": by_end(missed[reachable]),
        "links_false": by_end(false),
        "links_wrong_kind": by_end(wrong),
    }


def _splits(frame: Contingency) -> int:
    """Result objects that lie on a truth object and match none."""
    return np.setdiff1d(frame.pairs[:, 1], frame.pairs[frame.majority, 1]).size


def _scores(sums: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """Scores and losses from sums over frames, by the definitions of `cellweave.score.technical.Aogm`."""
    nodes = (
        WEIGHTS["FN"] * sums["misses"]
        + WEIGHTS["NS"] * sums["merges"]
        + WEIGHTS["FP"] * (sums["splits"] + sums["false_cells"])
    )
    lost = WEIGHTS["EA"] * sums["links_unreachable"]
    linked = (
        WEIGHTS["EA"] * sums["links_missed"]
        + WEIGHTS["ED"] * sums["links_false"]
        + WEIGHTS["EC"] * sums["links_wrong_kind"]
    )
    cells, links = WEIGHTS["FN"] * sums["cells"], WEIGHTS["EA"] * sums["links"]
    segmentation, everything = _share(nodes + lost, cells + links), _share(nodes + lost + linked, cells + links)
    return {
        "DET": 1 - _share(nodes, cells),
        "TRA": 1 - everything,
        "LNK": 1 - _share(lost + linked, links),
        "segmentation_loss": segmentation,
        "linking_loss": everything - segmentation,
        "LNK_ceiling": 1 - _share(lost, links),
    }


def _share(cost: NDArray, from_scratch: NDArray) -> NDArray:
    cost, from_scratch = np.asarray(cost, float), np.asarray(from_scratch, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(from_scratch > 0, np.minimum(cost, from_scratch) / from_scratch, np.nan)


def _seg(gold: Sequence[Contingency], rng: np.random.Generator) -> tuple[float, NDArray]:
    """SEG, and SEG of frames drawn with replacement, ``(RESAMPLES,)``."""
    if not gold:
        return np.nan, np.full(RESAMPLES, np.nan)
    objects = np.array([frame.truth.size for frame in gold])
    overlap = np.array([frame.iou[frame.majority].sum() for frame in gold])
    drawn = rng.multinomial(len(gold), np.full(len(gold), 1 / len(gold)), RESAMPLES)
    return float(_share(overlap.sum(), objects.sum())), _share(drawn @ overlap, drawn @ objects)
