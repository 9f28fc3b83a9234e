"""Export the lineage as a graph in the GEFF format.

Inputs: labels (store, for the scale), nodes, tracks (parquet)
Outputs: lineage (GEFF)
"""

import os
from pathlib import Path

from cellweave.core.logs import log_to
from cellweave.formats.geff import read_lineage, write_lineage
from cellweave.formats.ngff import read_scale
from cellweave.formats.tables import read_table
from cellweave.track.lineage import edges_of


def main(*, labels: Path, nodes: Path, tracks: Path, lineage: Path) -> None:
    """Write the graph of `nodes` and `tracks` to `lineage` and check that it can be read."""
    found, families = read_table(nodes), read_table(tracks)
    cells = os.path.relpath(labels / "cells", lineage)
    scale = read_scale(labels)
    write_lineage(lineage, found, families, edges_of(found, families), pixel_um=scale.pixel_um, labels=cells)
    read_lineage(lineage)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            labels=Path(snakemake.input.labels),
            nodes=Path(snakemake.input.nodes),
            tracks=Path(snakemake.input.tracks),
            lineage=Path(snakemake.output.lineage),
        )
