"""Compare rules of what to annotate next: learning curves, and gains over random choice at equal cost.

Inputs: tables (tsv) of simulate_annotator, one per data set.
Outputs: summary (tsv), figure (svg).
"""

from pathlib import Path

import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.correct.annotator import against_random
from cellweave.report.figures import render
from cellweave.report.learning import learning_figure


def main(*, tables: list[Path], summary: Path, figure: Path) -> None:
    """Write `summary` and `figure` of all `tables`."""
    table = pd.concat([pd.read_csv(path, sep="\t") for path in tables], ignore_index=True)
    gains = pd.concat([against_random(table, cost) for cost in ("tiles", "cells")], ignore_index=True)
    with whole(summary) as part:
        gains.round(4).to_csv(part, sep="\t", index=False)
    with whole(figure) as part:
        part.write_bytes(render(learning_figure(table), figure.suffix))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            tables=[Path(path) for path in snakemake.input.tables],
            summary=Path(snakemake.output.summary),
            figure=Path(snakemake.output.figure),
        )
