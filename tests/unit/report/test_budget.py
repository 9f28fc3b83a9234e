import pandas as pd

from cellweave.report.budget import budget_figure, budget_table
from cellweave.report.figures import render

SHARES = {"scratch-10": 0.1, "scratch-100": 1.0, "start-100": 1.0}
STARTS = {"scratch-10": "random weights", "scratch-100": "random weights", "start-100": "imagenet"}


def scores(rows):
    columns = ["dataset", "sequence", "model", "tracker", "metric", "value", "n"]
    return pd.DataFrame([("a", "01", model, "-", metric, value, 5) for model, metric, value in rows], columns=columns)


def test_each_score_stands_at_its_share_and_start():
    rows = [("start-100", "SEG", 0.9), ("scratch-100", "SEG", 0.8), ("scratch-10", "SEG", 0.4), ("other", "SEG", 1.0)]
    table = budget_table(scores([*rows, ("start-100", "DET", 1.0), ("start-100", "F1", None)]), SHARES, STARTS)
    assert table.to_numpy().tolist() == [
        ["a", "SEG", "imagenet", 1.0, 0.9],
        ["a", "SEG", "random weights", 0.1, 0.4],
        ["a", "SEG", "random weights", 1.0, 0.8],
    ]
    svg = render(budget_figure(table), ".svg").decode()
    assert "random weights, 10% of labels: 0.400" in svg and "a, SEG" in svg


def test_nothing_to_draw_is_said():
    assert "No curve" in render(budget_figure(budget_table(scores([]), {}, {})), ".svg").decode()
