"""Draw scores against the share of labels that networks were trained on.

Inputs: scores (tsv)
Outputs: figure (svg or png), table (tsv: dataset metric start share value)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores
from cellweave.report.budget import budget_figure, budget_table
from cellweave.report.figures import render


def main(*, scores: Path, shares: dict[str, float], starts: dict[str, str], figure: Path, table: Path) -> None:
    """Draw the models in `shares`, by what they started from."""
    found = budget_table(read_scores(scores), shares, starts)
    content = render(budget_figure(found), figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)
    with whole(table) as part:
        found.to_csv(part, sep="\t", index=False)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            scores=Path(snakemake.input.scores),
            shares=snakemake.params.shares,
            starts=snakemake.params.starts,
            figure=Path(snakemake.output.figure),
            table=Path(snakemake.output.table),
        )
