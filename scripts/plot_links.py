"""Draw the links that a tracker got wrong, worst first.

Inputs: image, labels, truth (OME-Zarr), nodes, tracks, links (parquet)
Outputs: figure (png)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.ngff import open_image, open_labels
from cellweave.formats.tables import read_table
from cellweave.report.errors import NO_TRUTH, Judged, worst_links
from cellweave.report.overlay import Tracking, encode, note


def main(*, image: Path, labels: Path, truth: Path, nodes: Path, tracks: Path, links: Path, figure: Path) -> None:
    """Draw the wrong ones of `links` into `figure`."""
    judged = read_table(links)
    picture = note(NO_TRUTH)
    if len(judged):
        tracking = Tracking.of(read_table(nodes), read_table(tracks))
        movie = Judged(open_image(image), open_labels(labels), open_labels(truth, "markers"), tracking)
        picture = worst_links(movie, judged)
    content = encode([picture], figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            truth=Path(snakemake.input.truth),
            nodes=Path(snakemake.input.nodes),
            tracks=Path(snakemake.input.tracks),
            links=Path(snakemake.input.links),
            figure=Path(snakemake.output.figure),
        )
