"""Print the main scores and where the report lies: the last lines of `make demo`.

Inputs: scores (tsv)
Outputs: none but the terminal
"""

import sys
from pathlib import Path

from cellweave.formats.scores import read_scores
from cellweave.report.metrics import as_text


def main(*, scores: Path, report: Path) -> None:
    """Print `scores` as a table, and `report` as a path to click on."""
    sys.stdout.write(f"\n{as_text(read_scores(scores))}\n\nreport: {report.resolve()}\n")


if __name__ == "__main__":
    main(scores=Path(sys.argv[1]), report=Path(sys.argv[2]))
