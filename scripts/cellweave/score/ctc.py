"""All measures of one sequence from one contingency table per frame."""

import logging
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cellweave.score import association, biology
from cellweave.score.contingency import Contingency, seg
from cellweave.score.graph import Matching, Tracks, cut_to_nodes
from cellweave.score.technical import WEIGHTS, Aogm, aogm

logger = logging.getLogger(__name__)

TOLERANCES = range(4)
BIO_TOLERANCE = 2


class Score(NamedTuple):
    """One value of one measure; `n` objects, edges, tracks, divisions or frames are behind it."""

    metric: str
    value: float
    n: int


def segmentation_scores(frames: Sequence[Contingency], metric: str) -> list[Score]:
    """Return SEG under the name `metric`, for frames that have segmentation truth."""
    return [Score(metric, seg(frames), sum(frame.truth.size for frame in frames))]


def detection_scores(frames: Sequence[Contingency]) -> list[Score]:
    """Return DET and its three AOGM terms, for all frames of a sequence against markers."""
    operations = aogm(Matching.of(frames))
    return [Score("DET", operations.det, operations.vertices), *_terms(operations, ("NS", "FN", "FP"))]


def tracking_scores(frames: Sequence[Contingency], truth: Tracks, result: Tracks, *, cut: bool) -> list[Score]:
    """Return DET, TRA, LNK, the AOGM terms, the biological measures, HOTA, CHOTA, MOTA and IDF1.

    Parameters
    ----------
    frames : sequence of Contingency
        All frames of a sequence against markers.
    truth, result : Tracks
        Lineages.
    cut : bool
        Whether a field of interest has dropped objects of the result, so that its tracks are to be cut to what is
        left.

    Raises
    ------
    InputError
        A lineage and its label images disagree.
    """
    matching = Matching.of(frames)
    if cut:
        nodes, result = cut_to_nodes(matching.result, result)
        matching = Matching(matching.truth, nodes, matching.pairs)
    operations = aogm(matching, truth, result)
    return [
        Score("DET", operations.det, operations.vertices),
        Score("TRA", operations.tra, operations.vertices + operations.edges),
        Score("LNK", operations.lnk, operations.edges),
        Score("AOGM", operations.total, operations.vertices + operations.edges),
        *_terms(operations, tuple(WEIGHTS)),
        *_biological(matching, truth, result),
        *_associations(matching, truth, result),
    ]


def overall_scores(scores: Sequence[Score]) -> list[Score]:
    """Return BIO and the challenge's overall measures OP_CSB, OP_CTB, OP_CLB that `scores` suffice for."""
    by_name = {score.metric: score for score in scores}
    bio_parts = ["CT", "TF", f"BC{BIO_TOLERANCE}", "CCA"]
    found = []
    if set(bio_parts) <= set(by_name):
        defined = [by_name[name].value for name in bio_parts if not math.isnan(by_name[name].value)]
        value = sum(defined) / len(defined) if defined else math.nan
        found.append(Score("BIO", value, len(defined)))
        by_name["BIO"] = found[0]
    for name, parts in {"OP_CSB": ("SEG", "DET"), "OP_CTB": ("SEG", "TRA"), "OP_CLB": ("LNK", "BIO")}.items():
        if set(parts) <= set(by_name):
            found.append(Score(name, sum(by_name[part].value for part in parts) / 2, 2))
    return found


def warn_undefined(scores: Iterable[Score], subject: str) -> None:
    """Log one warning that names all scores without a value."""
    undefined = [score.metric for score in scores if math.isnan(score.value)]
    if undefined:
        logger.warning("%s: undefined here, given as nan: %s", subject, ", ".join(undefined))


def _terms(operations: Aogm, names: tuple[str, ...]) -> list[Score]:
    size = {"N": operations.vertices, "F": operations.vertices, "E": operations.edges}
    return [Score(f"AOGM_{name}", getattr(operations, name), size[name[0]]) for name in names]


def _biological(matching: Matching, truth: Tracks, result: Tracks) -> list[Score]:
    tracks, divisions = truth.track.size, len(truth.divisions)
    return [
        Score("CT", biology.complete_tracks(matching, truth, result), tracks),
        Score("TF", biology.track_fractions(matching, truth), tracks),
        *(Score(f"BC{i}", biology.branching(matching, truth, result, i), divisions) for i in TOLERANCES),
        Score("CCA", biology.cell_cycle_accuracy(truth, result), biology.cycle_lengths(truth).size),
    ]


def _associations(matching: Matching, truth: Tracks, result: Tracks) -> list[Score]:
    found = association.associate(matching, truth, result)
    measures = {name: getattr(association, name.lower()) for name in ("HOTA", "CHOTA", "MOTA", "IDF1")}
    return [Score(name, measure(found), matching.truth.label.size) for name, measure in measures.items()]
