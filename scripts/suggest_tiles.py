"""Suggest the tiles of a sequence that are most worth correcting: the model doubts them, and they are of many kinds.

Inputs: image store, table of frames, checkpoint, label store of the same model, folders that were corrected before.
Outputs: folder of tiles (see `cellweave.formats.corrections`).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.devices import own_device
from cellweave.core.grid import Tile
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.correct.tiles import SHORTLIST, Patch, doubt, ranked, spread_out, tile_means
from cellweave.formats.background import Background
from cellweave.formats.corrections import COLUMNS, read_tiles, write_tiles
from cellweave.formats.ngff import open_image, open_labels, read_scale
from cellweave.formats.tables import read_table
from cellweave.learn.features import pixel_features
from cellweave.learn.networks import device_of, load_network
from cellweave.segment.blocks import Plane, check_planar
from cellweave.segment.maps import network_model
from cellweave.segment.tiles import LEVELS, Model, mirrored, predict_plane

MIRRORS = ("", "y", "x")
BAND_PX = 1024
"""Rows that are looked at together, about."""


def main(
    *,
    image: Path,
    frames_table: Path,
    checkpoint: Path,
    labels: Path,
    corrected: list[Path],
    tile: int,
    zoom: float,
    flatten: float | None,
    setting: dict,
    stills: bool,
    device: str,
    threads: int,
    folder: Path,
) -> None:
    """Write `tiles` doubted tiles of a side of `tile_px`, unlike each other, out of at most `frames` frames."""
    pixels, table, found = open_image(image), read_table(frames_table), open_labels(labels)
    check_planar(pixels)
    model = network_model(load_network(checkpoint, device_of(device)), threads)
    side, background = setting["tile_px"], Background(image, table, flatten) if flatten else None
    frames = np.unique(np.linspace(0, len(table) - 1, min(setting["frames"], len(table))).round().astype(int)).tolist()
    planes = {frame: Plane.of(pixels, table, frame, background) for frame in range(len(table))}
    means = [
        mean_doubt(planes[frame], model, side, tile=tile, zoom=zoom)
        for frame in progress(frames, f"doubt {image.parent.name}", unit="frame")
    ]
    taken = [Patch(*map(int, row[1:5])) for done in corrected for row, _ in read_tiles(done)]
    apart = 0 if stills else len(table) // (2 * setting["tiles"])
    shortlist = ranked(means, frames, side, count=SHORTLIST * setting["tiles"], taken=taken, apart=apart)
    look, known = ([look_of(planes[patch.frame], patch) for patch in some] for some in (dict(shortlist), taken))
    chosen = [shortlist[number] for number in sorted(spread_out(np.array(look), np.array(known), setting["tiles"]))]
    places = [(patch.frame, *patch.region(planes[patch.frame].shape)) for patch, _ in chosen]
    rows = [(number, patch.frame, patch.y0, patch.x0, side, value) for number, (patch, value) in enumerate(chosen)]
    write_tiles(
        folder,
        [pixels[frame, :, rows, columns] for frame, rows, columns in places],
        [found[frame, rows, columns] for frame, rows, columns in places],
        pd.DataFrame(rows, columns=COLUMNS),
        read_scale(image),
    )


def mean_doubt(plane: Plane, model: Model, side: int, *, tile: int, zoom: float) -> np.ndarray:
    """Return the mean doubt of each tile of a plane, band by band."""
    height, width = plane.shape
    rows = max(1, BAND_PX // side) * side
    bands = []
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        views = np.zeros((len(MIRRORS), model.channels, bottom - top, width), np.uint8)
        for view, mirror in zip(views, MIRRORS, strict=True):
            seen = mirrored(model, mirror)
            for part, maps in predict_plane(plane.read, (top, bottom), plane.shape, seen, tile=tile, zoom=zoom):
                view[:, part.y0 - top : part.y1 - top, part.x0 : part.x1] = maps
        bands.append(tile_means(doubt(views.astype(np.float32) / LEVELS), side))
    return np.concatenate(bands)


def look_of(plane: Plane, patch: Patch) -> np.ndarray:
    """Return what a tile looks like: the mean of each feature of its pixels, ``(F,)``."""
    rows, columns = patch.region(plane.shape)
    return pixel_features(plane.read(Tile(rows.start, rows.stop, columns.start, columns.stop))).mean(axis=(1, 2))


if __name__ == "__main__":
    with log_to(snakemake.log[0]), own_device(snakemake.params.device):
        main(
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames),
            checkpoint=Path(snakemake.input.checkpoint),
            labels=Path(snakemake.input.labels),
            corrected=[Path(path) for path in snakemake.input.get("corrected", [])],
            tile=snakemake.params.tile,
            zoom=snakemake.params.zoom,
            flatten=snakemake.params.flatten,
            setting=dict(snakemake.params.setting),
            stills=snakemake.params.stills,
            device=snakemake.params.device,
            threads=snakemake.threads,
            folder=Path(snakemake.output.folder),
        )
