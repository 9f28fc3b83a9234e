"""What the network should say about a pixel, from labels: class, cell distance, neighbour distance.

Labels are int32: -1 unknown (ignored by every loss), 0 background, above 0 one id per object.
"""

import edt
import numpy as np
from scipy import ndimage

UNKNOWN = -1
BACKGROUND, INTERIOR, BOUNDARY = 0, 1, 2


def training_targets(labels: np.ndarray, boundary_px: float) -> np.ndarray:
    """Return class and distances for labels.

    Parameters
    ----------
    labels : numpy.ndarray
        ``(Y, X)`` int32.
    boundary_px : float
        Width of the boundary band inside each object, in pixels; at most 0.4 of the object's inner
        radius, so that small objects keep an interior.

    Returns
    -------
    numpy.ndarray
        ``(3, Y, X)`` float32: class (-1 unknown, 0 background, 1 interior, 2 boundary), cell distance and
        neighbour distance, both in [0, 1] and 0 outside objects.
    """
    objects = np.maximum(labels, 0)
    inside = edt.edt(objects.astype(np.uint32), black_border=False, parallel=1)
    radius = _largest_per_object(objects, inside)[objects]
    cell = np.divide(inside, radius, out=np.zeros_like(inside), where=objects > 0)
    band = inside <= np.maximum(1, np.minimum(boundary_px, 0.4 * radius))
    classes = np.where(objects == 0, BACKGROUND, np.where(band, BOUNDARY, INTERIOR))
    classes[labels < 0] = UNKNOWN
    return np.stack([classes, cell, neighbour_distance(objects, inside)]).astype(np.float32)


def neighbour_distance(objects: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return how close each pixel of an object is to the next object.

    One where another object touches, falling to zero at a distance of the object's inner diameter:
    ``max(0, 1 - (d - 1) / (2 r))**3`` with d the distance to the nearest pixel of another object and r
    the object's largest distance to its own border (after Scherr et al. 2020, there normalised per crop).

    Parameters
    ----------
    objects : numpy.ndarray
        ``(Y, X)`` integers, 0 = background.
    inside : numpy.ndarray
        ``(Y, X)`` float32, distance of each pixel to the border of its object, in pixels.

    Returns
    -------
    numpy.ndarray
        ``(Y, X)`` float32 in [0, 1], 0 outside objects.
    """
    result = np.zeros(objects.shape, np.float32)
    ids = np.unique(objects[objects > 0])
    compact = np.searchsorted(ids, objects) + 1
    compact[objects == 0] = 0
    for label, box in enumerate(ndimage.find_objects(compact), start=1):
        reach = 2 * float(inside[box][compact[box] == label].max())
        grown = tuple(slice(max(0, part.start - int(reach) - 1), part.stop + int(reach) + 1) for part in box)
        own = compact[grown] == label
        others = (compact[grown] > 0) & ~own
        if others.any():
            distance = edt.edt(~others, black_border=False, parallel=1)
            result[grown][own] = np.clip(1 - (distance[own] - 1) / reach, 0, 1) ** 3
    return result


def ignore_unannotated(labels: np.ndarray, markers: np.ndarray | None, band_px: int) -> np.ndarray:
    """Return sparse labels with all that nobody looked at set to unknown.

    Where the tracking markers of a frame name cells that `labels` lacks, only some cells were drawn:
    background then counts only within `band_px` of a drawn cell, and not where a marker lies.
    Without such markers, `labels` are complete and come back as they are.

    Parameters
    ----------
    labels : numpy.ndarray
        ``(Y, X)`` int32, drawn cells.
    markers : numpy.ndarray or None
        ``(Y, X)`` integers, one marker per cell of the frame; None when there are none.
    band_px : int
        Width of the band of known background around drawn cells.
    """
    if markers is None:
        return labels
    drawn = np.unique(markers[(labels > 0) & (markers > 0)])
    missed = (markers > 0) & ~np.isin(markers, drawn)
    if not missed.any():
        return labels
    near = edt.edt(labels <= 0, black_border=False, parallel=1) <= band_px
    far_from_missed = edt.edt(~missed, black_border=False, parallel=1) > band_px
    return np.where((labels > 0) | (near & far_from_missed), labels, UNKNOWN).astype(np.int32)


def _largest_per_object(objects: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the largest of `values` per id, indexed by id."""
    largest = np.zeros(int(objects.max(initial=0)) + 1, np.float32)
    np.maximum.at(largest, objects.ravel(), values.ravel())
    return largest
