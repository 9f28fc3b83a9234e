"""Draw the learning curve over rounds of corrections.

Inputs: scores (tsv)
Outputs: figure (svg or png)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores
from cellweave.report.figures import render
from cellweave.report.learning import rounds_figure, rounds_table


def main(*, scores: Path, rounds: dict[str, list], figure: Path) -> None:
    """Draw the models in `rounds` (model -> network, round) into `figure`."""
    content = render(rounds_figure(rounds_table(read_scores(scores), rounds)), figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            scores=Path(snakemake.input.scores),
            rounds=snakemake.params.rounds,
            figure=Path(snakemake.output.figure),
        )
