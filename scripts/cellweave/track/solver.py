"""The best set of links and divisions between two frames.

A link joins one source to one target; a division joins one source to two targets; each cell is used at most once.
Both carry a *benefit*: what the explanation is worth beyond leaving its cells unexplained.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from cellweave.track.assignment import assign

TOLERANCE = 1e-9
CHAIN = 8
"""Links that a chain of exchanges may have when a division is judged for promise."""
Solution = tuple[np.ndarray, np.ndarray]
"""Which links, and which divisions, are chosen."""


@dataclass(frozen=True)
class Hypotheses:
    """Explanations of one frame pair with their benefits.

    Parameters
    ----------
    links : ndarray (L, 2), int
        Source and target of each link.
    link_benefit : ndarray (L,), float
    divisions : ndarray (D, 3), int
        Source and both targets of each division.
    division_benefit : ndarray (D,), float
    sources, targets : int
        Number of cells on each side.
    """

    links: np.ndarray
    link_benefit: np.ndarray
    divisions: np.ndarray
    division_benefit: np.ndarray
    sources: int
    targets: int


@dataclass(frozen=True)
class Cells:
    """The hypotheses as rows of cell numbers, targets counted after sources."""

    links: np.ndarray
    divisions: np.ndarray

    @classmethod
    def of(cls, hypotheses: Hypotheses) -> "Cells":
        """Number the cells of both sides through."""
        offset = hypotheses.sources
        return cls(hypotheses.links + np.array([0, offset]), hypotheses.divisions + np.array([0, offset, offset]))


def solve_exact(hypotheses: Hypotheses) -> Solution:
    """Return the optimum as an integer linear programme (HiGHS).

    Parameters
    ----------
    hypotheses : Hypotheses

    Returns
    -------
    links, divisions : ndarray, bool
        Which hypotheses of each kind are chosen.
    """
    benefit = np.concatenate([hypotheses.link_benefit, hypotheses.division_benefit])
    if not len(benefit):
        return np.zeros(0, bool), np.zeros(0, bool)
    cells = Cells.of(hypotheses)
    count = len(cells.links)
    row = np.concatenate([cells.links.ravel(), cells.divisions.ravel()])
    column = np.concatenate([np.repeat(np.arange(count), 2), np.repeat(np.arange(count, len(benefit)), 3)])
    shape = (hypotheses.sources + hypotheses.targets, len(benefit))
    once = LinearConstraint(csr_array((np.ones(len(row)), (row, column)), shape=shape), ub=1)
    result = milp(-benefit, integrality=np.ones(len(benefit)), bounds=Bounds(0, 1), constraints=once)
    chosen = result.x > 0.5
    return chosen[:count], chosen[count:]


def solve_fast(hypotheses: Hypotheses) -> Solution:
    """Return the exact assignment of links, improved by divisions until none helps.

    The links alone are an assignment problem, solved exactly. Divisions that might pay are then imposed
    together and the links around them assigned anew; old and new solution differ in independent
    pieces, and each piece is kept where the new one is worth more. The value never falls, and is that of
    `solve_exact` unless divisions compete for the same cells in a chain.

    Parameters
    ----------
    hypotheses : Hypotheses

    Returns
    -------
    links, divisions : ndarray, bool
        Which hypotheses of each kind are chosen.
    """
    cells = Cells.of(hypotheses)
    everyone = np.ones(hypotheses.sources + hypotheses.targets, bool)
    state = _assign(hypotheses, everyone), np.zeros(len(cells.divisions), bool)
    tried = hypotheses.division_benefit <= 0
    while (open_ := np.flatnonzero(~tried & ~state[1])).size:
        imposed = _promising(hypotheses, cells, state, open_)
        if not imposed.size:
            break
        tried[imposed] = True
        state = _impose(hypotheses, cells, state, imposed)
    return state


def _assign(hypotheses: Hypotheses, free: np.ndarray) -> np.ndarray:
    """Choose links of largest total benefit among cells that are free."""
    source, target = hypotheses.links.T
    usable = (hypotheses.link_benefit > 0) & free[source] & free[hypotheses.sources + target]
    chosen = np.zeros(len(hypotheses.links), bool)
    benefit = hypotheses.link_benefit[usable]
    chosen[usable] = assign(source[usable], target[usable], benefit, hypotheses.sources, hypotheses.targets)
    return chosen


def _promising(hypotheses: Hypotheses, cells: Cells, state: Solution, open_: np.ndarray) -> np.ndarray:
    """Return open divisions that gain if all cells they free find the best substitute; no two share a cell."""
    partner, worth = _linked(hypotheses, cells, state)
    substitute = _substitutes(hypotheses, cells, state, partner, worth)
    gain = hypotheses.division_benefit[open_] - _losses(cells.divisions[open_], partner, worth, substitute)
    open_ = open_[gain > TOLERANCE]
    members = cells.divisions[state[1]]
    group = np.full(len(partner), -1)
    group[members] = np.arange(len(members))[:, None]

    broken = _distinct(group[cells.divisions[open_]])
    freed = np.append(members, [[-1, -1, -1]], axis=0)[broken].reshape(len(open_), 9)
    wanted = cells.divisions[open_]
    touched = np.concatenate([wanted, partner[wanted], freed], axis=1)
    freed[(freed[:, :, None] == wanted[:, None, :]).any(axis=2)] = -1
    gain = gain[gain > TOLERANCE] + substitute[freed].sum(axis=1)
    gain -= np.append(hypotheses.division_benefit[state[1]], 0.0)[broken].sum(axis=1)

    taken = np.zeros(len(partner), bool)
    picked = []
    for row in np.argsort(-gain, kind="stable")[: np.count_nonzero(gain > TOLERANCE)]:
        if not taken[touched[row]].any():
            picked.append(open_[row])
            taken[touched[row]] = True
            taken[-1] = False
    return np.array(picked, np.int64)


def _linked(hypotheses: Hypotheses, cells: Cells, state: Solution) -> tuple[np.ndarray, np.ndarray]:
    """The cell that each cell is linked to, or -1, and the benefit of that link; the last entry is no cell."""
    count = hypotheses.sources + hypotheses.targets
    partner, worth = np.full(count + 1, -1), np.zeros(count + 1)
    held = cells.links[state[0]]
    partner[held] = held[:, ::-1]
    worth[held] = hypotheses.link_benefit[state[0], None]
    return partner, worth


def _losses(wanted: np.ndarray, partner: np.ndarray, worth: np.ndarray, substitute: np.ndarray) -> np.ndarray:
    """What is lost at least by the links of the wanted cells ``(D, 3)``: mother, then daughters."""
    mother, one, other = wanted.T
    lost = worth - substitute[partner]
    own_one, own_other = partner[mother] == one, partner[mother] == other
    return (
        np.where(own_one | own_other, worth[mother], lost[mother])
        + np.where(own_one, 0, lost[one])
        + np.where(own_other, 0, lost[other])
    )


def _substitutes(
    hypotheses: Hypotheses, cells: Cells, state: Solution, partner: np.ndarray, worth: np.ndarray
) -> np.ndarray:
    """Return what each cell would gain, were it freed, by the best chain of up to `CHAIN` exchanged links.

    Paths of largest gain by relaxation (Bellman 1958, Q. Appl. Math. 16:87): the cell takes another link, whose other
    end gives up its own, which frees a third cell, and so on. The last entry, of no cell, is 0.
    """
    gain = np.zeros(len(partner))
    cost = worth.copy()
    cost[cells.divisions[state[1]]] = np.inf
    spare = cells.links[~state[0]]
    ends, others = spare.ravel(), spare[:, ::-1].ravel()
    first = np.repeat(hypotheses.link_benefit[~state[0]], 2) - cost[others]
    for _ in range(CHAIN):
        before = gain.copy()
        np.maximum.at(gain, ends, first + before[partner[others]])
        if np.array_equal(gain, before):
            break
    return gain


def _distinct(units: np.ndarray) -> np.ndarray:
    """Replace repeats within each row by -1."""
    units = np.sort(units, axis=1)
    units[:, 1:][units[:, 1:] == units[:, :-1]] = -1
    return units


def _impose(hypotheses: Hypotheses, cells: Cells, state: Solution, imposed: np.ndarray) -> Solution:
    """Impose divisions, assign the other cells anew, and keep each independent change that pays."""
    count = hypotheses.sources + hypotheses.targets
    held = np.zeros(count, bool)
    held[cells.divisions[imposed]] = True
    divisions = state[1] & ~held[cells.divisions].any(axis=1)
    divisions[imposed] = True
    free = np.ones(count, bool)
    free[cells.divisions[divisions]] = False
    links = _assign(hypotheses, free)

    changed = links != state[0], divisions != state[1]
    edges, forks = cells.links[changed[0]], cells.divisions[changed[1]]
    ends = np.concatenate([edges, forks[:, :2], forks[:, ::2]])
    piece = _pieces(ends, count)
    gain = np.zeros(count)
    np.add.at(gain, piece[edges[:, 0]], _gains(links, hypotheses.link_benefit)[changed[0]])
    np.add.at(gain, piece[forks[:, 0]], _gains(divisions, hypotheses.division_benefit)[changed[1]])
    pays = gain > TOLERANCE
    return (
        np.where(pays[piece[cells.links[:, 0]]], links, state[0]),
        np.where(pays[piece[cells.divisions[:, 0]]], divisions, state[1]),
    )


@njit(cache=True)
def _pieces(ends: np.ndarray, count: int) -> np.ndarray:
    """Return the connected piece of each of `count` cells, named by one of them, from joined pairs ``(E, 2)``.

    Trees with path halving (Tarjan and van Leeuwen 1984, J. ACM 31:245).
    """
    piece = np.arange(count)
    for one, other in ends:
        while piece[one] != one:
            piece[one] = one = piece[piece[one]]
        while piece[other] != other:
            piece[other] = other = piece[piece[other]]
        piece[max(one, other)] = min(one, other)
    for cell in range(count):  # a tree's root is its least cell, so that it is final before its branches
        piece[cell] = piece[piece[cell]]
    return piece


def _gains(chosen: np.ndarray, benefit: np.ndarray) -> np.ndarray:
    """The benefit where a changed hypothesis comes in, minus it where it goes out."""
    return np.where(chosen, benefit, -benefit)
