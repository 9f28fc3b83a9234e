"""Segment a sequence with a model from elsewhere, through its adapter.

Inputs: image store, table of frames, the model's own weights (if it needs any).
Outputs: label store with a pyramid, table of objects.
"""

from pathlib import Path

import pandas as pd

from cellweave.core.devices import own_device
from cellweave.core.logs import log_to
from cellweave.core.progress import bar
from cellweave.formats.ngff import open_image, read_scale, write_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.segment.blocks import check_planar
from cellweave.segment.foreign import Setting, segment_frames


def main(
    *,
    image: Path,
    frames_table: Path,
    weights: Path | None,
    adapter: str,
    options: dict,
    device: str,
    threads: int,
    store: Path,
    table: Path,
) -> None:
    """Write the label store and the table of objects."""
    pixels, scale = open_image(image), read_scale(image)
    check_planar(pixels)
    frames = read_table(frames_table)
    setting = Setting(adapter, options, weights, device, threads, scale.pixel_um)
    segment = setting.open()
    tables = []
    shape = pixels.shape[0], *pixels.shape[2:]
    title = f"{adapter} {image.parent.parent.name}/{image.parent.name}"
    with write_labels(store, shape=shape, scale=scale) as written, bar(title, shape[0], "frame") as shown:
        for frame, (labels, objects) in enumerate(segment_frames(pixels, frames, segment)):
            written["cells"][frame] = labels
            tables.append(objects)
            shown.update()
    write_table(pd.concat(tables, ignore_index=True), table)


if __name__ == "__main__":
    with log_to(snakemake.log[0]), own_device(snakemake.params.device):
        main(
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames),
            weights=Path(snakemake.input.weights[0]) if snakemake.input.get("weights") else None,
            adapter=snakemake.params.adapter,
            options=snakemake.params.options,
            device=snakemake.params.device,
            threads=snakemake.threads,
            store=Path(snakemake.output.labels),
            table=Path(snakemake.output.objects),
        )
