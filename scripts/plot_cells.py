"""Pack the cells of one run for the report's viewer: outlines, tracks, measurements.

Inputs: frames (json, by plot_frames), labels (OME-Zarr), objects, cells, nodes and tracks (parquet; the last two only
    where tracked)
Outputs: figure (json)
"""

import json
from pathlib import Path

from cellweave.core.files import read_json, whole
from cellweave.core.logs import log_to
from cellweave.formats.ngff import levels, open_labels
from cellweave.formats.tables import read_table
from cellweave.report.overlay import flat
from cellweave.report.viewer import viewer_cells

CELLS = "cells"


def main(
    *,
    frames: Path,
    labels: Path,
    objects: Path,
    cells: Path,
    nodes: Path | None,
    tracks: Path | None,
    budget: int,
    figure: Path,
) -> None:
    """Write the outlines, tracks and measurements of a run, of at most about `budget` bytes, into `figure`."""
    film, level, keys = read_json(frames), 0, ["frame", "label"]
    side = film["scale"] * max(film["height"], film["width"])
    while level + 1 < levels(labels / CELLS) and max(open_labels(labels, level=level + 1).shape[-2:]) >= side:
        level += 1
    found = open_labels(labels, level=level)
    table = read_table(cells).merge(read_table(objects)[[*keys, "score", "area_px"]], on=keys, suffixes=("_full", ""))
    if nodes is not None:
        linked = read_table(nodes)
        extra = [name for name in ("track", "confidence") if name in linked]
        table = table.merge(linked[[*keys, *extra]], on=keys)
    content = viewer_cells(
        lambda frame: flat(found[frame]),
        film["height"] / found.shape[-2],
        film,
        table,
        None if tracks is None else read_table(tracks),
        budget,
    )
    with whole(figure) as part:
        part.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        nodes, tracks = (snakemake.input.get(name) for name in ("nodes", "tracks"))
        main(
            frames=Path(snakemake.input.frames),
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            cells=Path(snakemake.input.cells),
            nodes=Path(nodes) if nodes else None,
            tracks=Path(tracks) if tracks else None,
            budget=int(snakemake.params.budget),
            figure=Path(snakemake.output.figure),
        )
