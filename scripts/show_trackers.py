"""Print how trackers compare: the last lines of `make tracking`.

Inputs: scores (tsv), and confidence.tsv beside it
Outputs: none but the terminal
"""

import sys
from pathlib import Path

import pandas as pd

from cellweave.formats.scores import read_scores
from cellweave.report.metrics import NO_TRACKER, as_text

METRICS = ("LNK", "BC1", "CT", "TF", "TRA", "CHOTA")


def main(*, scores: Path, figure: Path) -> None:
    """Print the rows of `scores` that have a tracker, and `figure` as a path to click on."""
    table = read_scores(scores)
    text = as_text(table[table["tracker"] != NO_TRACKER], METRICS, digits=4)
    sure = pd.read_csv(scores.with_name("confidence.tsv"), sep="\t", keep_default_na=False)
    sys.stdout.write(f"\n{text}\n\nAs sure as right?\n{sure.to_string(index=False)}\n\nfigure: {figure.resolve()}\n")


if __name__ == "__main__":
    main(scores=Path(sys.argv[1]), figure=Path(sys.argv[2]))
