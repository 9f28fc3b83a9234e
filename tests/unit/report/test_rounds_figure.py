"""The learning curve over rounds of corrections."""

import pandas as pd

from cellweave.report.figures import render
from cellweave.report.learning import rounds_figure, rounds_table

ROUNDS = {"unet": ("unet", 0), "unet-r1": ("unet", 1)}


def scores(*rows):
    return pd.DataFrame(
        [("d", *row, 3) for row in rows],
        columns=["dataset", "sequence", "model", "tracker", "metric", "value", "n"],
    )


def test_rounds_are_means_over_sequences_of_segmentation():
    table = rounds_table(
        scores(
            ("02", "unet-r1", "-", "SEG", 0.9),
            ("01", "unet-r1", "-", "SEG", 0.7),
            ("01", "unet", "-", "SEG", 0.5),
            ("02", "unet", "-", "SEG", None),
            ("01", "unet", "weave", "SEG", 0.1),
            ("01", "other", "-", "SEG", 0.2),
            ("01", "unet", "-", "DET", 1.0),
        ),
        ROUNDS,
    )
    assert table.round(9).to_numpy().tolist() == [["d", "SEG", "unet", 0, 0.5], ["d", "SEG", "unet", 1, 0.8]]
    svg = render(rounds_figure(table), ".svg").decode()
    assert "unet, round 1: 0.800" in svg and "d, SEG" in svg and "round of corrections" in svg


def test_nothing_corrected_is_said():
    assert "No learning curve" in render(rounds_figure(rounds_table(scores(), {})), ".svg").decode()
