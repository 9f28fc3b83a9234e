"""Time measuring, labelling and storing next to other programs, on one mosaic.

Inputs: image and label store of a still image, its table of objects, the maps it was labelled from
Outputs: comparisons (tsv: task, input, seconds, peer, peer_seconds, note, ratio)
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cellweave.core.files import remove, whole
from cellweave.core.grid import Tile
from cellweave.core.logs import log_to
from cellweave.core.units import in_pixels
from cellweave.formats.arrays import SHARD, create, open_array
from cellweave.formats.ngff import open_image, open_labels, read_scale
from cellweave.formats.tables import read_table
from cellweave.measure.shape import measure
from cellweave.scale import peers
from cellweave.scale.timing import Comparison, as_table, compare
from cellweave.segment.bands import Bands
from cellweave.segment.instances import Rule, label_rows

OBJECTS = 50_000
LABELLED, STORED = 2048, 8192
"""Sides of what is labelled and stored [px], at most."""
LEVEL = 128


def main(*, image: Path, labels: Path, objects: Path, maps: list[Path], instances: dict, table: Path) -> None:
    """Compare on the first frame of `image`."""
    rule = Rule.of(in_pixels(instances, read_scale(image).pixel_um, image.parent))
    rows = [
        *_measuring(image, labels, len(read_table(objects))),
        *_labelling(Bands([open_array(path) for path in maps], 1), rule),
        *_storing(open_image(image)[0, 0, :STORED, :STORED], table.parent),
    ]
    with whole(table) as part:
        as_table(rows).to_csv(part, sep="\t", index=False)


def _measuring(image: Path, labels: Path, count: int) -> list[Comparison]:
    side = round(open_labels(labels).shape[-1] * min(1, OBJECTS / count) ** 0.5)
    ids, light = open_labels(labels)[0, :side, :side], open_image(image)[0, 0, :side, :side]
    described = f"{len(np.unique(ids)) - 1} objects, {side} x {side} px"
    own = {"regionprops_table": lambda: peers.regionprops(ids, light)}
    return compare("measure", described, lambda: measure(ids, light[None]), own)


def _labelling(maps: Bands, rule: Rule) -> list[Comparison]:
    side = min(LABELLED, maps.height)
    crop = maps.read(0, Tile(0, side, 0, side))

    def label() -> None:
        for _ in label_rows(lambda t: crop[:, t.y0 : t.y1, t.x0 : t.x1], 0, side, (side, side), rule):
            pass

    described = f"{side} x {side} px"
    return compare("label", described, label, {"dask_image": lambda: peers.dask_label(crop[0] >= LEVEL, 512)})


def _storing(pixels: np.ndarray, folder: Path) -> list[Comparison]:
    """Compare whole writes and reads; every write goes to a name that is not taken."""
    with TemporaryDirectory(dir=folder) as temporary:
        own, other = Path(temporary) / "own", Path(temporary) / "other"

        def write() -> None:
            remove(own)
            array = create(own, shape=pixels.shape, dtype=pixels.dtype)
            for rows, columns in array.files():
                array[rows, columns] = pixels[rows, columns]

        described = f"{pixels.shape[0]} x {pixels.shape[1]} px of {pixels.dtype}, files of {SHARD}"
        written = compare(
            "write", described, write, {"zarr-python": lambda: peers.zarr_default(pixels, other)}, peer_repeats=3
        )
        read = {"zarr-python": lambda: peers.zarr_read(other)}
        return written + compare("read", described, lambda: open_array(own)[:], read, peer_repeats=3)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            maps=[Path(path) for path in snakemake.input.maps],
            instances=snakemake.params.instances,
            table=Path(snakemake.output.table),
        )
