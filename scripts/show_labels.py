"""Print what networks reach on a share of the labels, and on each kind of truth: the last lines of `make labels`.

Inputs: scores (tsv), table of shares (tsv), figure
Outputs: none but the terminal
"""

import sys
from pathlib import Path

import pandas as pd

from cellweave.formats.scores import read_scores
from cellweave.report.metrics import as_text

KINDS = ("gold", "silver", "both")
METRICS = ("SEG", "SEG_ST", "F1")


def main(*, scores: Path, table: Path, figure: Path) -> None:
    """Print both tables, and `figure` as a path to click on."""
    curve = pd.read_csv(table, sep="\t")
    curve = curve.pivot_table(index=["dataset", "metric", "start"], columns="share", values="value")
    found = read_scores(scores)
    kinds = as_text(found[found["model"].isin(KINDS)], METRICS)
    sys.stdout.write(f"\n{curve.round(3).to_string()}\n\n{kinds}\n\nfigure: {figure.resolve()}\n")


if __name__ == "__main__":
    main(scores=Path(sys.argv[1]), table=Path(sys.argv[2]), figure=Path(sys.argv[3]))
