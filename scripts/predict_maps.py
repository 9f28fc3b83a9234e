"""Predict the maps of one block of a sequence with a network.

Inputs: image store, table of frames, checkpoint.
Outputs: maps of the block, uint8 ``(t, channels, y, X)``.
"""

from pathlib import Path

from cellweave.core.devices import own_device
from cellweave.core.grid import block_of
from cellweave.core.logs import log_to
from cellweave.formats.background import Background
from cellweave.formats.ngff import open_image, write_array
from cellweave.formats.tables import read_table
from cellweave.learn.networks import device_of, load_network
from cellweave.segment.blocks import check_planar, chunks_of, extent_of, predict_block
from cellweave.segment.maps import network_model


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
    symmetries: int,
    device: str,
    threads: int,
    maps: Path,
) -> None:
    """Write the maps of block `block` of `blocks`."""
    pixels, frames = open_image(image), read_table(frames_table)
    check_planar(pixels)
    model = network_model(load_network(checkpoint, device_of(device)), threads, symmetries=symmetries)
    extent = block_of(block, blocks, frames=pixels.shape[0], height=pixels.shape[2])
    shape = extent_of(extent, pixels.shape[3], channels=model.channels)
    with write_array(maps, shape=shape, dtype="uint8", chunks=chunks_of(shape)) as written:
        predict_block(
            pixels,
            frames,
            extent,
            written,
            lambda plane: model,
            tile=tile,
            zoom=zoom,
            skip_constant=skip_constant,
            background=Background(image, frames, flatten) if flatten else None,
            title=f"predict {image.parent.parent.name}/{image.parent.name}",
        )


if __name__ == "__main__":
    with log_to(snakemake.log[0]), own_device(snakemake.params.device):
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
            symmetries=snakemake.params.symmetries,
            device=snakemake.params.device,
            threads=snakemake.threads,
            maps=Path(snakemake.output.maps),
        )
