"""Predict the foreground and marker maps of one block of a sequence with a pixel forest.

Inputs: image store, table of frames, forest.
Outputs: maps of the block, uint8 ``(t, 2, y, X)``.
"""

from pathlib import Path

from cellweave.core.grid import block_of
from cellweave.core.logs import log_to
from cellweave.formats.background import Background
from cellweave.formats.ngff import open_image, write_array
from cellweave.formats.tables import read_table
from cellweave.learn.forest import load_forest
from cellweave.segment.blocks import check_planar, chunks_of, extent_of, predict_block
from cellweave.segment.tiles import Model


def main(
    *,
    image: Path,
    frames_table: Path,
    checkpoint: Path,
    block: int,
    blocks: int,
    tile: int,
    zoom: float,
    flatten: float | None,
    skip_constant: bool,
    threads: int,
    maps: Path,
) -> None:
    """Write the maps of block `block` of `blocks`."""
    pixels, frames = open_image(image), read_table(frames_table)
    check_planar(pixels)
    forest = load_forest(checkpoint)
    extent = block_of(block, blocks, frames=pixels.shape[0], height=pixels.shape[2])
    shape = extent_of(extent, pixels.shape[3], channels=2)
    with write_array(maps, shape=shape, dtype="uint8", chunks=chunks_of(shape)) as written:
        predict_block(
            pixels,
            frames,
            extent,
            written,
            lambda plane: Model(forest.maps, halo=forest.halo),
            tile=tile,
            zoom=zoom,
            skip_constant=skip_constant,
            background=Background(image, frames, flatten) if flatten else None,
            title=f"classify {image.parent.parent.name}/{image.parent.name}",
            workers=threads,
        )


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames),
            checkpoint=Path(snakemake.input.checkpoint),
            block=snakemake.params.block,
            blocks=snakemake.params.blocks,
            tile=snakemake.params.tile,
            zoom=snakemake.params.zoom,
            flatten=snakemake.params.flatten,
            skip_constant=snakemake.params.skip_constant,
            threads=snakemake.threads,
            maps=Path(snakemake.output.maps),
        )
