"""Flag what goes wrong with the pictures of a movie: drift, jumps, flashes, bleaching.

Inputs: image (store), frames_table (parquet: mean per frame)
Outputs: stability (parquet, one row per frame)
"""

import logging
from pathlib import Path

from cellweave.core.logs import log_to
from cellweave.formats.ngff import levels, open_image
from cellweave.formats.tables import read_table, write_table
from cellweave.measure.stability import FLAGS, frame_stability

logger = logging.getLogger(__name__)

LARGEST_SIDE = 1024  # finer levels of the store tell no more about the stage


def main(*, image: Path, frames_table: Path, stability: Path) -> None:
    """Describe the frames of `image` (its middle slice, for volumes), and warn of those that are flagged."""
    pyramid = [open_image(image, level) for level in range(levels(image))]
    coarse = next((level for level in pyramid if max(level.shape[-2:]) <= LARGEST_SIDE), pyramid[-1])
    middle = () if coarse.ndim == 4 else (coarse.shape[2] // 2,)
    table = frame_stability(
        lambda frame: coarse[(frame, 0, *middle)],
        read_table(frames_table)["mean"].to_numpy(),
        factor=pyramid[0].shape[-1] / coarse.shape[-1],
    )
    for flag, meaning in FLAGS.items():
        if found := table.loc[table[flag], "frame"].tolist():
            logger.warning("%s: %s in %d frames, from frame %d on", image.parent, meaning, len(found), found[0])
    write_table(table, stability)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames),
            stability=Path(snakemake.output.stability),
        )
