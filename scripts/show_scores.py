"""Print the main scores, where trackings lose theirs, and where the report lies: the last lines of `make demo`.

Inputs: scores (tsv), and attribution.tsv beside it, and leaderboard.tsv if the run made one
Outputs: none but the terminal
"""

import sys
from pathlib import Path

import pandas as pd

from cellweave.formats.scores import read_scores
from cellweave.report.metrics import as_text, losses_as_text, ranks_as_text


def main(*, scores: Path, report: Path) -> None:
    """Print `scores` and what is lost as tables, and `report` as a path to click on."""
    lost = pd.read_csv(scores.with_name("attribution.tsv"), sep="\t", dtype={"sequence": str})
    sys.stdout.write(f"\n{as_text(read_scores(scores))}\n")
    if len(lost):
        sys.stdout.write(f"\nWhere TRA is lost (95 % intervals: bootstrap over frames)\n{losses_as_text(lost)}\n")
    if (ranks := scores.with_name("leaderboard.tsv")).exists():
        known = ranks_as_text(pd.read_csv(ranks, sep="\t"))
        sys.stdout.write(f"\nBest ranks among published scores\n{known}\n")
    sys.stdout.write(f"\nreport: {report.resolve()}\n")


if __name__ == "__main__":
    main(scores=Path(sys.argv[1]), report=Path(sys.argv[2]))
