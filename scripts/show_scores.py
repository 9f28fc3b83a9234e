"""Print the main scores, where trackings lose theirs, and where the report lies: the last lines of `make benchmark`.

Inputs: scores (tsv), and attribution.tsv beside it, and leaderboard.tsv if the run made one; published scores (tsv)
Outputs: none but the terminal
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from cellweave.formats.scores import read_published, read_scores
from cellweave.report.benchmark import NOTE, benchmark_tables
from cellweave.report.metrics import NOTHING, aligned, losses_as_text, markdown, ranks_as_text


def main(*, scores: Path, report: Path, published: Path, as_markdown: bool = False) -> None:
    """Print the tables of a benchmark; for a terminal also what is lost, ranks, and `report` as a path to click on."""
    lost = pd.read_csv(scores.with_name("attribution.tsv"), sep="\t", dtype={"sequence": str})
    tables = benchmark_tables(read_scores(scores), lost, read_published(published))
    if as_markdown:
        sys.stdout.write("\n\n".join([*map(markdown, tables), NOTE]) + "\n")
        return
    sys.stdout.write("\n" + "\n\n".join([*map(aligned, tables), NOTE] if tables else [NOTHING]) + "\n")
    if len(lost):
        sys.stdout.write(f"\nWhere TRA is lost (95 % intervals: bootstrap over frames)\n{losses_as_text(lost)}\n")
    if (ranks := scores.with_name("leaderboard.tsv")).exists():
        known = ranks_as_text(pd.read_csv(ranks, sep="\t"))
        sys.stdout.write(f"\nBest ranks among published scores\n{known}\n")
    sys.stdout.write(f"\nreport: {report.resolve()}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scores", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("published", type=Path)
    parser.add_argument("--markdown", action="store_true", help="tables for a README on GitHub, and nothing else")
    asked = parser.parse_args()
    main(scores=asked.scores, report=asked.report, published=asked.published, as_markdown=asked.markdown)
