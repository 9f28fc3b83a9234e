"""Draw truth and model on the images that score worst.

Inputs: image, labels, truth (OME-Zarr), images (parquet)
Outputs: figure (png)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.ngff import label_names, open_image, open_labels
from cellweave.formats.tables import read_table
from cellweave.report.cases import Compared, worst_cases
from cellweave.report.movies import CELLS, overview_level
from cellweave.report.overlay import encode


def main(*, image: Path, labels: Path, truth: Path, images: Path, figure: Path) -> None:
    """Draw the worst rows of `images` into `figure`; silver truth is complete where both are there."""
    level, names = overview_level(labels / CELLS), label_names(truth)
    name = "silver" if "silver" in names else "gold" if "gold" in names else names[0]
    stores = Compared(
        image=open_image(image),
        labels=open_labels(labels),
        truth=open_labels(truth, name),
        coarse_labels=open_labels(labels, level=level),
        coarse_truth=open_labels(truth, name, level),
    )
    content = encode([worst_cases(stores, read_table(images))], figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            truth=Path(snakemake.input.truth),
            images=Path(snakemake.input.images),
            figure=Path(snakemake.output.figure),
        )
