"""Turn the maps of a sequence into the objects of one of its blocks, named alike whatever the blocks.

Inputs: image store (for its scale), maps of all blocks, table of frames.
Outputs: names of the block's objects, int64 ``(t, y, X)``; table of the objects named after a pixel of the block.
"""

from pathlib import Path

from cellweave.core.grid import block_of
from cellweave.core.logs import log_to
from cellweave.core.units import in_pixels
from cellweave.formats.ngff import open_array, read_scale, write_array
from cellweave.formats.tables import read_table, write_table
from cellweave.segment.bands import Bands
from cellweave.segment.blocks import chunks_of, extent_of, label_block
from cellweave.segment.instances import Rule


def main(
    *,
    image: Path,
    maps: list[Path],
    frames_table: Path,
    instances: dict,
    block: int,
    blocks: int,
    labels: Path,
    objects: Path,
) -> None:
    """Write names and table of block `block` of `blocks`."""
    rule = Rule.of(in_pixels(instances, read_scale(image).pixel_um, image.parent))
    frames = read_table(frames_table)
    bands = Bands([open_array(path) for path in maps], len(frames))
    extent = block_of(block, blocks, frames=len(frames), height=bands.height)
    shape = extent_of(extent, bands.width)
    with write_array(labels, shape=shape, dtype="int64", chunks=chunks_of(shape)) as written:
        table = label_block(bands, frames, extent, written, rule, title=f"label block {block + 1} of {blocks}")
    write_table(table, objects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            maps=[Path(path) for path in snakemake.input.maps],
            frames_table=Path(snakemake.input.frames),
            instances=snakemake.params.instances,
            block=snakemake.params.block,
            blocks=snakemake.params.blocks,
            labels=Path(snakemake.output.labels),
            objects=Path(snakemake.output.objects),
        )
