"""Link the cells of a sequence into tracks.

Inputs: labels (store), objects (parquet: frame, label, area_px, y_px, x_px)
Outputs: nodes (parquet: frame, label, track, y_px, x_px), tracks (parquet: track, begin, end, parent)
"""

from pathlib import Path
from typing import Any

from cellweave.core.logs import log_to
from cellweave.formats.ngff import open_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.track.overlap import overlaps_of
from cellweave.track.trackers import run_tracker


def main(*, labels: Path, objects: Path, tracker: dict[str, Any], nodes: Path, tracks: Path) -> None:
    """Link `objects`, whose masks are in `labels`, with `tracker` into `nodes` and `tracks`."""
    cells = read_table(objects).rename(columns={"area_px": "area"})
    found, lineage = run_tracker(tracker, cells, overlaps_of(open_labels(labels)))
    write_table(found, nodes)
    write_table(lineage, tracks)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            tracker=dict(snakemake.params.tracker),
            nodes=Path(snakemake.output.nodes),
            tracks=Path(snakemake.output.tracks),
        )
