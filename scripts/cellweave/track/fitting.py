"""Learn what each piece of evidence is worth from annotated movies.

Structured prediction with a large margin (Taskar et al. 2003, NIPS 16; Tsochantaridis et al. 2005, J. Mach. Learn. Res.
6:1453): the annotated links and divisions of each frame pair are to beat every other consistent set, by a margin for
each hypothesis in which the two differ. The best rival is what the linker's own solver finds, and the weights follow
its differences to the annotation by stochastic subgradients of falling step (AdaGrad, Duchi et al. 2011, J. Mach.
Learn. Res. 12:2121). The result is the mean over the second half of all steps. Each piece of evidence may only speak in
the direction that `signs` allows: a model that can be read, and that a few annotated divisions cannot lead astray.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from cellweave.core.progress import progress
from cellweave.track.confidence import calibration_error, fit_curve, margins, probability
from cellweave.track.features import DIVISION_FEATURES, LINK_FEATURES
from cellweave.track.hypotheses import Candidates, propose
from cellweave.track.scene import Scene
from cellweave.track.solver import Hypotheses, solve_fast
from cellweave.track.weights import Weights, counts

logger = logging.getLogger(__name__)

SPEAKS_FOR = {"contained", "alone", "inside", "bright", "brightened", "roughened"}
FREE = {"constant", "separation", "growth", "large"}
"""All other evidence speaks against a hypothesis."""
GIVEN = "young"
"""Keeps its prior weight: movies that are shorter than two cycles show no mother whose birth they show too, which tells
that youth speaks against a division, but not how much."""
STEP = 0.02
ROUNDS = 20
FOLDS = 5
SHRINK = 1e-3
PRIOR = {
    "link": {"constant": 2.5, "distance": -0.5, "contained": 3.5, "gap": -6.5, "alone": 1.4, "changed": -1.3},
    "division": {
        "constant": 6.5,
        "midpoint": -0.8,
        "lopsided": -0.8,
        "separation": 0.4,
        "unlike_size": -2.5,
        "unlike_bright": -0.2,
        "unlike_rough": -0.5,
        "growth": -2.7,
        "large": -0.3,
        "inside": 4.0,
        "stunted": -1.0,
        "entering": -1.3,
        "bright": 0.2,
        "brightened": 0.5,
        "roughened": 0.5,
        "returning": -1.5,
        "parted": -5.0,
        "young": -4.0,
    },
}
"""Where learning begins, and what it is drawn to where the movies say nothing: cells stay where they are, daughters are
alike and on either side of their mother, new cells at the border come from outside, cells that merged may part, and
what was just born does not divide."""


@dataclass(frozen=True)
class Lesson:
    """The candidates of one frame pair, and which of them are right."""

    candidates: Candidates
    links: np.ndarray
    divisions: np.ndarray


def lessons_of(scene: Scene, predecessor: np.ndarray, known: np.ndarray, memory: int) -> list[Lesson]:
    """Turn an annotated movie into lessons, one per frame pair.

    Left out is what the annotation does not decide: cells that it does not know, mothers of three, and divisions of a
    cell that it lets end into two that it lets begin.

    Parameters
    ----------
    scene : Scene
    predecessor : ndarray (N,), int
        Row that each row of `scene.cells` comes from, -1 for none.
    known : ndarray (N,), bool
        Which rows the annotation knows.
    memory : int
        Frames for which a vanished cell stays a candidate.
    """
    cells, rows = scene.cells, np.arange(len(predecessor))
    linked = predecessor >= 0
    children = np.bincount(predecessor[linked], minlength=len(rows))
    until = np.full(len(rows), np.iinfo(np.int64).max)
    np.minimum.at(until, predecessor[linked], cells.frame[linked])
    lessons = []
    for frame in range(1, len(cells.starts) - 1):
        after = cells.rows(frame)
        ended = rows[max(cells.starts[max(frame - memory, 0)], 0) : cells.starts[frame - 1]]
        before = np.concatenate([cells.rows(frame - 1), ended[until[ended] >= frame]])
        if not len(before) or not len(after):
            continue
        found = propose(scene, before, after)
        scene.follow(after, predecessor[after])
        source, target = before[found.links[:, 0]], after[found.links[:, 1]]
        mother, daughters = before[found.divisions[:, 0]], after[found.divisions[:, 1:]]
        sure = known[source] & known[target] & (children[source] < 3)
        silent = (children[mother] == 0) & (predecessor[daughters] < 0).all(axis=1)
        clear = known[mother] & known[daughters].all(axis=1) & (children[mother] < 3) & ~silent
        links = (predecessor[target] == source) & (children[source] == 1)
        divisions = (predecessor[daughters] == mother[:, None]).all(axis=1)
        lessons.append(Lesson(_only(found, sure, clear), links[sure], divisions[clear]))
    return lessons


def restricted(lessons: list[Lesson], evidence: Collection[str]) -> list[Lesson]:
    """Return lessons in which divisions show this evidence only (keys of `features.EVIDENCE`)."""
    kept = counts(evidence)
    return [
        replace(each, candidates=replace(found, division_features=found.division_features * kept))
        for each in lessons
        for found in (each.candidates,)
    ]


def fit(lessons: list[Lesson], *, rng: np.random.Generator, rounds: int = ROUNDS) -> Weights:
    """Return weights under which the linker's solver reproduces the lessons as well as it can.

    The curves that turn margins into probabilities are fitted on margins of lessons that were held out: a fifth at a
    time, because on those that it was fitted to a model is surer than it should be.

    Parameters
    ----------
    lessons : list of Lesson
    rng : numpy.random.Generator
        Order of the lessons.
    rounds : int
        How often each lesson is gone through.
    """
    judgements = []
    for fold in range(FOLDS):
        held = [lesson for index, lesson in enumerate(lessons) if index % FOLDS == fold]
        others = [lesson for index, lesson in enumerate(lessons) if index % FOLDS != fold]
        judgements.append(judged(held, _fit(others, rng, rounds)))
    curves = [
        fit_curve(
            np.concatenate([each[part][0] for each in judgements]),
            np.concatenate([each[part][1] for each in judgements]),
        )
        for part in (0, 1)
    ]
    return replace(_fit(lessons, rng, rounds), link_curve=curves[0], division_curve=curves[1])


def _fit(lessons: list[Lesson], rng: np.random.Generator, rounds: int) -> Weights:
    size = len(LINK_FEATURES)
    start = Weights.of(PRIOR)
    prior = np.concatenate([start.link, start.division])
    given = size + DIVISION_FEATURES.index(GIVEN)
    value = prior.copy()
    value[given] = 0.0
    low, high = signs()
    squares, total, count = np.full(len(value), 1e-3), np.zeros(len(value)), 0
    for turn in progress(range(rounds), "fit", unit="round"):
        for index in rng.permutation(len(lessons)):
            slope = _slope(lessons[index], Weights(value[:size], value[size:])) - SHRINK * (value - prior)
            slope[given] = 0.0
            squares += slope**2
            value = np.clip(value + STEP * slope / np.sqrt(squares), low, high)
            if 2 * turn >= rounds:
                total, count = total + value, count + 1
    mean = total / count
    mean[given] = prior[given]
    return Weights(mean[:size], mean[size:])


def calibration_error_of(lessons: list[Lesson], weights: Weights) -> dict[str, float]:
    """Return the expected calibration error of links and of divisions on lessons."""
    curves = {"link": weights.link_curve, "division": weights.division_curve}
    return {
        part: calibration_error(probability(margin, curve), right)
        for (part, curve), (margin, right) in zip(curves.items(), judged(lessons, weights), strict=True)
    }


def judged(lessons: list[Lesson], weights: Weights) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return the margins of the links that the solver chooses and whether each is right, then those of divisions."""
    parts: tuple[list[np.ndarray], ...] = ([], [], [], [])
    for lesson in lessons:
        found = lesson.candidates
        pays = found.link_features @ weights.link > 0, found.division_features @ weights.division > 0
        hypotheses = found.weigh(weights)
        chosen = solve_fast(hypotheses)
        for part, values in zip(parts[::2], margins(hypotheses, *chosen), strict=True):
            part.append(values)
        parts[1].append(lesson.links[pays[0]][chosen[0]])
        parts[3].append(lesson.divisions[pays[1]][chosen[1]])
    margin_l, right_l, margin_d, right_d = (np.concatenate(part) for part in parts)
    return (margin_l, right_l), (margin_d, right_d)


def signs() -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest value that each weight may take, links before divisions."""
    names = [*LINK_FEATURES, *DIVISION_FEATURES]
    low = np.array([0.0 if name in SPEAKS_FOR else -np.inf for name in names])
    high = np.array([np.inf if name in SPEAKS_FOR | FREE else 0.0 for name in names])
    return low, high


def _slope(lesson: Lesson, weights: Weights) -> np.ndarray:
    """What the right hypotheses have more of each feature than the best rival, which is given a margin of 1 each."""
    found = lesson.candidates
    rival = Hypotheses(
        links=found.links,
        link_benefit=found.link_features @ weights.link + 1 - 2 * lesson.links,
        divisions=found.divisions,
        division_benefit=found.division_features @ weights.division + 1 - 2 * lesson.divisions,
        sources=found.sources,
        targets=found.targets,
    )
    links, divisions = solve_fast(rival)
    return np.concatenate(
        [
            (lesson.links * 1.0 - links) @ found.link_features,
            (lesson.divisions * 1.0 - divisions) @ found.division_features,
        ]
    )


def _only(found: Candidates, links: np.ndarray, divisions: np.ndarray) -> Candidates:
    return replace(
        found,
        links=found.links[links],
        link_features=found.link_features[links],
        divisions=found.divisions[divisions],
        division_features=found.division_features[divisions],
    )
