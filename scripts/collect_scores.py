"""Put the scores of all sequences, models and trackers into one table, and where they are lost into another.

Inputs: parts (tsv), attributions (parquet)
Outputs: scores, attribution (tsv)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores, write_scores
from cellweave.formats.tables import read_table
from cellweave.score.table import KEYS, collected


def main(*, parts: list[Path], attributions: list[Path], scores: Path, attribution: Path) -> None:
    """Write all rows of `parts` to `scores`, and all of `attributions` to `attribution`, sorted."""
    write_scores(collected(read_scores(part) for part in parts), scores)
    lost = pd.concat([pd.DataFrame(columns=KEYS), *(read_table(path) for path in attributions)], ignore_index=True)
    write_scores(lost.sort_values(KEYS, ignore_index=True), attribution)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            parts=[Path(part) for part in snakemake.input.parts],
            attributions=[Path(part) for part in snakemake.input.attributions],
            scores=Path(snakemake.output.scores),
            attribution=Path(snakemake.output.attribution),
        )
