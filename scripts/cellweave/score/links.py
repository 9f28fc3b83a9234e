"""Every link of a tracking, judged: which are right, how sure the tracker was of each, which errors belong together."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cellweave.score.contingency import Contingency
from cellweave.score.graph import Matching, Nodes, Tracks, cut_to_nodes, edges
from cellweave.score.reliability import binned, calibration_error
from cellweave.score.technical import WEIGHTS

RIGHT, MISSED, FALSE, WRONG = "right", "missed", "false", "wrong_kind"
CALIBRATION = ["kind", "n", "right", "confidence", "ECE"]
COST = {RIGHT: 0.0, MISSED: WEIGHTS["EA"], FALSE: WEIGHTS["ED"], WRONG: WEIGHTS["EC"]}


def judged_links(
    markers: Sequence[Contingency], truth: Tracks, result: Tracks, nodes: pd.DataFrame, *, cut: bool
) -> pd.DataFrame:
    """Return the links between cells that match one to one, and those of the truth that are missed.

    Parameters
    ----------
    markers : sequence of Contingency
        All frames against markers.
    truth, result : Tracks
        Lineages.
    nodes : DataFrame
        The result's detections: frame, track, and confidence (of where each comes from) if the tracker tells.
    cut : bool
        Whether a field of interest has dropped objects of the result (`cellweave.score.ctc.tracking_scores`).

    Returns
    -------
    DataFrame
        frame, truth, track (of the later cell), before, truth_before, track_before (of the earlier; a track is 0 where
        no cell of the result matches), division (the result's link leads to one of several children; of a missed one,
        the truth's), verdict (right, missed, false, wrong_kind), confidence (NaN where unknown), event (errors that
        share a cell have one number; -1 for right links), cost (in LNK's units), decided (False for links of a
        division between a track that the truth lets end and ones that it lets begin: it may have been overlooked).
    """
    matching = Matching.of(markers)
    names = np.append(matching.result.label, 0)
    if cut:
        kept_nodes, result = cut_to_nodes(matching.result, result)
        matching = Matching(matching.truth, kept_nodes, matching.pairs)
    ends, verdict, division = _verdicts(matching, truth, result)
    single = np.append(matching.single, -1)
    table = pd.DataFrame(
        {
            "frame": matching.truth.frame[ends[:, 1]],
            "before": matching.truth.frame[ends[:, 0]],
            "truth": matching.truth.label[ends[:, 1]],
            "truth_before": matching.truth.label[ends[:, 0]],
            "track": names[single[ends[:, 1]]],
            "track_before": names[single[ends[:, 0]]],
            "division": division,
            "verdict": verdict,
        }
    )
    table["confidence"] = _confidence(table, nodes)
    table["event"] = _events(ends, table["verdict"].ne(RIGHT).to_numpy())
    table["cost"] = table["verdict"].map(COST).astype(float)
    table["decided"] = ~(table["division"] & table["verdict"].eq(FALSE) & _silent(table, truth))
    return table.sort_values(["frame", "truth", "truth_before"], ignore_index=True)


def calibration(links: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return how well the confidence of links and of divisions is calibrated, over one or more tables of links.

    A division counts once, and is right if all its links are; divisions that the truth does not decide are left out.

    Returns
    -------
    DataFrame
        kind (link, division), n, right (share), confidence (mean), ECE (over ten bins).
    """
    parts: dict[str, list[pd.DataFrame]] = {"link": [], "division": []}
    for table in (table for table in links if len(table)):
        told = table[table["confidence"].notna() & table["verdict"].ne(MISSED) & table["decided"]]
        told = told.assign(right=told["verdict"].eq(RIGHT))
        parts["link"].append(told.loc[~told["division"], ["confidence", "right"]])
        mothers = told[told["division"]].groupby(["before", "track_before"])
        parts["division"].append(mothers.agg(confidence=("confidence", "min"), right=("right", "all")))
    rows = []
    for kind, tables in parts.items():
        joined = pd.concat([pd.DataFrame({"confidence": [], "right": []}), *tables])
        sure, right = joined["confidence"].to_numpy(float), joined["right"].to_numpy(bool)
        means = (right.mean(), sure.mean()) if len(joined) else (np.nan, np.nan)
        rows.append((kind, len(joined), *means, calibration_error(binned(sure, right)).value))
    return pd.DataFrame(rows, columns=CALIBRATION)


def _verdicts(matching: Matching, truth: Tracks, result: Tracks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ends (vertices of the truth), verdict, and whether it is of a division, of found links, then of missed ones."""
    wanted, wanted_parental = edges(matching.truth, truth)
    found, found_parental = edges(matching.result, result)
    on_truth = np.full(matching.result.label.size, -1)
    on_truth[matching.single[matching.single >= 0]] = np.flatnonzero(matching.single >= 0)
    kept = np.all(on_truth[found] >= 0, axis=1)
    found, found_parental = found[kept], found_parental[kept]
    stride = np.array([max(matching.truth.label.size, 1), 1])
    _, at_wanted, at_found = np.intersect1d(
        wanted @ stride, on_truth[found] @ stride, assume_unique=True, return_indices=True
    )
    verdict = np.full(len(found), FALSE, dtype=object)
    verdict[at_found] = np.where(wanted_parental[at_wanted] == found_parental[at_found], RIGHT, WRONG)
    missed = np.delete(wanted, at_wanted, axis=0)
    return (
        np.concatenate([on_truth[found], missed]),
        np.concatenate([verdict, np.full(len(missed), MISSED, dtype=object)]),
        np.concatenate([_splits(matching.result, found, result), _splits(matching.truth, missed, truth)]),
    )


def _splits(nodes: Nodes, ends: np.ndarray, tracks: Tracks) -> np.ndarray:
    """Whether each link leads from a track that divides to another one."""
    first, second = nodes.label[ends[:, 0]], nodes.label[ends[:, 1]]
    return (first != second) & np.isin(first, list(tracks.divisions))


def _confidence(table: pd.DataFrame, nodes: pd.DataFrame) -> np.ndarray:
    if "confidence" not in nodes:
        return np.full(len(table), np.nan)
    known = nodes.set_index(["frame", "track"])["confidence"]
    sure = known.reindex(pd.MultiIndex.from_frame(table[["frame", "track"]])).to_numpy(float)
    return np.where(table["verdict"].eq(MISSED), np.nan, sure)


def _events(ends: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Number the groups of wrong links that share cells, -1 for right ones."""
    first, second = ends[wrong].T
    count = int(ends.max(initial=0)) + 1
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(count, count))
    group = connected_components(graph, directed=False)[1]
    event = np.full(len(ends), -1)
    event[wrong] = np.unique(group[first], return_inverse=True)[1]
    return event


def _silent(table: pd.DataFrame, truth: Tracks) -> np.ndarray:
    """Whether the truth lets the earlier cell's track end there, and the later one's begin, without a relation."""
    if not len(table):
        return np.zeros(0, bool)
    early, late = truth.rows(table["truth_before"].to_numpy()), truth.rows(table["truth"].to_numpy())
    ends = (truth.end[early] == table["before"].to_numpy()) & ~np.isin(truth.track[early], list(truth.children))
    return ends & (truth.begin[late] == table["frame"].to_numpy()) & (truth.parent[late] == 0)
