"""Simulate a mosaic of camera fields, a still image of any size, field by field.

Outputs: an OME-Zarr image ``(1, 1, Y, X)``.
"""

from pathlib import Path

from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.ngff import write_image
from cellweave.simulate.mosaic import FIELD, Mosaic


def main(*, image: Path, size: int, seed: int) -> None:
    """Write a mosaic of `size` pixels a side."""
    mosaic = Mosaic(seed, size)
    with write_image(image, shape=(1, 1, size, size), dtype="uint16") as store:
        for top, left in progress(mosaic.fields(), f"simulate {size}", total=(-(-size // FIELD)) ** 2, unit="field"):
            store[0, 0, top : min(top + FIELD, size), left : min(left + FIELD, size)] = mosaic.field(top, left)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.output.image),
            size=int(snakemake.wildcards.sequence),
            seed=snakemake.params.seed,
        )
