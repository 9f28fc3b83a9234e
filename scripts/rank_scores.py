"""Rank the scores among published ones.

Inputs: scores, published, notes (tsv)
Outputs: leaderboard (tsv: dataset metric model tracker sequences value rank entries best_method best_published note)
"""

import logging
from pathlib import Path

import pandas as pd

from cellweave.core.logs import log_to
from cellweave.formats.scores import read_published, read_scores, write_scores
from cellweave.score.leaderboard import leaderboard

logger = logging.getLogger(__name__)


def main(*, scores: Path, published: Path, notes: Path, sequences: list[tuple[str, str]], ranks: Path) -> None:
    """Write the ranks of `scores` on whole `sequences` (dataset, name) to `ranks`."""
    said = pd.read_csv(notes, sep="\t", dtype=str)
    table = leaderboard(
        read_scores(scores), read_published(published), sequences, dict(zip(said["name"], said["note"], strict=True))
    )
    for row in table[table["rank"].isna()].itertuples():
        logger.warning("%s: %s", row.dataset, row.note)
    write_scores(table, ranks)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            scores=Path(snakemake.input.scores),
            published=Path(snakemake.input.published),
            notes=Path(snakemake.input.notes),
            sequences=[tuple(pair) for pair in snakemake.params.sequences],
            ranks=Path(snakemake.output.ranks),
        )
