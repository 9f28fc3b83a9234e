"""Put the scores of all sequences, models and trackers into one table.

Inputs: parts (tsv)
Outputs: scores (tsv)
"""

from pathlib import Path

from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores, write_scores
from cellweave.score.table import collected


def main(*, parts: list[Path], scores: Path) -> None:
    """Write all rows of `parts`, sorted, to `scores`."""
    write_scores(collected(read_scores(part) for part in parts), scores)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(parts=[Path(part) for part in snakemake.input.parts], scores=Path(snakemake.output.scores))
