"""Time the scores of a tracking next to py-ctcmetrics and traccuracy, on a simulated movie: files in, measures out.

Inputs: none but the size (params)
Outputs: comparisons (tsv: task, input, seconds, peer, peer_seconds, note, ratio)
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.formats.ctc import numbered_files, read_mask, read_tracks, write_mask, write_tracks
from cellweave.scale.crowd import SPACE, crowd, drawn
from cellweave.scale.scorers import ctcmetrics, load_peers, traccuracy
from cellweave.scale.timing import as_table, compare
from cellweave.score.contingency import contingency
from cellweave.score.ctc import overall_scores, segmentation_scores, tracking_scores
from cellweave.score.graph import Tracks
from cellweave.track.lineage import tracks_of

LOST = 0.02  # share of the links that the result lacks
FIELD = 0.8  # share of the image's side that cells begin in, so that none leaves it


def main(*, cells: int, frames: int, side: int, seed: int, table: Path) -> None:
    """Compare on a crowd of `cells` in `frames` of `side` pixels: all measures against both kinds of truth."""
    with tempfile.TemporaryDirectory() as folder:
        truth, result = Path(folder) / "01_GT", Path(folder) / "01_RES"
        write_movie(cells, frames, side, seed, truth, result)
        load_peers()
        rows = compare(
            "score",
            f"{frames} frames of {side} x {side} pixels, {cells} cells",
            lambda: score(truth, result),
            {"py-ctcmetrics": lambda: ctcmetrics(truth, result), "traccuracy": lambda: traccuracy(truth, result)},
        )
    with whole(table) as part:
        as_table(rows).to_csv(part, sep="\t", index=False)


def score(truth: Path, result: Path) -> None:
    """Read both folders and compute all measures from one contingency table per frame."""
    found = numbered_files(result, "mask")
    markers = numbered_files(truth / "TRA", "man_track")
    pairs = [contingency(read_mask(markers[frame]), read_mask(found[frame])) for frame in sorted(markers)]
    lineages = (read_tracks(truth / "TRA" / "man_track.txt"), read_tracks(result / "res_track.txt"))
    scores = tracking_scores(pairs, *map(Tracks.of, lineages), cut=False)
    overall_scores([*segmentation_scores(pairs, "SEG"), *scores])


def write_movie(cells: int, frames: int, side: int, seed: int, truth: Path, result: Path) -> None:
    """Write a crowd as the challenge's folders; the result has the same masks and lacks some links."""
    rng = np.random.default_rng(seed)
    tables, sources, start = [], [], 0
    stretch = FIELD * side / (SPACE * np.sqrt(cells))
    for table, source in crowd(cells, frames, rng):
        table[["y_px", "x_px"]] = table[["y_px", "x_px"]] * stretch + (1 - FIELD) / 2 * side
        sources.append(np.where(source < 0, -1, source + start - (len(tables[-1]) if tables else 0)))
        tables.append(table)
        start += len(table)
    objects, predecessor = pd.concat(tables, ignore_index=True), np.concatenate(sources)
    cut = np.where(rng.random(len(predecessor)) < LOST, -1, predecessor)
    for folder, stem, links in ((truth / "TRA", "man_track", predecessor), (result, "mask", cut)):
        folder.mkdir(parents=True)
        nodes, tracks = tracks_of(objects, links)
        for frame, here in nodes.groupby("frame"):
            image = drawn(tables[frame], here["track"].to_numpy(), (side, side))
            write_mask(image, folder / f"{stem}{frame:03}.tif")
        write_tracks(tracks, folder / ("man_track.txt" if stem == "man_track" else "res_track.txt"))
    (truth / "SEG").mkdir()
    for file in (truth / "TRA").glob("*.tif"):
        (truth / "SEG" / file.name.replace("man_track", "man_seg")).hardlink_to(file)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            cells=int(snakemake.params.cells),
            frames=int(snakemake.params.frames),
            side=int(snakemake.params.side),
            seed=int(snakemake.params.seed),
            table=Path(snakemake.output.table),
        )
