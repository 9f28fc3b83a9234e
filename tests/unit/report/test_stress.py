"""Curves of trackers under stress: one per tracker, over what was done to the detections."""

import pandas as pd

from cellweave.report.stress import KINDS, stress_figure

KEYS = ["dataset", "sequence", "model"]


def test_curves_run_over_the_amount():
    conditions = pd.DataFrame(
        [["a", "01", "silver", "every", 1], ["a", "01-x4", "silver", "every", 4], ["a", "01-x2", "silver", "every", 2]],
        columns=[*KEYS, "kind", "amount"],
    )
    scores = conditions[KEYS].assign(tracker="weave", metric="LNK", value=[0.9, 0.7, 0.8], n=9)
    bystander = scores[:1].assign(tracker="-", metric="DET")
    axes = stress_figure(pd.concat([scores, bystander]), conditions).axes
    assert len(axes) == 2 * len(KINDS)
    (curve,) = axes[0].lines
    assert curve.get_xydata().tolist() == [[1, 0.9], [2, 0.8], [4, 0.7]]
    assert [ax.get_xlabel() for ax in axes[-4:]] == list(KINDS.values())


def test_nothing_under_stress():
    none = pd.DataFrame(columns=[*KEYS, "tracker", "metric", "value", "n"])
    figure = stress_figure(none, pd.DataFrame(columns=[*KEYS, "kind", "amount"]))
    assert "No tracker" in figure.findobj(lambda item: hasattr(item, "get_text") and item.get_text())[0].get_text()
