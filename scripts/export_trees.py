"""Export the lineage for TrackMate and as Newick trees.

Inputs: objects, nodes, tracks (parquet)
Outputs: trackmate (XML), newick (one tree per founder)
"""

from pathlib import Path

import numpy as np

from cellweave.core.logs import log_to
from cellweave.formats.newick import write_newick
from cellweave.formats.tables import read_table
from cellweave.formats.trackmate import write_trackmate
from cellweave.track.lineage import edges_of


def main(*, objects: Path, nodes: Path, tracks: Path, trackmate: Path, newick: Path) -> None:
    """Write `nodes` and `tracks` to `trackmate` and `newick`."""
    found, lineage, area = read_table(nodes), read_table(tracks), read_table(objects)["area_px"]
    radius = float(np.sqrt(area.median() / np.pi)) if len(area) else 1.0
    write_trackmate(trackmate, found, edges_of(found, lineage), radius_px=radius)
    write_newick(newick, lineage)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            objects=Path(snakemake.input.objects),
            nodes=Path(snakemake.input.nodes),
            tracks=Path(snakemake.input.tracks),
            trackmate=Path(snakemake.output.trackmate),
            newick=Path(snakemake.output.newick),
        )
