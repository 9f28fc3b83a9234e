"""Differences between labellings by hand, rows of the table, comparisons of programs that fail."""

import time

import numpy as np
import pandas as pd
import pytest

from cellweave.core.usage import Usage
from cellweave.report.figures import render
from cellweave.report.growth import growth_figure
from cellweave.scale.exactness import Agreement
from cellweave.scale.growth import memory_growth, step_row
from cellweave.scale.timing import as_table, compare


def counted(first, second):
    seen = Agreement()
    seen.add(np.array(first), np.array(second))
    return seen


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ([[7, 7, 0, 9, 9]], {}),  # other ids in the same order: the same labels
        ([[1, 2, 0, 3, 3]], {"split": 1}),
        ([[4, 4, 0, 4, 4]], {"merged": 1}),
        ([[2, 2, 0, 1, 1]], {"swapped": 1}),
        ([[1, 1, 1, 2, 2]], {"astray": 1}),
        ([[1, 0, 0, 2, 2]], {"astray": 1}),
    ],
)
def test_differences_by_hand(second, expected):
    seen = counted([[5, 5, 0, 8, 8]], second)
    assert {key: getattr(seen, key) for key in ("split", "merged", "swapped", "astray")} == {
        "split": 0, "merged": 0, "swapped": 0, "astray": 0, **expected
    }  # fmt: skip
    assert seen.exact is not bool(expected)
    assert seen.pixels == 5


def test_a_row_adds_up_the_jobs_of_a_step():
    frames = pd.DataFrame({"height": [1000, 500], "width": [2000, 2000]}, dtype="int32")
    row = step_row("label_cells", frames, [Usage(2, 3, 100), Usage(4, 3, 150)], 12, Agreement(split=1))
    assert row["megapixels"] == 3 and row["seconds_per_megapixel"] == 2 and row["cpu_seconds_per_megapixel"] == 2
    assert (row["jobs"], row["peak_mib"], row["objects"], row["split"]) == (2, 150, 12, 1)


def test_growth_of_memory_compares_the_largest_still_with_the_smallest():
    scale = pd.DataFrame(
        {
            "step": ["label", "label", "link", "label"],
            "sequence": ["9000", "200", "02", "50"],
            "megapixels": [81, 0.04, 5, 0.0025],
            "frames": [1, 1, 20, 1],
            "peak_mib": [330.0, 310.0, 99.0, 300.0],
        }
    )
    growth = memory_growth(scale)
    assert list(growth) == ["step", "50", "200", "9000", "growth"]
    assert growth.iloc[0, :4].tolist() == ["label", 300, 310, 330] and growth["growth"][0] == pytest.approx(0.1)


def test_peers_that_are_absent_or_fail_are_written_down_and_the_others_go_on():
    def absent():
        import no_such_module  # noqa: F401

    peers = {"absent": absent, "broken": lambda: 1 / 0, "slow": lambda: time.sleep(0.05)}
    table = as_table(compare("sleep", "nothing", lambda: time.sleep(0.01), peers)).set_index("peer")
    assert table.loc["absent", "note"] == "not installed: make extra NAME=peers"
    assert table.loc["broken", "note"] == "failed: ZeroDivisionError: division by zero"
    assert table["ratio"].isna().tolist() == [True, True, False] and table.loc["slow", "ratio"] > 1


def test_the_figure_says_what_is_in_the_tables():
    frames = [pd.DataFrame({"height": [side], "width": [side]}) for side in (1000, 4000)]
    rows = [
        {"dataset": "mosaic", "sequence": str(index)} | step_row(step, table, [Usage(4, 3, 321)], 12, Agreement())
        for index, table in enumerate(frames)
        for step in ("predict_maps", "label_cells")
    ]
    peers = pd.DataFrame(
        {"task": "measure", "input": "x", "seconds": 1.0, "peer": ["a", "b"], "peer_seconds": [90.0, None]}
    )
    content = render(growth_figure(pd.DataFrame(rows), peers.assign(ratio=peers["peer_seconds"])), ".svg").decode()
    for text in ("mosaic 1 (16 Mpx)", "measure: a", "peak memory [MiB]", "label"):
        assert text in content
    assert "measure: b" not in content
