"""Print what rules of annotation gain: the last lines of `make annotator`.

Inputs: summary (tsv)
Outputs: none but the terminal
"""

import sys
from pathlib import Path

import pandas as pd


def main(*, summary: Path, figure: Path) -> None:
    """Print `summary`, and `figure` as a path to click on."""
    sys.stdout.write(f"\n{pd.read_csv(summary, sep=chr(9)).to_string(index=False)}\n\nfigure: {figure.resolve()}\n")


if __name__ == "__main__":
    main(summary=Path(sys.argv[1]), figure=Path(sys.argv[2]))
