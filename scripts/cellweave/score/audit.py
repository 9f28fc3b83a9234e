"""Where truth and model disagree: per image, and object by object where the model is sure."""

import numpy as np
import pandas as pd

from cellweave.score.contingency import Contingency
from cellweave.score.matched import true_positives

SURE = 0.5  # least score of an object of the model that may call the truth into question
COVERED = 0.5  # share of an object that lies inside another one
UNSEEN = 0.1  # largest share of a truth object under any object of a model that does not see it
KINDS = {
    "unannotated": "an object of the model where the truth has background",
    "unseen": "a truth object where the model sees nothing at all",
    "merged": "one truth object over several objects of the model",
    "split": "several truth objects over one object of the model",
}
IMAGE_SCORES = ("truth_objects", "objects", "IoU", "F1", "PQ", "AP50", "AP75")
NO_SUSPICION = pd.DataFrame({"kind": [], "truth": [], "label": [], "confidence": []}).astype(
    {"kind": str, "truth": "int64", "label": "int64", "confidence": "float64"}
)


def image_scores(frame: Contingency) -> dict[str, float]:
    """Return what one image scores.

    Parameters
    ----------
    frame : Contingency
        Of an image whose truth is complete.

    Returns
    -------
    dict
        ``truth_objects, objects``; ``IoU`` (of the foreground as a whole), ``F1`` and ``PQ`` at an intersection over
        union above 0.5 (Kirillov et al. 2019), ``AP50`` and ``AP75`` as TP / (TP + FP + FN); NaN without any object.
    """
    truth, result = frame.truth.size, frame.result.size
    covered = frame.truth_area.sum() + frame.result_area.sum() - frame.overlap.sum()
    iou = frame.iou[frame.iou > 0.5]
    either = truth + result or float("nan")
    precision = {}
    for name, threshold in (("AP50", 0.5), ("AP75", 0.75)):
        hits = true_positives(frame, threshold)
        precision[name] = hits / (either - hits)
    return {
        "truth_objects": truth,
        "objects": result,
        "IoU": float(frame.overlap.sum() / covered) if covered else float("nan"),
        "F1": 2 * iou.size / either,
        "PQ": 2 * float(iou.sum()) / either,
        **precision,
    }


def suspicious(frame: Contingency, scores: dict[int, float]) -> pd.DataFrame:
    """Return the annotations of one image that the model contradicts with confidence.

    Parameters
    ----------
    frame : Contingency
        Of an image whose truth is complete.
    scores : mapping
        Score of each object of the model, 0 to 1, by its id.

    Returns
    -------
    DataFrame
        One row per suspicion: kind (see `KINDS`), truth (id, 0 for none), label (id of the surest object of the model
        involved, 0 for none), confidence (the least score of the objects that it rests on; for ``unseen`` the share
        of the truth object that the model leaves empty). Highest confidence first.
    """
    rank = np.array([scores[label] for label in frame.result.tolist()], np.float64)
    sure = rank >= SURE
    truth_of, result_of = frame.pairs.T
    share_of_truth = frame.overlap / frame.truth_area[truth_of]
    share_of_result = frame.overlap / frame.result_area[result_of]
    rows = []
    seen = np.bincount(truth_of, frame.overlap, frame.truth.size) / np.maximum(frame.truth_area, 1)
    annotated = np.bincount(result_of, frame.overlap, frame.result.size) / np.maximum(frame.result_area, 1)
    rows += [("unannotated", 0, frame.result[at], rank[at]) for at in np.flatnonzero(sure & (annotated == 0))]
    rows += [("unseen", frame.truth[at], 0, 1 - seen[at]) for at in np.flatnonzero(seen < UNSEEN)]
    parts = sure[result_of] & (share_of_result > COVERED)
    for at in np.flatnonzero(np.bincount(truth_of[parts], minlength=frame.truth.size) > 1):
        inside = result_of[parts & (truth_of == at)]
        rows.append(("merged", frame.truth[at], frame.result[inside[rank[inside].argmax()]], rank[inside].min()))
    parts = sure[result_of] & (share_of_truth > COVERED)
    for at in np.flatnonzero(np.bincount(result_of[parts], minlength=frame.result.size) > 1):
        inside = truth_of[parts & (result_of == at)]
        rows.append(("split", frame.truth[inside[0]], frame.result[at], rank[at]))
    table = pd.DataFrame(rows, columns=list(NO_SUSPICION)).astype(NO_SUSPICION.dtypes)
    return table.sort_values(["confidence", "truth", "label"], ascending=[False, True, True], ignore_index=True)
