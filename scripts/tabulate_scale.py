"""Gather what the steps of the workflow took, from the last lines of their logs, and how other programs compare.

Inputs: tables of frames and of objects and agreements of all runs, comparisons; logs of the jobs (params.runs)
Outputs: scale (tsv, one row per step and sequence), comparisons (tsv)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.core.usage import read_usage
from cellweave.formats.tables import read_table
from cellweave.scale.exactness import Agreement
from cellweave.scale.growth import step_row


def main(
    *,
    runs: list[dict],
    frames: list[Path],
    objects: list[Path],
    agreements: list[Path],
    compared: list[Path],
    scale: Path,
    comparisons: Path,
) -> None:
    """Write `scale` and `comparisons`; `frames`, `objects` and `agreements` are in the order of `runs`."""
    rows = []
    for run, frames_table, objects_table, agreement in zip(runs, frames, objects, agreements, strict=True):
        extents = read_table(frames_table)
        seen = Agreement(**pd.read_csv(agreement, sep="\t").iloc[0].astype(int))
        for step, logs in run["steps"].items():
            usages = [read_usage(log) for log in logs]
            found = len(read_table(objects_table))
            rows.append(
                {"dataset": run["dataset"], "sequence": run["sequence"]} | step_row(step, extents, usages, found, seen)
            )
    for table, path in (
        (pd.DataFrame(rows), scale),
        (pd.concat([pd.read_csv(path, sep="\t") for path in compared]), comparisons),
    ):
        with whole(path) as part:
            table.to_csv(part, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            runs=snakemake.params.runs,
            frames=[Path(path) for path in snakemake.input.frames],
            objects=[Path(path) for path in snakemake.input.objects],
            agreements=[Path(path) for path in snakemake.input.agreements],
            compared=[Path(path) for path in snakemake.input.comparisons],
            scale=Path(snakemake.output.scale),
            comparisons=Path(snakemake.output.comparisons),
        )
