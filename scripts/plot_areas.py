"""Draw and tabulate the areas of the classes of a semantic model.

Inputs: image (for its scale), areas (parquet)
Outputs: figure (svg or png), table (tsv)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.ngff import read_scale
from cellweave.formats.tables import read_table
from cellweave.report.areas import area_figure, fractions
from cellweave.report.figures import render


def main(*, image: Path, areas: Path, figure: Path, table: Path) -> None:
    """Draw `areas` into `figure`, over time where that of the frames is known, and write them to `table`."""
    counted = read_table(areas)
    content = render(area_figure(counted, frame_min=read_scale(image).frame_min), figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)
    with whole(table) as part:
        fractions(counted).to_csv(part, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            areas=Path(snakemake.input.areas),
            figure=Path(snakemake.output.figure),
            table=Path(snakemake.output.table),
        )
