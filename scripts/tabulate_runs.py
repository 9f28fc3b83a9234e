"""Tabulate what was found in every run: frames, cells, their size, tracks, divisions.

Inputs: cells, frames (parquet, one of each per run), tracks (parquet, one per tracked run)
Outputs: table (tsv)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.tables import read_table

AREAS = ("area_um2", "area_px")


def main(*, runs: list[list[str]], cells: list[Path], frames: list[Path], tracks: list[Path], table: Path) -> None:
    """Write `table`, one row per run.

    `runs` are dataset, sequence, model and tracker ("-" for none), in the order of `cells` and `frames`; `tracks` are
    those of the runs that have a tracker, in the same order.
    """
    tracked = iter(tracks)
    rows = []
    for names, measured, counted in zip(runs, cells, frames, strict=True):
        row = dict(zip(("dataset", "sequence", "model", "tracker"), names, strict=True))
        rows.append(row | _cells(read_table(measured), read_table(counted)))
        if row["tracker"] != "-":
            rows[-1] |= _tracks(read_table(next(tracked)))
    found = pd.DataFrame(rows)
    counts = found.columns.intersection(["tracks", "divisions", "median_track_frames"])
    with whole(table) as part:
        found.astype(dict.fromkeys(counts, "Int64")).to_csv(part, sep="\t", index=False, float_format="%.6g")


def _cells(measured: pd.DataFrame, counted: pd.DataFrame) -> dict[str, float]:
    in_time = counted.sort_values("frame")["cells"]
    found = {"frames": len(in_time), "cells": len(measured)}
    found |= {"cells_first": in_time.iloc[0], "cells_last": in_time.iloc[-1]}
    return found | {f"median_{name}": measured[name].median() for name in AREAS if name in measured}


def _tracks(tracks: pd.DataFrame) -> dict[str, int]:
    """A division is a track with two or more that follow it."""
    followers = tracks.loc[tracks["parent"] > 0, "parent"].value_counts()
    length = (tracks["end"] - tracks["begin"] + 1).median() if len(tracks) else 0
    return {"tracks": len(tracks), "divisions": int((followers > 1).sum()), "median_track_frames": int(length)}


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            runs=[list(run) for run in snakemake.params.runs],
            cells=[Path(file) for file in snakemake.input.cells],
            frames=[Path(file) for file in snakemake.input.frames],
            tracks=[Path(file) for file in snakemake.input.tracks],
            table=Path(snakemake.output.table),
        )
