"""How sure a link or a division is.

The *margin* of a chosen hypothesis is what it is worth beyond its best rival, which is any other hypothesis about one
of its cells, or leaving them unexplained. A logistic curve, fitted on annotated movies, turns margins to probabilities
(Platt 1999, Advances in Large Margin Classifiers 61).
"""

import numpy as np
from numba import njit

from cellweave.track.solver import Cells, Hypotheses

RIDGE = 1e-2
STEPS = 50
BINS = 10


def margins(hypotheses: Hypotheses, links: np.ndarray, divisions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the margins of the chosen links and of the chosen divisions.

    Parameters
    ----------
    hypotheses : Hypotheses
    links, divisions : ndarray, bool
        Which are chosen.
    """
    cells, count = Cells.of(hypotheses), len(hypotheses.links)
    benefit = np.concatenate([hypotheses.link_benefit, hypotheses.division_benefit])
    best = np.full((hypotheses.sources + hypotheses.targets, 2), -1)
    _keep_best(best, cells.links, benefit, 0)
    _keep_best(best, cells.divisions, benefit, count)
    worth = np.append(benefit, 0.0)

    def rival(members: np.ndarray, own: np.ndarray) -> np.ndarray:
        first, second = best[members, 0], best[members, 1]
        return worth[np.where(first == own[:, None], second, first)].max(axis=1, initial=0)

    own, split = np.flatnonzero(links), np.flatnonzero(divisions)
    return (
        benefit[own] - rival(cells.links[own], own),
        benefit[count + split] - rival(cells.divisions[split], count + split),
    )


@njit(cache=True)
def _keep_best(best: np.ndarray, members: np.ndarray, benefit: np.ndarray, first: int) -> None:
    """Enter hypotheses, numbered from `first`, among the `best` two of each of their cells; of equals, the earlier."""
    for row in range(len(members)):
        own = first + row
        for cell in members[row]:
            if best[cell, 0] < 0 or benefit[own] > benefit[best[cell, 0]]:
                best[cell, 1], best[cell, 0] = best[cell, 0], own
            elif best[cell, 1] < 0 or benefit[own] > benefit[best[cell, 1]]:
                best[cell, 1] = own


def probability(margin: np.ndarray, curve: tuple[float, float]) -> np.ndarray:
    """Return the probability of being right for margins, 0 to 1; `curve` is offset and slope."""
    return 1 / (1 + np.exp(-(curve[0] + curve[1] * np.asarray(margin, float))))


def fit_curve(margin: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Fit offset and slope by penalised maximum likelihood (Newton's method).

    As Platt has it, the targets are not 1 and 0 but (n + 1) / (n + 2) for n right examples and 1 / (n + 2) for n wrong
    ones, so that few examples give no certainty.

    Parameters
    ----------
    margin : ndarray (N,), float
    right : ndarray (N,), bool
    """
    x, right = np.column_stack([np.ones(len(margin)), margin]), np.asarray(right, bool)
    y = np.where(right, (right.sum() + 1) / (right.sum() + 2), 1 / ((~right).sum() + 2))
    curve = np.zeros(2)
    for _ in range(STEPS):
        p = probability(x[:, 1], (curve[0], curve[1]))
        slope = x.T @ (y - p) - RIDGE * curve
        curvature = (x * (p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(2)
        curve = curve + np.clip(np.linalg.solve(curvature, slope), -1, 1)
    return float(curve[0]), float(curve[1])


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Return the expected calibration error over ten equal bins, 0 to 1; NaN without examples.

    Naeini et al. 2015, AAAI 29:2901.
    """
    if not len(right):
        return float("nan")
    which = np.minimum((np.asarray(confidence) * BINS).astype(int), BINS - 1)
    gap = np.bincount(which, confidence, BINS) - np.bincount(which, right, BINS)
    return float(np.abs(gap).sum() / len(right))
