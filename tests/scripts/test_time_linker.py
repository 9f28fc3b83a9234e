"""Crowds whose links are known, and what is written about the time they take."""

from itertools import pairwise

import numpy as np
import pandas as pd

import time_linker
import time_scores
from cellweave.scale.crowd import crowd, drawn
from cellweave.track.linker import link_cells


def test_a_crowd_keeps_its_size_and_is_linked_as_it_was_made():
    made = list(crowd(400, 6, np.random.default_rng(3)))
    assert all(380 <= len(table) <= 420 for table, _ in made)
    starts = np.cumsum([0, *(len(table) for table, _ in made)])
    offsets = [0, *starts[:-2]]
    parts = [np.where(source < 0, -1, source + start) for (_, source), start in zip(made, offsets, strict=True)]
    before = np.concatenate(parts)
    true = {(int(a), int(b)) for b, a in enumerate(before) if a >= 0}
    divided = sum(np.count_nonzero(np.bincount(source[source >= 0], minlength=1) == 2) for _, source in made)
    assert divided > 10
    nodes, tracks = link_cells(pd.concat([table for table, _ in made], ignore_index=True))
    parent = dict(zip(tracks["track"], tracks["parent"], strict=True))
    found = set()
    for track, rows in nodes.groupby("track"):
        chain = rows.index.tolist()
        found |= set(pairwise(chain))
        if parent[track]:
            found.add((int(nodes.index[(nodes["track"] == parent[track])][-1]), chain[0]))
    assert len(found & true) > 0.97 * len(true)


def test_small_discs_lie_over_large_ones():
    cells = pd.DataFrame({"y_px": [10.0, 10.0], "x_px": [10.0, 12.0], "area": [30.0, 300.0]})
    image = drawn(cells, np.array([7, 9]), (24, 24))
    assert image[10, 10] == 7 and image[10, 16] == 9 and image[0, 0] == 0


def test_the_linker_is_timed_and_scores_are_compared(tmp_path):
    time_linker.main(sizes=[[50, 12]], seed=1, table=tmp_path / "linker.tsv")
    row = pd.read_csv(tmp_path / "linker.tsv", sep="\t").iloc[0]
    assert row["frames"] == 12 and 500 < row["detections"] < 700
    assert 0 < row["us_per_detection"] < 1e5
    time_scores.main(cells=25, frames=4, side=256, seed=1, table=tmp_path / "scores.tsv")
    rows = pd.read_csv(tmp_path / "scores.tsv", sep="\t").set_index("peer")
    assert rows.loc["py-ctcmetrics", "ratio"] > 1
