"""Draw how scores of trackers fall under stress.

Inputs: scores (tsv)
Outputs: figure (svg or png)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores
from cellweave.report.figures import render
from cellweave.report.stress import stress_figure


def main(*, scores: Path, conditions: list[dict], figure: Path) -> None:
    """Draw the trackers in `scores` over `conditions` (dataset, sequence, model, kind, amount) into `figure`."""
    table = pd.DataFrame(conditions, columns=["dataset", "sequence", "model", "kind", "amount"])
    content = render(stress_figure(read_scores(scores), table), figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            scores=Path(snakemake.input.scores),
            conditions=[dict(condition) for condition in snakemake.params.conditions],
            figure=Path(snakemake.output.figure),
        )
