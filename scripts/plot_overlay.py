"""Draw cells with their outlines, in the colour of their track.

Inputs: image, labels (OME-Zarr), nodes and tracks (parquet, only where tracked)
Outputs: figure (png: up to four time points; gif or webp: a moving picture)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.report.movies import open_movie
from cellweave.report.overlay import animation, contact_sheet, encode


def main(*, image: Path, labels: Path, nodes: Path | None, tracks: Path | None, figure: Path) -> None:
    """Draw `labels` on `image` into `figure`; without `nodes`, a colour means one object of one frame."""
    movie = open_movie(image, labels, nodes, tracks)
    pictures = [contact_sheet(movie)] if figure.suffix == ".png" else animation(movie)
    content = encode(pictures, figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        nodes, tracks = (snakemake.input.get(name) for name in ("nodes", "tracks"))
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            nodes=Path(nodes) if nodes else None,
            tracks=Path(tracks) if tracks else None,
            figure=Path(snakemake.output.figure),
        )
