"""The challenge's measures of how hard a sequence is: signal, contrast, heterogeneity, size, shape, spacing, change.

References
----------
Ulman et al., Nature Methods 14 (2017) 1141, parameters of the data sets; their own program (java-ctcmetrics) for what
the paper leaves open, except that the background here is that of each frame, and shape is taken from the Crofton
perimeter, which does not depend on how an outline is drawn through pixels.
"""

import edt
import numpy as np
import pandas as pd

from cellweave.measure.shape import measure

BACKGROUND_MARGIN_PX = 2  # pixels this close to an object are neither object nor background
NEIGHBOUR_REACH_PX = 50  # spacing beyond it counts as this much
LEAST_SIGNAL = 0.01  # below it the signal of an object is zero for the challenge's program
MEASURES = {
    "SNR": "signal-to-noise ratio: |object mean - background mean| / background standard deviation, mean over objects",
    "CR": "contrast ratio: object mean / background mean, mean over objects",
    "Heti": "heterogeneity inside objects: standard deviation / |object mean - background mean|, mean over objects",
    "Hetb": "heterogeneity between objects: standard deviation of the signal relative to that of the frame's objects",
    "Res": "resolution: pixels per object, mean",
    "Sha": "regularity of shape: 4 pi area / perimeter^2, mean over objects (1 for a disk)",
    "Spa": "spacing: pixels to the nearest other object, at most 50, mean over objects",
    "Cha": "change of the mean intensity of objects, from the first two to the last two frames, per frame",
    "Ove": "overlap: share of an object that was already its own in the frame before, mean over objects",
}
OBJECT_COLUMNS = ("label", "mean", "SNR", "CR", "Heti", "signal", "Res", "Sha", "Spa", "Ove")
NO_OBJECTS = pd.DataFrame(columns=["frame", *OBJECT_COLUMNS], dtype=np.float64)


def object_quality(labels: np.ndarray, image: np.ndarray, before: np.ndarray | None) -> pd.DataFrame:
    """Describe the objects of one frame.

    Parameters
    ----------
    labels : (Y, X) int32
        Complete annotation; 0 is background.
    image : (Y, X) integer or float
        Intensities.
    before : (Y, X) int32 or None
        Annotation of the frame before, where an id means the same cell; None for the first frame and for stills.

    Returns
    -------
    DataFrame
        One row per object: label, mean (of intensity), SNR, CR, Heti, signal (relative to the frame's objects),
        Res, Sha, Spa, Ove; NaN where undefined.
    """
    objects = measure(labels, image[None])
    mean, std = objects["mean_intensity_c0"], objects["std_intensity_c0"]
    far = edt.edt(labels == 0, black_border=False, parallel=1) > BACKGROUND_MARGIN_PX
    background = image[far].astype(np.float64)
    level, noise = (background.mean(), background.std()) if background.size else (np.nan, np.nan)
    signal = (mean - level).abs()
    return pd.DataFrame(
        {
            "label": objects["label"],
            "mean": mean,
            "SNR": signal / (noise or np.nan),
            "CR": mean / (level or np.nan),
            "Heti": (std / signal).where(signal > LEAST_SIGNAL),
            "signal": (mean - level) / signal.mean(),
            "Res": objects["area"].astype(np.float64),
            "Sha": 4 * np.pi * objects["area"] / objects["perimeter_crofton"] ** 2,
            "Spa": spacing(labels, objects),
            "Ove": np.nan if before is None else _overlap(labels, before, objects["label"].to_numpy()),
        }
    )


def sequence_quality(objects: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the measures of a sequence.

    Parameters
    ----------
    objects : DataFrame
        Rows of `object_quality` with a column frame.
    kind : {"movie", "stills"}
        Stills know no change from frame to frame.

    Returns
    -------
    DataFrame
        measure, value, n (number of objects it rests on), in the order of `MEASURES`.
    """
    rows = {name: objects[name].dropna() for name in ("SNR", "CR", "Heti", "Res", "Sha", "Spa", "Ove")}
    values = {name: (float(found.mean()), found.size) for name, found in rows.items()}
    signal = objects["signal"].dropna()
    values["Hetb"] = float(signal.std(ddof=0)), signal.size
    values["Cha"] = _change(objects) if kind == "movie" else (float("nan"), 0)
    return pd.DataFrame([(name, *values[name]) for name in MEASURES], columns=["measure", "value", "n"])


def spacing(labels: np.ndarray, objects: pd.DataFrame) -> np.ndarray:
    """Return the distance [px] from each object to the nearest other one, at most `NEIGHBOUR_REACH_PX`.

    NaN for the only object of a frame. `objects` are those of `measure`, one row per object.
    """
    distances = np.full(len(objects), np.nan)
    if len(objects) < 2:
        return distances
    boxes = objects[["label", "box_y0", "box_y1", "box_x0", "box_x1"]].to_numpy(np.int64)
    for row, (label, top, bottom, left, right) in enumerate(boxes):
        reach = NEIGHBOUR_REACH_PX + 1
        crop = labels[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach]
        own, others = crop == label, (crop > 0) & (crop != label)
        nearest = edt.edt(~others, black_border=False, parallel=1)[own].min() if others.any() else np.inf
        distances[row] = min(nearest, NEIGHBOUR_REACH_PX)
    return distances


def _overlap(labels: np.ndarray, before: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return the share of each object that carried its id before; NaN for ids that were not there."""
    size = int(max(labels.max(initial=0), before.max(initial=0))) + 1
    same = np.bincount(labels[labels == before], minlength=size)
    areas, earlier = np.bincount(labels.ravel(), minlength=size), np.bincount(before.ravel(), minlength=size)
    return np.where(earlier[ids] > 0, same[ids] / areas[ids], np.nan)


def _change(objects: pd.DataFrame) -> tuple[float, int]:
    """Return the change of intensity per frame and the objects it rests on; NaN for fewer than three frames."""
    frames = objects["frame"]
    span = frames.max() - frames.min()
    if not span > 1:
        return float("nan"), 0
    first, last = objects["mean"][frames <= frames.min() + 1], objects["mean"][frames >= frames.max() - 1]
    return float(abs(last.mean() - first.mean()) / span), first.size + last.size
