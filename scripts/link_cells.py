"""Link the cells of a sequence into tracks.

Inputs: image, labels (stores), objects (parquet: frame, label, area_px, y_px, x_px), cells (parquet: measurements),
    weights (YAML from fit_costs, optional)
Outputs: nodes (parquet: frame, label, track, y_px, x_px, confidence), tracks (parquet: track, begin, end, parent)
"""

from pathlib import Path
from typing import Any

import yaml

from cellweave.core.logs import log_to
from cellweave.formats.ngff import open_image, open_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.track.movie import Movie, detected
from cellweave.track.run import run_tracker
from cellweave.track.weights import Weights


def main(
    *,
    image: Path,
    labels: Path,
    objects: Path,
    cells: Path,
    weights: Path | None,
    tracker: dict[str, Any],
    nodes: Path,
    tracks: Path,
    reference_frames: int | None = None,
) -> None:
    """Link `objects`, whose masks are in `labels`, in `image` with `tracker` into `nodes` and `tracks`."""
    found = detected(read_table(objects), read_table(cells))
    if weights is not None:
        tracker = tracker | {"weights": Weights.of(yaml.safe_load(weights.read_text()), weights)}
    linked, lineage = run_tracker(tracker, Movie(found, open_labels(labels), open_image(image), reference_frames))
    write_table(linked, nodes)
    write_table(lineage, tracks)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            cells=Path(snakemake.input.cells),
            weights=Path(snakemake.input.weights) if snakemake.input.get("weights") else None,
            tracker=dict(snakemake.params.tracker),
            nodes=Path(snakemake.output.nodes),
            tracks=Path(snakemake.output.tracks),
            reference_frames=snakemake.params.reference_frames,
        )
