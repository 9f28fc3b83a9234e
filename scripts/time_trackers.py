"""Time the linker next to other trackers, on the cells of one movie.

Inputs: image, labels (stores), objects (parquet: frame, label, area_px, y_px, x_px)
Outputs: comparisons (tsv: task, input, seconds, peer, peer_seconds, note, ratio)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.ngff import open_image, open_labels
from cellweave.formats.tables import read_table
from cellweave.scale.timing import as_table, compare
from cellweave.track.movie import Movie
from cellweave.track.run import run_tracker

PEERS = ("trackpy", "laptrack")


def main(*, image: Path, labels: Path, objects: Path, table: Path) -> None:
    """Compare on all frames; reading how labels overlap, which the others do not use, counts as ours."""
    found = read_table(objects).rename(columns={"area_px": "area"})

    def track(kind: str) -> None:
        run_tracker({"kind": kind}, Movie(found, open_labels(labels), open_image(image)))

    rows = compare(
        "link",
        f"{len(found)} detections in {found['frame'].nunique()} frames",
        lambda: track("weave"),
        {kind: lambda kind=kind: track(kind) for kind in PEERS},
        repeats=1,
    )
    with whole(table) as part:
        as_table(rows).to_csv(part, sep="\t", index=False)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            table=Path(snakemake.output.table),
        )
