"""Time the bare network next to the whole of reading, tiling, network, blending and writing, on the same tiles.

Inputs: image store, table of frames, checkpoint
Outputs: comparisons (tsv: task, input, seconds, peer, peer_seconds, note, ratio = share of the bare rate)
"""

import math
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cellweave.core.devices import own_device
from cellweave.core.files import whole
from cellweave.core.grid import Block
from cellweave.core.logs import log_to
from cellweave.formats.ngff import open_image, write_array
from cellweave.formats.tables import read_table
from cellweave.learn.networks import device_of, load_network
from cellweave.scale.timing import Comparison, as_table, fastest
from cellweave.segment.blocks import chunks_of, predict_block
from cellweave.segment.maps import network_model
from cellweave.segment.tiles import Model, Part

REPEATS = 2


def main(
    *, image: Path, frames_table: Path, checkpoint: Path, tile: int, device: str, threads: int, rows: int, table: Path
) -> None:
    """Compare on the first `rows` rows of the first frame of `image`."""
    pixels, frames = open_image(image), read_table(frames_table)
    model = network_model(load_network(checkpoint, device_of(device)), threads)
    height, width = pixels.shape[-2:]
    block, seen = Block(0, 1, 0, min(rows, height)), []
    shape = (1, model.channels, block.y1, width)

    def watch(views: list[np.ndarray], part: Part) -> list[np.ndarray]:
        seen.append((views, part))
        return model.predict(views, part)

    def predict(own: Model) -> None:
        with (
            TemporaryDirectory(dir=table.parent) as folder,
            write_array(Path(folder) / "maps", shape=shape, dtype="uint8", chunks=chunks_of(shape)) as maps,
        ):
            predict_block(pixels, frames, block, maps, lambda plane: own, tile=tile, zoom=1, title="predict")

    predict(replace(model, within=watch))
    bare = fastest(lambda: [model.predict(*view) for view in seen], REPEATS)
    whole_seconds = fastest(lambda: predict(model), REPEATS)
    covered, given = block.y1 * width, sum(view.size for views, _ in seen for view in views)
    asked = sum(len(views) * math.prod(last - first for first, last in part) for views, part in seen)
    per_pixel = f"{asked / covered:.2f} predicted and {given / covered:.2f} seen per px"
    described = f"{covered / 1e6:.1f} Mpx in tiles of {tile}, {per_pixel}"
    with whole(table) as part:
        as_table([Comparison("predict", described, whole_seconds, "bare network", bare)]).to_csv(
            part, sep="\t", index=False
        )


if __name__ == "__main__":
    with log_to(snakemake.log[0]), own_device(snakemake.params.device):
        main(
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames),
            checkpoint=Path(snakemake.input.checkpoint),
            tile=snakemake.params.tile,
            device=snakemake.params.device,
            threads=snakemake.threads,
            rows=snakemake.params.rows,
            table=Path(snakemake.output.table),
        )
