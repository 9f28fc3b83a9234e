"""Take over the lineage of a result that was made elsewhere, on the same objects.

Inputs: folder (RES: maskTTT.tif, res_track.txt; or an OME-Zarr store whose ids are tracks), labels (store), objects
    (parquet)
Outputs: nodes, tracks (parquet)
"""

from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.ngff import open_labels
from cellweave.formats.results import open_result
from cellweave.formats.tables import read_table, write_table
from cellweave.track.given import given_nodes, unnamed_lineage


def main(*, folder: Path, labels: Path, objects: Path, part: list[float] | None, nodes: Path, tracks: Path) -> None:
    """Write the lineage in `folder` of the objects in `labels` to `nodes` and `tracks`; tracks keep their numbers."""
    cells = open_labels(labels)
    result = open_result(folder, len(cells), part)
    steps = progress(range(len(cells)), f"import {folder.name}", unit="frame")
    found = pd.concat([given_nodes(cells[frame], result.read(frame), frame) for frame in steps], ignore_index=True)
    found = found.merge(read_table(objects)[["frame", "label", "y_px", "x_px"]], on=["frame", "label"], how="left")
    lineage = result.tracks
    if lineage is None:
        found, lineage = unnamed_lineage(found)
    write_table(found.assign(confidence=np.nan), nodes)
    write_table(lineage, tracks)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            folder=Path(snakemake.input.folder),
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            part=snakemake.params.frames,
            nodes=Path(snakemake.output.nodes),
            tracks=Path(snakemake.output.tracks),
        )
