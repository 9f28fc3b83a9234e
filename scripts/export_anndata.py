"""Export cells by features, with the keys of their lineage, for single-cell tools.

Inputs: image (store, for the scale), cells, detections, lives (parquet)
Outputs: table (AnnData in zarr)
"""

from pathlib import Path

from cellweave.core.logs import log_to
from cellweave.formats.annotated import write_cells
from cellweave.formats.ngff import read_scale
from cellweave.formats.tables import read_table


def main(*, image: Path, cells: Path, detections: Path, lives: Path, names: dict[str, str], table: Path) -> None:
    """Write the measurements in `cells` with the lineage in `detections` and `lives` to `table`."""
    write_cells(
        table, read_table(cells), read_table(detections), read_table(lives), scale=read_scale(image), names=names
    )


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            cells=Path(snakemake.input.cells),
            detections=Path(snakemake.input.detections),
            lives=Path(snakemake.input.lives),
            names=dict(snakemake.wildcards.items()),
            table=Path(snakemake.output.table),
        )
