"""Draw the reliability diagram of a model on a sequence.

Inputs: reliability (parquet)
Outputs: figure (svg or png)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.tables import read_table
from cellweave.report.figures import render
from cellweave.report.reliability import reliability_figure


def main(*, reliability: Path, figure: Path) -> None:
    """Draw `reliability` into `figure`."""
    content = render(reliability_figure(read_table(reliability)), figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(reliability=Path(snakemake.input.reliability), figure=Path(snakemake.output.figure))
