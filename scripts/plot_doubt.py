"""Draw the frame in which the model is least sure, outlines in the colour of their score.

Inputs: image, labels (OME-Zarr), objects (parquet)
Outputs: figure (png)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.ngff import open_image, open_labels
from cellweave.formats.tables import read_table
from cellweave.report.cases import doubtful
from cellweave.report.movies import CELLS, overview_level
from cellweave.report.overlay import encode


def main(*, image: Path, labels: Path, objects: Path, figure: Path) -> None:
    """Draw the scores in `objects` into `figure`."""
    coarse = open_labels(labels, level=overview_level(labels / CELLS))
    content = encode([doubtful(open_image(image), open_labels(labels), coarse, read_table(objects))], figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            figure=Path(snakemake.output.figure),
        )
