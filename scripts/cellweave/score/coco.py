"""Average precision of COCO objects, which may overlap, by the protocol of LIVECell.

References
----------
Edlund et al., Nature Methods 18 (2021) 1038 and its `coco_evaluation.py`; Lin et al., ECCV 2014.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from faster_coco_eval import COCO, COCOeval_faster
from faster_coco_eval.core import mask as run_lengths

from cellweave.core.errors import InputError
from cellweave.score.ctc import Score

MAX_DETECTIONS = [100, 500, 2000]
AREAS_PX = {"all": [0, 1e5**2], "small": [0, 18**2], "medium": [18**2, 31**2], "large": [31**2, 1e5**2]}

CELL_TYPE = re.compile(r"([^_/]+)_Phase_[^/]*$")  # LIVECell's names: A172_Phase_C7_1_00d00h00m_1.tif


def coco_scores(
    truth: dict,
    frames: pd.DataFrame,
    labels: Callable[[int], np.ndarray],
    drawn: Callable[[int], np.ndarray],
    objects: pd.DataFrame,
) -> list[Score]:
    """Return all scores of LIVECell's protocol, AP by cell type, AP without a ranking, and a label image's ceiling.

    Parameters
    ----------
    truth : dict
        COCO document whose image ids are frame numbers.
    frames : DataFrame
        frame, height, width (the true extent of padded images).
    labels, drawn : callable
        Frame number to labels ``(Y, X)``: of the result, and of the truth drawn without overlap.
    objects : DataFrame
        frame, label and score of each object of the result.
    """
    ranked, ceiling = [], []
    confidence = {
        frame: dict(zip(part["label"], part["score"], strict=True)) for frame, part in objects.groupby("frame")
    }
    for row in frames.itertuples():
        extent = (slice(row.height), slice(row.width))
        ranked += detections_of(labels(row.frame)[extent], row.frame, confidence.get(row.frame, {}))
        ceiling += detections_of(drawn(row.frame)[extent], row.frame)
    others = {"AP_constant": [found | {"score": 1.0} for found in ranked], "AP_ceiling": ceiling}
    scores = average_precision(truth, ranked) + by_cell_type(truth, ranked)
    return scores + [average_precision(truth, found)[0]._replace(metric=name) for name, found in others.items()]


def average_precision(truth: dict, detections: Sequence[dict]) -> list[Score]:
    """Return AP, AP50, AP75, AP by size, AR at 100, 500 and 2000 detections per image, and AFNR.

    Parameters
    ----------
    truth : dict
        COCO document: images, annotations, categories. All its images count.
    detections : sequence of dict
        As `detections_of` gives them.

    Returns
    -------
    list of Score
        0 to 1; NaN for a size that the truth lacks, 0 without detections. `n` is the number of truth objects.
    """
    evaluation = _evaluate(truth, list(detections))
    precision, recall = np.asarray(evaluation["precision"]), np.asarray(evaluation["recall"])
    areas = [annotation["area"] for annotation in truth["annotations"]]
    count = {name: sum(low <= area <= high for area in areas) for name, (low, high) in AREAS_PX.items()}
    by_size = [precision[..., index, -1] for index in range(len(AREAS_PX))]
    scores = [
        Score("AP", _mean(by_size[0]), count["all"]),
        Score("AP50", _mean(by_size[0][0]), count["all"]),
        Score("AP75", _mean(by_size[0][5]), count["all"]),
    ]
    sizes = list(AREAS_PX)[1:]
    scores += [Score(f"AP_{size}", _mean(by_size[1 + index]), count[size]) for index, size in enumerate(sizes)]
    scores += [Score(f"AR{most}", _mean(recall[:, :, 0, at]), count["all"]) for at, most in enumerate(MAX_DETECTIONS)]
    missed = 1 - _mean(recall[:, :, 0, -1])
    return [*scores, Score("AFNR", missed, count["all"])]


def by_cell_type(truth: dict, detections: Sequence[dict]) -> list[Score]:
    """Return the AP of the images of each cell type, by the names that LIVECell gives its images; none for others.

    `truth` and `detections` are as for `average_precision`.
    """
    found = {image["id"]: CELL_TYPE.search(image.get("file_name", "")) for image in truth["images"]}
    types = {image: match[1] for image, match in found.items() if match}
    scores = []
    for name in sorted(set(types.values())):
        images = [image for image in truth["images"] if types.get(image["id"]) == name]
        objects = [one for one in truth["annotations"] if types.get(one["image_id"]) == name]
        part = truth | {"images": images, "annotations": objects}
        own = [one for one in detections if types.get(one["image_id"]) == name]
        scores.append(average_precision(part, own)[0]._replace(metric=f"AP_{name}"))
    return scores


def detections_of(labels: np.ndarray, image: int, confidence: Mapping[int, float] | None = None) -> list[dict]:
    """Return the objects of a label image as COCO detections.

    Parameters
    ----------
    labels : numpy.ndarray
        ``(Y, X)`` integers.
    image : int
        Id of the image in the COCO document.
    confidence : mapping of id to float, optional
        By which detections are ranked, in [0, 1]; all are equal without it.

    Raises
    ------
    InputError
        An object without a confidence.
    """
    masks = _masks_of(labels)
    if confidence is not None and (missing := sorted(set(masks) - set(confidence))):
        raise InputError(f"no score for the objects {missing[:10]} of image {image}", where="the table of objects")
    return [
        {
            "image_id": image,
            "category_id": 1,
            "segmentation": mask,
            "score": 1.0 if confidence is None else float(confidence[label]),
        }
        for label, mask in masks.items()
    ]


def _evaluate(truth: dict, detections: list[dict]) -> dict:
    known = COCO(truth, use_deepcopy=True)
    evaluation = COCOeval_faster(known, known.loadRes(detections), "segm", print_function=lambda *_: None)
    evaluation.params.catIds, evaluation.params.useCats = [1], 0
    evaluation.params.maxDets = MAX_DETECTIONS
    evaluation.params.areaRng, evaluation.params.areaRngLbl = list(AREAS_PX.values()), list(AREAS_PX)
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation.eval


def _masks_of(labels: np.ndarray) -> dict[int, dict]:
    """Run-length masks of all objects from one pass over the columns, as COCO counts them."""
    flat = labels.ravel(order="F")
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    ends = np.append(starts[1:], flat.size)
    ids = flat[starts]
    order = np.argsort(ids, kind="stable")
    order = order[ids[order] > 0]
    found, firsts = np.unique(ids[order], return_index=True)
    masks = {}
    for label, first, last in zip(found.tolist(), firsts, np.append(firsts[1:], order.size), strict=False):
        runs = order[first:last]
        bounds = np.column_stack([starts[runs], ends[runs]]).ravel()
        counts = np.diff(bounds, prepend=0, append=flat.size)
        height, width = labels.shape
        masks[label] = run_lengths.frPyObjects({"size": [height, width], "counts": counts.tolist()}, height, width)
    return masks


def _mean(values: np.ndarray) -> float:
    """Mean of what is defined; COCO marks the rest with -1."""
    defined = values[values > -1]
    return float(defined.mean()) if defined.size else float("nan")
