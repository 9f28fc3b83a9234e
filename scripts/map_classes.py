"""Turn the maps of a semantic network into classes of pixels and the area of each class in each frame.

Inputs: image store (for its scale), truth store, table of frames, maps of all blocks.
Outputs: store of classes with a pyramid, table of areas.
"""

from pathlib import Path

from cellweave.core.grid import Tile
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.ngff import label_names, open_array, open_image, open_labels, read_scale, write_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.learn.sources import Source, known_labels
from cellweave.segment.bands import Bands
from cellweave.segment.classes import Areas, classes_of

NEAR = {"band_px": 16}  # what is known around the cells of sparse truth [px]


def main(
    *, image: Path, truth: Path, frames_table: Path, maps: list[Path], names: list[str], classes: Path, areas: Path
) -> None:
    """Write the class store and the table of areas, with the overlap with the truth where there is one."""
    pixels, frames = open_image(image), read_table(frames_table).set_index("frame")
    known = label_names(truth)
    kind = next((kind for kind in ("silver", "gold") if kind in known), None)
    source = None
    if kind is not None:
        markers = open_labels(truth, "markers") if kind == "gold" and "markers" in known else None
        source = Source(kind, pixels, open_labels(truth, kind), markers, frames, [], 1.0)
    bands, counted = Bands([open_array(path) for path in maps], len(frames)), Areas(names)
    shape = (len(frames), *pixels.shape[-2:])
    with write_labels(classes, names=("classes",), shape=shape, scale=read_scale(image)) as written:
        store = written["classes"]
        for frame in progress(frames.index, f"classes {classes.parent.parent.name}", unit="frame"):
            row = frames.loc[frame]
            for rows, columns in store.files():
                found = classes_of(bands.read(frame, Tile(rows.start, rows.stop, columns.start, columns.stop)))
                store[frame, rows, columns] = found
                inside = Tile(rows.start, min(rows.stop, row.height), columns.start, min(columns.stop, row.width))
                if inside.y0 < inside.y1 and inside.x0 < inside.x1:  # the rest pads a smaller still
                    found = found[: inside.y1 - inside.y0, : inside.x1 - inside.x0]
                    seen = source is not None and row[kind]
                    counted.add(found, known_labels(source, frame, inside, NEAR) if seen else None)
            counted.end(frame)
    write_table(counted.table(), areas)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            truth=Path(snakemake.input.truth),
            frames_table=Path(snakemake.input.frames),
            maps=[Path(path) for path in snakemake.input.maps],
            names=snakemake.params.names,
            classes=Path(snakemake.output.classes),
            areas=Path(snakemake.output.areas),
        )
