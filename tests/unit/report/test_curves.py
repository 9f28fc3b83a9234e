"""Training curves, measurement plots and the style they share."""

import numpy as np
import pandas as pd
import pytest

from cellweave.report.figures import render, sentence
from cellweave.report.measurements import measurement_figure, speeds
from cellweave.report.training import ended_by, overfitting, training_figure

SETTINGS = {"max_steps": 6, "patience": 3, "freeze_steps": 0}


def _svg(figure):
    return render(figure, ".svg").decode()


def test_render_is_reproducible_and_refuses_other_formats():
    assert _svg(sentence("a")) == _svg(sentence("a"))
    with pytest.raises(ValueError, match=r"figures are \.svg or \.png"):
        render(sentence("a"), ".pdf")


def test_text_is_escaped():
    assert "a &lt;b&gt;" in _svg(sentence("a <b>"))


def test_training_marks_the_least_validation_loss():
    history = pd.DataFrame({"step": [0, 10, 20], "train_loss": [1, 0.5, 0.3], "val_loss": [1, 0.4, 0.6], "lr": 1e-3})
    svg = _svg(training_figure(history, SETTINGS))
    assert "least at 10" in svg and "learning rate" in svg and "IoU" not in svg


@pytest.mark.parametrize(
    "history",
    [
        pd.DataFrame(),
        pd.DataFrame(columns=["step", "epoch", "train_loss", "val_loss"]),
        pd.DataFrame({"step": [1], "train_loss": [np.nan]}),
    ],
)
def test_no_history_gives_a_sentence(history):
    assert "No training curve" in _svg(training_figure(history, SETTINGS))


def test_one_validation_is_a_point():
    history = pd.DataFrame({"step": [1], "train_loss": [0.5], "val_loss": [0.5]})
    assert "<use" in _svg(training_figure(history, SETTINGS))


@pytest.mark.parametrize(
    ("train", "val", "flagged"),
    [
        ([4, 3, 2, 1, 1, 1], [4, 3, 4, 5, 6, 6], True),
        ([4, 3, 2, 1, 1, 1], [4, 3, 2, 2, 2, 2], False),  # still learning
        ([4, 3, 4, 5, 6, 6], [4, 3, 4, 5, 6, 6], False),  # both rise: the learning rate, not the data
        ([4, 3], [3, 4], False),  # too short to tell
    ],
)
def test_overfitting_is_a_gap_that_opens(train, val, flagged):
    history = pd.DataFrame({"step": range(len(train)), "train_loss": train, "val_loss": val})
    assert bool(overfitting(history)) == flagged
    assert ("Overfitting" in _svg(training_figure(history, SETTINGS))) == flagged


@pytest.mark.parametrize(
    ("steps", "losses", "reason"),
    [
        ([2, 4, 6], [3, 1, 2], "all steps"),
        ([1, 2, 3, 4], [1, 2, 2, 2], "early stopping"),  # three validations that were no better
        ([1, 2, 3, 4], [2, 1, 2, 2], "time limit"),  # only two
        ([], [], "nothing learned"),
    ],
)
def test_why_a_training_ended(steps, losses, reason):
    history = pd.DataFrame({"step": steps, "train_loss": losses, "val_loss": losses})
    assert ended_by(history, SETTINGS) == reason
    shown = _svg(training_figure(history, SETTINGS))
    assert (f"{reason} at 4 of 6" in shown) == (reason in ("early stopping", "time limit"))


def test_a_frozen_encoder_is_shown():
    history = pd.DataFrame({"step": [2, 4, 6], "train_loss": [3, 2, 1], "val_loss": [3, 2, 1]})
    assert "encoder frozen to 4" in _svg(training_figure(history, SETTINGS | {"freeze_steps": 4}))
    assert "frozen" not in _svg(training_figure(history, SETTINGS))


NODES = pd.DataFrame(
    {"frame": [0, 1, 3, 0, 1], "track": [1, 1, 1, 2, 2], "y_px": [0.0, 3, 3, 9, 9], "x_px": [0.0, 4, 8, 9, 9]}
)


def test_speeds_by_hand():
    values, unit = speeds(NODES, 0.5, 30)  # 5 px in half an hour; 4 px in an hour; still
    assert sorted(values) == [0, 2, 5] and unit == "µm/h"
    values, unit = speeds(NODES, None, None)
    assert sorted(values) == [0, 2, 5] and unit == "px/frame"


CELLS = pd.DataFrame(
    [(0, 1, 10.0, 1.0, 0.1), (0, 2, 12.0, 2.0, 0.5), (1, 1, 300.0, 3.0, np.nan)],
    columns=["frame", "label", "area_um2", "mean_intensity_c0", "eccentricity"],
)
FRAMES = pd.DataFrame({"frame": [0, 1], "cells": [2, 1], "confluence": [0.5, 0.25]})


def test_measurements_have_units_and_medians():
    svg = _svg(measurement_figure(CELLS, FRAMES, NODES, pixel_um=0.5, frame_min=30))
    for text in ("area [µm²]", "median 12", "time [h]", "speed [µm/h]", "3 steps", "2 cells"):
        assert text in svg


def test_stills_have_no_time_and_no_speed():
    svg = _svg(measurement_figure(CELLS, FRAMES, None, pixel_um=0.5, frame_min=30))
    assert "time [h]" not in svg and "speed" not in svg


def test_nothing_measured():
    assert "no frames" in _svg(measurement_figure(CELLS[:0], FRAMES[:0], None, pixel_um=None, frame_min=None))
    empty = FRAMES.assign(cells=0, confluence=np.nan)
    assert "no cells" in _svg(measurement_figure(CELLS[:0], empty, NODES[:0], pixel_um=None, frame_min=None))
