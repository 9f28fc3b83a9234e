"""Hold truth and model against each other: scores of every image, and annotations that the model contradicts.

Inputs: labels (store), objects (parquet), truth (store), frames (parquet)
Outputs: images (parquet, worst first), suspicions (parquet, surest first), calibrated (parquet: how right scores are)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.logs import log_to
from cellweave.formats.ngff import label_names, open_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.score.audit import IMAGE_SCORES, NO_SUSPICION, image_scores, suspicious
from cellweave.score.reliability import reliability
from cellweave.score.sequence import complete_truth, contingencies


def main(
    *,
    labels: Path,
    objects: Path,
    truth: Path,
    frames_table: Path,
    border_px: int,
    images: Path,
    suspicions: Path,
    calibrated: Path,
) -> None:
    """Audit the frames of a sequence whose truth is complete; the tables are empty where there are none."""
    frames, table = read_table(frames_table), read_table(objects)
    truths = {name: open_labels(truth, name).__getitem__ for name in label_names(truth)}
    title = f"audit {labels.parent.parent.name}/{labels.parent.name}"
    found = contingencies(frames, open_labels(labels).__getitem__, truths, border_px=border_px, title=title)
    audited = frames[frames["silver" if found["silver"] else "gold"]] if complete_truth(found) else frames[:0]
    rows, doubts, judged = [], [], []
    for frame, source, pairs in zip(audited["frame"], audited["source"], complete_truth(found), strict=True):
        scores = table[table["frame"] == frame].set_index("label")["score"].to_dict()
        judged.append((pairs, scores))
        rows.append({"frame": frame, "source": source, **image_scores(pairs)})
        doubts.append(suspicious(pairs, scores).assign(frame=frame))
    worst_first = pd.DataFrame(rows, columns=["frame", "source", *IMAGE_SCORES])
    write_table(worst_first.sort_values(["F1", "frame"], ignore_index=True), images)
    surest_first = pd.concat([NO_SUSPICION.assign(frame=frames["frame"][:0]), *doubts], ignore_index=True)
    write_table(
        surest_first.sort_values(["confidence", "frame"], ascending=[False, True], ignore_index=True), suspicions
    )
    write_table(reliability(judged), calibrated)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            truth=Path(snakemake.input.truth),
            frames_table=Path(snakemake.input.frames),
            border_px=int(snakemake.params.border_px),
            images=Path(snakemake.output.images),
            suspicions=Path(snakemake.output.suspicions),
            calibrated=Path(snakemake.output.reliability),
        )
