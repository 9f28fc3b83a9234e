"""Turn corrected tiles of a sequence into truth that is known in these tiles only.

Inputs: image store (for its scale), table of frames, folders of corrected tiles of all rounds so far.
Outputs: truth store (gold; -1 where nobody looked), table of frames that says which have it.
"""

from pathlib import Path

from cellweave.core.logs import log_to
from cellweave.correct.tiles import Patch, partial_labels
from cellweave.formats.corrections import read_tiles
from cellweave.formats.ngff import open_image, read_scale, write_labels
from cellweave.formats.tables import read_table, write_table


def main(*, image: Path, frames_table: Path, tiles: list[Path], truth: Path, frames: Path) -> None:
    """Write what the folders in `tiles` say to `truth`, and `frames_table` with its column gold to `frames`."""
    pixels, table = open_image(image), read_table(frames_table)
    known: dict[int, list] = {}
    for row, labels in (pair for folder in tiles for pair in read_tiles(folder)):
        known.setdefault(int(row.frame), []).append((Patch(*map(int, row[1:5])), labels))
    shape = (len(table), *pixels.shape[-2:])
    with write_labels(truth, names=["gold"], shape=shape, scale=read_scale(image)) as stores:
        for frame, patches in sorted(known.items()):
            stores["gold"][frame] = partial_labels(shape[1:], patches)
    flags = {"gold": table["frame"].isin(list(known)), "silver": False, "markers": False}
    write_table(table.assign(**flags, gold_z=table["gold_z"] * 0 - 1), frames)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            image=Path(snakemake.input.image),
            frames_table=Path(snakemake.input.frames_table),
            tiles=[Path(path) for path in snakemake.input.tiles],
            truth=Path(snakemake.output.truth),
            frames=Path(snakemake.output.frames),
        )
