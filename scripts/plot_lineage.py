"""Draw the lineage trees of a sequence.

Inputs: nodes, tracks (parquet)
Outputs: figure (svg or png)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.tables import read_table
from cellweave.report.figures import render
from cellweave.report.lineage import lineage_figure


def main(*, nodes: Path, tracks: Path, figure: Path) -> None:
    """Draw the trees of `tracks`, with gaps where `nodes` has none, into `figure`."""
    content = render(lineage_figure(read_table(nodes), read_table(tracks)), figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            nodes=Path(snakemake.input.nodes),
            tracks=Path(snakemake.input.tracks),
            figure=Path(snakemake.output.figure),
        )
