"""Make the foreground and marker maps of one block of a sequence with a threshold and a distance transform.

Inputs: image store, table of frames.
Outputs: maps of the block, uint8 ``(t, 2, y, X)``.
"""

from pathlib import Path

from cellweave.core.grid import block_of
from cellweave.core.logs import log_to
from cellweave.core.units import in_pixels
from cellweave.formats.ngff import open_image, read_scale, write_array
from cellweave.formats.tables import read_table
from cellweave.segment.blocks import check_planar, chunks_of, extent_of, predict_block
from cellweave.segment.classical import Classical


def main(*, image: Path, frames_table: Path, classical: dict, block: int, blocks: int, tile: int, maps: Path) -> None:
    """Write the maps of block `block` of `blocks`."""
    settings = Classical.of(in_pixels(classical, read_scale(image).pixel_um, image.parent))
    pixels = open_image(image)
    check_planar(pixels)
    extent = block_of(block, blocks, frames=pixels.shape[0], height=pixels.shape[2])
    shape = extent_of(extent, pixels.shape[3], channels=2)
    with write_array(maps, shape=shape, dtype="uint8", chunks=chunks_of(shape)) as written:
        predict_block(
            pixels,
            read_table(frames_table),
            extent,
            written,
            lambda plane: settings.model(plane.read, plane.shape),
            tile=tile,
            zoom=1,
            title=f"threshold {image.parent.parent.name}/{image.parent.name}",
        )


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames),
            classical=snakemake.params.classical,
            block=snakemake.params.block,
            blocks=snakemake.params.blocks,
            tile=snakemake.params.tile,
            maps=Path(snakemake.output.maps),
        )
