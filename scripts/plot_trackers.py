"""Draw trackers side by side.

Inputs: scores (tsv)
Outputs: figure (svg or png)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.scores import read_scores
from cellweave.report.comparison import comparison_figure
from cellweave.report.figures import render


def main(*, scores: Path, figure: Path) -> None:
    """Draw the trackers in `scores` into `figure`."""
    content = render(comparison_figure(read_scores(scores)), figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(scores=Path(snakemake.input.scores), figure=Path(snakemake.output.figure))
