"""Score a result folder exactly as it would be submitted to the Cell Tracking Challenge.

Inputs: folder (RES), truth (store), tracks (parquet; the truth's lineage), frames, nodes (parquet)
Outputs: scores (tsv), attribution (parquet; where the score is lost), links (parquet; every link, judged)
"""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.logs import log_to
from cellweave.formats.ctc import check_result, numbered_files, read_mask, read_tracks
from cellweave.formats.ngff import label_names, open_labels
from cellweave.formats.scores import write_scores
from cellweave.formats.tables import read_table, write_table
from cellweave.score.attribution import attribution
from cellweave.score.ctc import Score, overall_scores, segmentation_scores, tracking_scores, warn_undefined
from cellweave.score.graph import Tracks
from cellweave.score.links import judged_links
from cellweave.score.sequence import contingencies
from cellweave.score.table import rows_of

logger = logging.getLogger(__name__)


def main(
    *,
    folder: Path,
    truth: Path,
    truth_tracks: Path,
    frames_table: Path,
    nodes: Path,
    border_px: int,
    keys: dict[str, str],
    seed: int,
    scores: Path,
    lost: Path,
    links: Path,
) -> None:
    """Score the masks and the lineage in `folder` against `truth` and `truth_tracks` into `scores`, `lost`, `links`."""
    frames, masks = read_table(frames_table), numbered_files(folder, "mask")
    check_result(folder, len(frames))
    truths = {name: open_labels(truth, name).__getitem__ for name in label_names(truth)}
    title = f"score {keys['model']} with {keys['tracker']} on {keys['dataset']}/{keys['sequence']}"
    found = contingencies(frames, lambda frame: read_mask(masks[frame]), truths, border_px=border_px, title=title)
    values: list[Score] = []
    losses: list[dict] = []
    linked = pd.DataFrame()
    for name, metric in {"gold": "SEG", "silver": "SEG_ST"}.items():
        values += segmentation_scores(found[name], metric) if found[name] else []
    if len(found["markers"]) == len(frames):
        lineages = Tracks.of(read_table(truth_tracks)), Tracks.of(read_tracks(folder / "res_track.txt"))
        cut = border_px > 0
        values += tracking_scores(found["markers"], *lineages, cut=cut)
        rng = np.random.default_rng(seed)
        linked = judged_links(found["markers"], *lineages, read_table(nodes), cut=cut)
        losses.append(keys | attribution(found["markers"], found["gold"], *lineages, cut=cut, rng=rng))
    else:
        logger.warning("%s: no markers in every frame, so that tracking has no score", title)
    values += overall_scores(values)
    warn_undefined(values, title)
    write_scores(rows_of(values, keys), scores)
    write_table(pd.DataFrame(losses), lost)
    write_table(linked, links)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            folder=Path(snakemake.input.folder),
            truth=Path(snakemake.input.truth),
            truth_tracks=Path(snakemake.input.tracks),
            frames_table=Path(snakemake.input.frames),
            nodes=Path(snakemake.input.nodes),
            border_px=int(snakemake.params.border_px),
            keys={key: snakemake.wildcards[key] for key in ("dataset", "sequence", "model", "tracker")},
            seed=int(snakemake.params.seed),
            scores=Path(snakemake.output.scores),
            lost=Path(snakemake.output.attribution),
            links=Path(snakemake.output.links),
        )
