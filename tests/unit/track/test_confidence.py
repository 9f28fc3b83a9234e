"""Margins against enumeration, and the curve that turns them into probabilities."""

import numpy as np
import pytest

from cellweave.track.confidence import calibration_error, fit_curve, margins, probability
from cellweave.track.solver import Hypotheses


def test_margins_are_measured_against_the_best_rival_of_any_cell():
    links = np.array([[0, 0], [0, 1], [1, 1], [2, 2]])
    divisions = np.array([[2, 2, 3]])
    problem = Hypotheses(links, np.array([5.0, 2.0, 3.0, 1.0]), divisions, np.array([4.0]), 3, 4)
    of_links, of_divisions = margins(problem, np.array([1, 0, 1, 0], bool), np.array([True]))
    assert of_links.tolist() == [3, 1]
    assert of_divisions.tolist() == [3]


def test_without_hypotheses_there_are_no_margins():
    none = np.zeros(0, bool)
    problem = Hypotheses(np.zeros((0, 2), int), np.zeros(0), np.zeros((0, 3), int), np.zeros(0), 2, 2)
    assert [part.size for part in margins(problem, none, none)] == [0, 0]


def test_the_curve_recovers_the_probabilities_it_was_drawn_from():
    rng = np.random.default_rng(0)
    margin = rng.uniform(-2, 4, 20_000)
    right = rng.random(len(margin)) < probability(margin, (0.5, 1.5))
    curve = fit_curve(margin, right)
    assert curve == pytest.approx((0.5, 1.5), abs=0.1)  # three standard errors of 20,000 draws
    assert calibration_error(probability(margin, curve), right) < 0.01
    assert calibration_error(np.full(4, 0.9), np.array([1, 1, 0, 0], bool)) == pytest.approx(0.4)
    assert np.isfinite(fit_curve(np.ones(5), np.ones(5, bool))).all(), "all right is no reason to diverge"
