"""Gather the objects of all blocks of a sequence, numbered from 1 in each frame.

Inputs: image store (for extent and scale), names and tables of all blocks, calibration of the model (json).
Outputs: label store with a pyramid, table of objects.
"""

from pathlib import Path

from cellweave.core.grid import Tile
from cellweave.core.logs import log_to
from cellweave.core.progress import bar
from cellweave.formats.ngff import open_array, open_image, read_scale, write_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.segment.bands import Bands
from cellweave.segment.blocks import OBJECTS, number_objects, numbered
from cellweave.segment.confidence import probability, read_calibration


def main(
    *, image: Path, labels: list[Path], objects: list[Path], calibration: Path | None, store: Path, table: Path
) -> None:
    """Write the label store and the table of objects, whose score is a probability where there is a calibration."""
    frames, _, height, width = open_image(image).shape
    numbers = number_objects([read_table(path) for path in objects])
    names = Bands([open_array(path) for path in labels], frames)
    with write_labels(store, shape=(frames, height, width), scale=read_scale(image)) as written:
        cells = written["cells"]
        tiles = [Tile(rows.start, rows.stop, columns.start, columns.stop) for rows, columns in cells.files()]
        with bar(f"gather {store.parent.parent.name}/{store.parent.name}", frames * len(tiles), "tile") as shown:
            for frame, tile, found in numbered(names, numbers, tiles, frames):
                cells[frame, tile.y0 : tile.y1, tile.x0 : tile.x1] = found
                shown.update()
    if calibration is not None and (fitted := read_calibration(calibration)) is not None:
        numbers["score"] = probability(numbers, fitted)
    write_table(numbers[list(OBJECTS)].astype(OBJECTS), table)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            labels=[Path(path) for path in snakemake.input.labels],
            objects=[Path(path) for path in snakemake.input.objects],
            calibration=Path(snakemake.input.calibration[0]) if snakemake.input.get("calibration") else None,
            store=Path(snakemake.output.labels),
            table=Path(snakemake.output.objects),
        )
