"""Hold the scores against what a benchmark expects of them.

Inputs: scores (tsv)
Outputs: checked (tsv)
"""

import logging
from pathlib import Path

from cellweave.core.errors import InputError
from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores, write_scores
from cellweave.score.expected import compare, difference_text

logger = logging.getLogger(__name__)


def main(*, scores: Path, expected: list[dict], checked: Path) -> None:
    """Compare `scores` with `expected` into `checked`; scores that are missed or missing are an error."""
    table = compare(read_scores(scores), expected)
    if not table["passed"].all():
        raise InputError(
            f"{(~table['passed']).sum()} of {len(table)} scores are not as expected:\n{difference_text(table)}",
            where=scores,
            todo="find what changed; only then correct `expected` in the benchmark's configuration, and say why",
        )
    write_scores(table, checked)
    logger.info("%d scores are as expected", len(table))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            scores=Path(snakemake.input.scores),
            expected=list(snakemake.params.expected),
            checked=Path(snakemake.output.checked),
        )
