"""An annotator who is only asked, rules of what to ask, and what they are worth at equal cost."""

import numpy as np
import pandas as pd
import pytest

from cellweave.correct.annotator import RULES, Annotator, against_random, at_cost, choose
from cellweave.correct.tiles import UNKNOWN, Patch


def truth() -> np.ndarray:
    """Two whole cells in tile (0, 0), one that the border to (0, 1) cuts, nothing below."""
    labels = np.zeros((16, 16), np.int32)
    labels[1:3, 1:3], labels[4:6, 1:3], labels[3:6, 6:10] = 1, 2, 3
    return labels


def test_a_tile_costs_the_cells_in_it_and_tells_nothing_else():
    annotator = Annotator([truth()], 8)
    assert len(annotator.places()) == 4
    drawn = annotator.draw(Patch(0, 0, 0, 8))
    assert annotator.cells == 3 and set(np.unique(drawn)) == {UNKNOWN, 0, 1, 2}, "the cut cell costs, and is unknown"
    assert (annotator.draw(Patch(0, 8, 0, 8)) == 0).all() and annotator.cells == 3
    assert annotator.places() == [Patch(0, 0, 8, 8), Patch(0, 8, 8, 8)]
    firsts = [Annotator([truth()], 8).first(1, np.random.default_rng(seed)) for seed in range(5)]
    assert firsts == 5 * [[Patch(0, 0, 0, 8)]], "the only tile with a whole cell"


@pytest.mark.parametrize("rule", RULES)
def test_rules_never_look_at_the_truth_nor_ask_twice(rule):
    rng = np.random.default_rng(0)
    answers, looks = [rng.random((3, 2, 16, 16)).astype(np.float32)], [rng.random((2, 2, 2))]
    chosen = []
    for labels in (truth(), np.zeros((16, 16), np.int32)):
        annotator = Annotator([labels], 8)
        annotator.draw(Patch(0, 0, 0, 8))
        chosen.append(choose(rule, annotator, answers, looks, 2, np.random.default_rng(1)))
    assert chosen[0] == chosen[1] and len(set(chosen[0])) == 2 and Patch(0, 0, 0, 8) not in chosen[0]


def test_each_rule_finds_what_it_is_meant_to_find():
    answers = np.zeros((2, 2, 16, 16), np.float32)
    answers[:, 0, :8, 8:] = 0.5  # all members are unsure here
    looks = np.zeros((1, 2, 2))
    looks[0, 1, 1] = 9  # like nothing else
    annotator = Annotator([truth()], 8)
    annotator.draw(Patch(0, 0, 0, 8))

    def best(rule: str, step: int = 1) -> Patch:
        return choose(rule, annotator, [answers[..., ::step, ::step]], [looks], 1, np.random.default_rng(0))[0]

    assert best("doubt") == best("doubt", step=2) == Patch(0, 0, 8, 8)
    assert best("diverse") == Patch(0, 8, 8, 8)


def test_gains_are_measured_at_equal_cost_and_paired():
    rows = []
    for seed, base in enumerate((0.1, 0.3, 0.5)):
        for step in range(5):
            rows.append(("a", seed, "random", 1 + step, 10 * step, base + 0.05 * step))
            rows.append(("a", seed, "doubt", 1 + step, 20 * step, base + 0.1 * step))
    table = pd.DataFrame(rows, columns=["dataset", "seed", "rule", "tiles", "cells", "score"])
    tiles = against_random(table, "tiles").set_index("rule")
    assert tiles.loc["doubt", "gain"] == pytest.approx(0.1) and tiles.loc["doubt", "wins"] == 3
    assert tiles.loc["doubt", "low"] == pytest.approx(0.1)  # the same gain in all seeds: no spread
    cells = against_random(table, "cells").set_index("rule")
    assert cells.loc["doubt", "gain"] == pytest.approx(0), "what was bought with more cells is no gain"
    assert at_cost(table, "cells")["score"].iloc[0] == pytest.approx(0.2)  # over 0 to 40 cells
