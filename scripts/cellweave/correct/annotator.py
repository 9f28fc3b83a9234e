"""A simulated annotator, who draws the cells of a tile only when asked, and rules that say which tile to ask for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.correct.tiles import SHORTLIST, Patch, doubt, known_part, spread_out, tile_means

RULES = ("random", "doubt", "diverse")
"""Any tile; what the model doubts most; doubted and unlike each other and what is known, as `suggest_tiles` does."""


@dataclass
class Annotator:
    """Reveals the truth of a tile when asked, and counts what that costs.

    Parameters
    ----------
    truths : sequence of (Y, X), integers
        Complete labels of the frames; nothing else reads them.
    side : int
        Side of a tile, which divides the frames, pixels.

    Attributes
    ----------
    asked : list of Patch
    cells : int
        Cells drawn so far, those that a tile cuts included: the cost.
    """

    truths: Sequence[NDArray[np.integer]]
    side: int
    asked: list[Patch] = field(default_factory=list)
    cells: int = 0

    def places(self) -> list[Patch]:
        """Return the tiles that were not asked for yet, in order of frame, row and column."""
        every = [
            Patch(frame, y0, x0, self.side)
            for frame, truth in enumerate(self.truths)
            for y0 in range(0, truth.shape[0], self.side)
            for x0 in range(0, truth.shape[1], self.side)
        ]
        return sorted(set(every) - set(self.asked))

    def draw(self, patch: Patch) -> NDArray[np.int32]:
        """Return the labels of a tile as `gather_corrections` would take them: cells that it cuts are unknown."""
        truth = self.truths[patch.frame]
        rows, columns = patch.region(truth.shape)
        labels = truth[rows, columns]
        self.asked.append(patch)
        self.cells += np.count_nonzero(np.unique(labels) > 0)
        inside = rows.start > 0, rows.stop < truth.shape[0], columns.start > 0, columns.stop < truth.shape[1]
        return known_part(labels, inside)

    def first(self, count: int, rng: np.random.Generator) -> list[Patch]:
        """Return random tiles with cells of which at least one is whole: where everybody would begin."""
        useful = [patch for patch in self.places() if (Annotator(self.truths, self.side).draw(patch) > 0).any()]
        return [useful[number] for number in rng.choice(len(useful), count, replace=False)]


def choose(
    rule: str,
    annotator: Annotator,
    answers: Sequence[NDArray[np.floating]],
    looks: Sequence[NDArray[np.floating]],
    count: int,
    rng: np.random.Generator,
) -> list[Patch]:
    """Return the next tiles to ask for.

    Parameters
    ----------
    rule : one of `RULES`
    annotator : Annotator
        Asked before; its truths are not looked at.
    answers : sequence of (V, 2, Y, X), float in [0, 1]
        Maps of each frame, by each member of the model; of every pixel, or of every n-th of every n-th row.
    looks : sequence of (F, rows, columns), float
        What each tile of each frame looks like: the means of features.
    count : int
    rng : Generator
        Of `random`.
    """
    places, side = annotator.places(), annotator.side
    if rule == "random":
        return [places[number] for number in rng.choice(len(places), count, replace=False)]
    value = [
        tile_means(doubt(maps), side * maps.shape[-1] // truth.shape[1])
        for maps, truth in zip(answers, annotator.truths, strict=True)
    ]

    def at(patch: Patch) -> tuple[int, int]:
        return patch.y0 // side, patch.x0 // side

    order = sorted(places, key=lambda patch: (-value[patch.frame][at(patch)], patch))
    if rule != "diverse":
        return order[:count]
    shortlist = order[: SHORTLIST * count]
    look = [np.array([looks[patch.frame][:, *at(patch)] for patch in some]) for some in (shortlist, annotator.asked)]
    return [shortlist[number] for number in spread_out(*look, count)]


def at_cost(table: pd.DataFrame, cost: str) -> pd.DataFrame:
    """Return the mean score of each run over a range of cost that all runs of its data set and seed cover.

    Parameters
    ----------
    table : DataFrame
        dataset, seed, rule, tiles, cells, score: one row per round.
    cost : {"tiles", "cells"}
        The mean is over equal steps of it, by linear interpolation between rounds: the height of the learning curve.

    Returns
    -------
    DataFrame
        dataset, seed, rule, score.
    """
    rows = []
    for (dataset, seed), part in table.groupby(["dataset", "seed"]):
        runs = {rule: run.sort_values(cost) for rule, run in part.groupby("rule")}
        low = max(run[cost].iloc[0] for run in runs.values())
        high = min(run[cost].iloc[-1] for run in runs.values())
        for rule, run in runs.items():
            steps = np.linspace(low, high, 101)
            rows.append((dataset, seed, rule, float(np.interp(steps, run[cost], run["score"]).mean())))
    return pd.DataFrame(rows, columns=["dataset", "seed", "rule", "score"])


def against_random(table: pd.DataFrame, cost: str) -> pd.DataFrame:
    """Return by how much each rule beats `random` at equal cost, paired by seed.

    Returns
    -------
    DataFrame
        dataset, rule, cost, seeds, score (mean), gain (mean difference to `random`), low and high (95 % confidence
        interval of the gain by Student's t), wins (seeds in which it is better).
    """
    from scipy import stats

    rows = []
    for dataset, part in at_cost(table, cost).groupby("dataset"):
        scores = part.pivot(index="seed", columns="rule", values="score")
        for rule in [name for name in RULES if name in scores]:
            gain = (scores[rule] - scores["random"]).to_numpy()
            half = stats.sem(gain) * stats.t.ppf(0.975, len(gain) - 1) if len(gain) > 1 else np.nan
            mean = gain.mean()
            wins = int((gain > 0).sum())
            rows.append((dataset, rule, cost, len(gain), scores[rule].mean(), mean, mean - half, mean + half, wins))
    columns = ["dataset", "rule", "cost", "seeds", "score", "gain", "low", "high", "wins"]
    return pd.DataFrame(rows, columns=columns)
