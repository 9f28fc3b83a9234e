"""A calibration recovers known odds, and its file is what was written."""

import numpy as np
import pandas as pd
import pytest

from cellweave.core.errors import InputError
from cellweave.learn.calibration import fit_logistic
from cellweave.segment.confidence import FEATURES, features, probability, read_calibration, write_calibration


def objects(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {"foreground": rng.uniform(0.5, 1, count), "prominence": rng.uniform(0, 1, count)}
    return pd.DataFrame({**columns, "area_px": rng.lognormal(5, 0.5, count)})


def test_a_fit_recovers_the_odds_that_made_the_data():
    table = objects(20_000)
    true = {"typical_area_px": 150.0, "intercept": -1.0, **dict(zip(FEATURES, (0.5, 3.0, 0.2, -0.8), strict=True))}
    hits = np.random.default_rng(1).random(len(table)) < probability(table, true)
    weights, intercept = fit_logistic(features(table, 150.0), hits)
    fitted = {"typical_area_px": 150.0, "intercept": intercept, **dict(zip(FEATURES, weights, strict=True))}
    # The spread of an estimate from 20,000 draws is about .02 in probability at the ends.
    assert np.abs(probability(table, fitted) - probability(table, true)).max() < 0.08
    assert np.abs(probability(table, fitted).mean() - hits.mean()) < 1e-3, "the fit is unbiased over all objects"


def test_few_objects_are_no_basis_and_only_right_ones_are_less_than_certain():
    assert fit_logistic(np.zeros((10, 2)), np.arange(10) % 2 == 0) is None
    weights, intercept = fit_logistic(np.random.default_rng(0).normal(size=(98, 2)), np.ones(98, bool))
    assert weights == pytest.approx(0, abs=1e-3) and 1 / (1 + np.exp(-intercept)) == pytest.approx(99 / 100, abs=1e-4)


def test_files(tmp_path):
    calibration = {"typical_area_px": 10.0, "intercept": 0.1, **dict.fromkeys(FEATURES, 1.0)}
    for value in (calibration, None):
        write_calibration(value, tmp_path / "calibration.json")
        assert read_calibration(tmp_path / "calibration.json") == value
    (tmp_path / "calibration.json").write_text('{"typical_area_px": 1')
    with pytest.raises(InputError, match="not JSON"):
        read_calibration(tmp_path / "calibration.json")
    (tmp_path / "calibration.json").write_text("[1]")
    with pytest.raises(InputError, match="not a calibration"):
        read_calibration(tmp_path / "calibration.json")
