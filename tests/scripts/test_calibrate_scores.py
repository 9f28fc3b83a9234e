"""Calibration on the frames that a training held out."""

from pathlib import Path

import numpy as np
import pytest
from training_movie import write_movie

import calibrate_scores
import train_forest
from cellweave.core.configs import compose
from cellweave.segment.confidence import read_calibration

HYDRA = Path(__file__).resolve().parents[2] / "config" / "hydra"


@pytest.mark.parametrize("foreground", [0.1, 0.5], ids=["right and wrong", "all right"])
def test_a_forest_is_calibrated_when_there_is_enough_to_go_by(tmp_path, foreground):
    movie = write_movie(tmp_path, frames=16, count=10)
    config = compose(
        HYDRA, "forest", ["data.crops=6", "data.pixels=1500", "model.trees=5", "data.validation_share=0.5"]
    )
    records = {name: tmp_path / f"{name}.txt" for name in ("resolved", "history", "manifest")}
    train_forest.main(
        **movie,
        trained_on=[],
        config=config,
        threads=1,
        seed=1,
        code="0",
        checkpoint=tmp_path / "model.ckpt",
        **records,
    )
    # With a low threshold, noise is taken for objects: those are the wrong ones.
    calibrate_scores.main(
        **movie,
        kind="forest",
        checkpoint=tmp_path / "model.ckpt",
        instances=[{"min_area_px": 1, "foreground": foreground}],
        data=config["data"],
        tile=64,
        symmetries=1,
        device="cpu",
        threads=1,
        calibration=tmp_path / "calibration.json",
    )
    fitted = read_calibration(tmp_path / "calibration.json")
    assert fitted["objects"] > 30 and np.isfinite(list(fitted.values())).all()
