"""Draw a sequence as a moving picture: outlines and trails in the colour of their track.

Inputs: image, labels (OME-Zarr), nodes and tracks (parquet, only where tracked)
Outputs: figure (gif, webp or mp4)
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.report.movies import FRAMES_PER_SECOND, open_movie, write_mp4
from cellweave.report.overlay import animation, encode

SIDE_PX, MOST_FRAMES = 768, 300


def main(*, image: Path, labels: Path, nodes: Path | None, tracks: Path | None, figure: Path) -> None:
    """Draw `labels` on `image` over time into `figure`: all frames, or 300 of them evenly spread."""
    pictures = animation(open_movie(image, labels, nodes, tracks), side=SIDE_PX, most=MOST_FRAMES)
    with whole(figure) as part:
        if figure.suffix == ".mp4":
            write_mp4(pictures, part)
        else:
            part.write_bytes(encode(pictures, figure.suffix, 1 / FRAMES_PER_SECOND))


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
