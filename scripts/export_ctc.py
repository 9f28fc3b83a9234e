"""Export tracked masks as the result folder one would submit to the Cell Tracking Challenge.

Inputs: labels (store), nodes, tracks (parquet)
Outputs: folder (RES: maskTTT.tif, res_track.txt), checked
"""

from pathlib import Path

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.ctc import check_result, digits_of, write_mask, write_tracks
from cellweave.formats.ngff import open_labels
from cellweave.formats.tables import read_table
from cellweave.track.lineage import check_masks_fit, paint


def main(*, labels: Path, nodes: Path, tracks: Path, folder: Path) -> None:
    """Write the masks of `labels`, renumbered by track, and the lineage into `folder`."""
    cells, found, lineage = open_labels(labels), read_table(nodes), read_table(tracks)
    check_masks_fit(lineage, where=tracks)
    digits, by_frame = digits_of(len(cells)), dict(list(found.groupby("frame")))
    with whole(folder) as part:
        part.mkdir()
        for frame in progress(range(len(cells)), f"export {folder.name}", unit="frame"):
            mask = paint(cells[frame], by_frame.get(frame, found[:0]))
            write_mask(mask, part / f"mask{frame:0{digits}}.tif")
        write_tracks(lineage, part / "res_track.txt")
        check_result(part, len(cells))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            labels=Path(snakemake.input.labels),
            nodes=Path(snakemake.input.nodes),
            tracks=Path(snakemake.input.tracks),
            folder=Path(snakemake.output.folder),
        )
