"""Simulate a movie of dividing cells with exact truth, in the layout of the Cell Tracking Challenge.

Outputs: a folder with <sequence>, <sequence>_GT/SEG, <sequence>_GT/TRA (markers = whole masks) and <sequence>_ST/SEG.
"""

import zlib
from pathlib import Path

import numpy as np

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.ctc import digits_of, write_image, write_mask, write_tracks
from cellweave.simulate.movie import Movie


def main(*, folder: Path, sequence: str, simulation: dict, seed: int) -> None:
    """Write one movie; `simulation` holds the parameters of `Movie`, `sequence` also sets the random numbers."""
    movie = Movie(np.random.default_rng([seed, zlib.crc32(sequence.encode())]), **simulation)
    digits = digits_of(len(movie))
    with whole(folder) as part:
        truth = part / f"{sequence}_GT"
        for frame, (image, labels) in enumerate(progress(movie, f"simulate {sequence}", unit="frame")):
            name = f"{frame:0{digits}}.tif"
            write_image(image, part / sequence / f"t{name}")
            write_mask(labels, truth / "SEG" / f"man_seg{name}")
            write_mask(labels, truth / "TRA" / f"man_track{name}")
            write_mask(labels, part / f"{sequence}_ST" / "SEG" / f"man_seg{name}")
        write_tracks(movie.tracks(), truth / "TRA" / "man_track.txt")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            folder=Path(snakemake.output.folder),
            sequence=snakemake.wildcards.sequence,
            simulation=snakemake.params.simulation,
            seed=snakemake.params.seed,
        )
