"""Score the labels of a sequence before tracking: SEG, DET, matched objects, and COCO AP where there are objects.

Inputs: labels (store), objects (parquet), truth (store), frames (parquet), coco (json; stills only)
Outputs: scores (tsv)
"""

import json
from pathlib import Path

from cellweave.core.logs import log_to
from cellweave.formats.ngff import label_names, open_labels
from cellweave.formats.scores import write_scores
from cellweave.formats.tables import read_table
from cellweave.score.coco import coco_scores
from cellweave.score.ctc import Score, detection_scores, overall_scores, segmentation_scores, warn_undefined
from cellweave.score.matched import matched_scores
from cellweave.score.reliability import calibration_error, reliability
from cellweave.score.sequence import complete_truth, contingencies
from cellweave.score.table import rows_of


def main(
    *,
    labels: Path,
    objects: Path,
    truth: Path,
    frames_table: Path,
    coco: Path | None,
    border_px: int,
    keys: dict[str, str],
    scores: Path,
) -> None:
    """Score `labels` against `truth`, and against the overlapping objects of `coco`, into `scores`."""
    frames, found_labels = read_table(frames_table), open_labels(labels)
    truths = {name: open_labels(truth, name).__getitem__ for name in label_names(truth)}
    title = f"score {keys['model']} on {keys['dataset']}/{keys['sequence']}"
    found = contingencies(frames, found_labels.__getitem__, truths, border_px=border_px, title=title)
    values: list[Score] = []
    for name, metric in {"gold": "SEG", "silver": "SEG_ST"}.items():
        values += segmentation_scores(found[name], metric) if found[name] else []
    if len(found["markers"]) == len(frames):
        values += detection_scores(found["markers"])
    values += overall_scores(values)
    if complete := complete_truth(found):
        values += matched_scores(complete)
        audited = frames.loc[frames["silver" if found["silver"] else "gold"], "frame"]
        ranks = {
            frame: part.set_index("label")["score"].to_dict() for frame, part in read_table(objects).groupby("frame")
        }
        judged = [(pairs, ranks.get(frame, {})) for frame, pairs in zip(audited, complete, strict=True)]
        values.append(calibration_error(reliability(judged)))
    if coco is not None:
        document = json.loads(coco.read_text(encoding="utf-8"))
        values += coco_scores(document, frames, found_labels.__getitem__, truths["gold"], read_table(objects))
    warn_undefined(values, title)
    write_scores(rows_of(values, keys), scores)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        coco = snakemake.input.get("coco")
        main(
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            truth=Path(snakemake.input.truth),
            frames_table=Path(snakemake.input.frames),
            coco=Path(coco) if coco else None,
            border_px=int(snakemake.params.border_px),
            keys={key: snakemake.wildcards[key] for key in ("dataset", "sequence", "model")},
            scores=Path(snakemake.output.scores),
        )
