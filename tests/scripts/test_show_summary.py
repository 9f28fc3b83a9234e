"""show_summary and tabulate_runs: what a run made, counted by hand, on one screen."""

import logging
import os
import time
import warnings

import pandas as pd
import pytest

import show_summary
import tabulate_runs
from cellweave.core.errors import InputError
from cellweave.core.logs import log_to
from cellweave.core.summary import MOST_LINES, duration, one_screen


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("results/report/tables", "results/score", "logs/infer", "benchmarks/infer/label_cells/unet"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def runs(folder):
    """Two runs of one movie of three frames: a mother of two, and the same cells untracked."""
    pd.DataFrame({"frame": [0, 1, 2, 2], "label": [1, 1, 1, 2], "area_um2": [8.0, 8.0, 4.0, 4.0]}).to_parquet(
        "c.parquet"
    )
    pd.DataFrame({"frame": [0, 1, 2], "cells": [1, 1, 2], "confluence": [0.1] * 3}).to_parquet("f.parquet")
    rows = [(1, 0, 1, 0), (2, 2, 2, 1), (3, 2, 2, 1)]
    pd.DataFrame(rows, columns=["track", "begin", "end", "parent"]).to_parquet("t.parquet")
    table = folder / "results/report/tables/runs.tsv"
    tabulate_runs.main(
        runs=[["hela", "01", "unet", "weave"], ["hela", "01", "forest", "-"]],
        cells=[folder / "c.parquet"] * 2,
        frames=[folder / "f.parquet"] * 2,
        tracks=[folder / "t.parquet"],
        table=table,
    )
    return table


def test_runs_are_counted(runs):
    found = pd.read_csv(runs, sep="\t", dtype={"sequence": str})
    tracked = dict(found.loc[0])
    assert (tracked["frames"], tracked["cells"], tracked["cells_first"], tracked["cells_last"]) == (3, 4, 1, 2)
    assert (tracked["tracks"], tracked["divisions"], tracked["median_track_frames"]) == (3, 1, 1)
    assert tracked["median_area_um2"] == 6
    assert pd.isna(found.loc[1, "tracks"])


def test_the_screen_says_what_was_found_scored_and_warned(runs, folder):
    rows = [("-", "SEG", 0.8125, 4), ("weave", "TRA", 0.9, 4), ("weave", "BC1", 1.0, 1)]
    scores = pd.DataFrame(rows, columns=["tracker", "metric", "value", "n"])
    scores.insert(0, "model", "unet")
    scores.insert(0, "sequence", "01")
    scores.insert(0, "dataset", "hela")
    scores.to_csv("results/score/scores.tsv", sep="\t", index=False)
    (folder / "benchmarks/infer/label_cells/unet/01.tsv").write_text("s\th:m:s\n75.5\t0:01:15\n")
    for frame in (3, 14):
        with log_to(folder / f"logs/infer/{frame}.log"):
            logging.getLogger("cellweave").warning("frame %d of %s is blank", frame, folder)
            warnings.warn(f"old function {frame}", FutureWarning, stacklevel=1)
    (folder / "results/report/report.html").write_text("")
    said = show_summary.main(since=time.time() - 60, planned=["scores rest on frames that a model has seen"])
    assert "1 jobs in 1 min 0 s" in said and "1 min 16 s  label_cells unet/01" in said
    assert "hela/01  unet + weave   4 cells in 3 frames, 3 tracks, 1 divisions   SEG 0.812  TRA 0.900" in said
    assert "2 x frame 14 of" in said and "2 x FutureWarning: old function 14" in said
    assert "scores rest on frames that a model has seen" in said
    assert str(folder / "results/report/report.html") in said and "snakemake napari | bundle | movies | crate" in said
    assert len((folder / "logs/warnings.txt").read_text().splitlines()) >= 4
    assert max(map(len, said.splitlines())) < 180 and len(said.splitlines()) < 24


def test_what_failed_is_said_again_with_what_to_do(folder):
    with pytest.raises(SystemExit), log_to(folder / "logs/infer/a.log"):
        raise InputError("no image", where="in/x.tif", todo="put one there")
    said = show_summary.main(since=time.time() - 60, planned=[])
    assert "no image" in said and "put one there" in said and "a.log" in said and "Traceback" not in said


def test_warnings_of_earlier_runs_are_kept_but_not_said_again(folder):
    with log_to(folder / "logs/infer/old.log"):
        logging.getLogger("cellweave").warning("long ago")
    os.utime("logs/infer/old.log", (0, 0))
    assert "long ago" not in show_summary.main(since=time.time() - 60, planned=[])
    assert "long ago" in (folder / "logs/warnings.txt").read_text()


def test_it_stays_one_screen():
    said = one_screen({"found": [f"run {number}" for number in range(1000)]}).splitlines()
    assert len(said) == MOST_LINES + 1 and said[-1].strip() == f"and {1000 - MOST_LINES} more"


def test_times_as_people_say_them():
    assert [duration(s) for s in (3.4, 185, 7620)] == ["3 s", "3 min 5 s", "2 h 7 min"]
