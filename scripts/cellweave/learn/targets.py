"""What the network should say about a pixel, from labels: its class, and what tells objects apart.

Labels are int32: -1 unknown (ignored by every loss), 0 background, above 0 one id per object.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import edt
import numpy as np
from scipy import ndimage

from cellweave.core.units import in_pixels
from cellweave.learn.representations import Representation

UNKNOWN = -1
BACKGROUND, INTERIOR, BOUNDARY = 0, 1, 2


@dataclass(frozen=True)
class Borders:
    """What happens at the borders of objects; all lengths in pixels.

    Attributes
    ----------
    boundary_px : float
        Width of the boundary band inside each object; at most 0.4 of the object's inner radius, so that small objects
        keep an interior.
    uncertain_px : float
        Width of a band around each border, half inside and half outside, where nothing counts as known.
    weight, sigma_px : float
        Height and width of the weight map of a U-Net, see `border_weights`; a height of 0 is none.
    """

    boundary_px: float
    uncertain_px: float = 0.0
    weight: float = 0.0
    sigma_px: float = 5.0

    @classmethod
    def of(cls, settings: Mapping[str, float | None], pixel_um: float | None, where: str) -> "Borders":
        """Return what ``data`` of a configuration says; lengths in micrometers win, for pixels of `pixel_um`.

        Raises
        ------
        InputError
            A length in micrometers and no size of a pixel.
        """
        names = ("boundary_px", "boundary_um", "uncertain_px", "uncertain_um")
        given = {name: settings[name] for name in names if settings.get(name) is not None}
        widths = in_pixels({name: float(value) for name, value in given.items()}, pixel_um, where)
        return cls(**widths, weight=settings.get("border_weight", 0.0), sigma_px=settings.get("border_sigma_px", 5.0))


def training_targets(labels: np.ndarray, borders: Borders, representation: Representation) -> np.ndarray:
    """Return class, values and perhaps weights for labels.

    Parameters
    ----------
    labels : numpy.ndarray
        ``(Y, X)`` int32; of a semantic representation, classes from 1.
    borders : Borders
        Boundary band, uncertain band, weights.
    representation : Representation
        What is to be learnt beside the class.

    Returns
    -------
    numpy.ndarray
        ``(1 + values [+ 1], Y, X)`` float32: class (-1 unknown, 0 background, 1 interior, 2 boundary; or the
        semantic class), values, and the weights of the class where `borders` asks for them.
    """
    objects = np.maximum(labels, 0)
    inside = edt.edt(objects.astype(np.uint32), black_border=False, parallel=1)
    radius = _largest_per_object(objects, inside)[objects]
    cell = np.divide(inside, radius, out=np.zeros_like(inside), where=objects > 0)
    if representation.values:
        values = representation.targets(objects, cell, neighbour_distance(objects, inside))
        band = inside <= np.maximum(1, np.minimum(borders.boundary_px, 0.4 * radius))
        classes = np.where(objects == 0, BACKGROUND, np.where(band, BOUNDARY, INTERIOR))
    else:
        values = representation.targets(objects, cell, cell)
        classes = np.minimum(objects, representation.classes - 1)
    if borders.uncertain_px > 0:
        outside = edt.edt(objects == 0, black_border=False, parallel=1)
        # Pixels are centred half a pixel from the border that they lie at.
        classes[np.where(objects > 0, inside, outside) - 0.5 < borders.uncertain_px / 2] = UNKNOWN
    classes[labels < 0] = UNKNOWN
    channels = [classes[None], values]
    if borders.weight > 0:
        channels.append(border_weights(objects, borders.weight, borders.sigma_px)[None])
    return np.concatenate(channels).astype(np.float32)


def border_weights(objects: np.ndarray, height: float, sigma_px: float) -> np.ndarray:
    """Return the weight map of a U-Net, ``1 + height exp(-(d1 + d2)**2 / (2 sigma**2))``.

    d1 and d2 are the distances to the nearest and the second nearest object (Ronneberger et al. 2015, eq. 2, with 1
    for the weight of a class); 0 inside an object, so that the weight is high where objects touch, too.

    Parameters
    ----------
    objects : numpy.ndarray
        ``(Y, X)`` integers, 0 = background.
    height, sigma_px : float
        w0 and sigma of the equation.

    Returns
    -------
    numpy.ndarray
        ``(Y, X)`` float32, 1 where the second object is further than 4 sigma.
    """
    reach = int(np.ceil(4 * sigma_px))
    first, second = np.full((2, *objects.shape), np.inf, np.float32)
    ids = np.unique(objects[objects > 0])
    compact = np.searchsorted(ids, objects) + 1
    compact[objects == 0] = 0
    for label, box in enumerate(ndimage.find_objects(compact), start=1):
        grown = tuple(slice(max(0, part.start - reach), part.stop + reach) for part in box)
        distance = edt.edt(compact[grown] != label, black_border=False, parallel=1)
        second[grown] = np.minimum(second[grown], np.maximum(first[grown], distance))
        first[grown] = np.minimum(first[grown], distance)
    both = np.where(np.isfinite(second), first + second, np.inf)
    return (1 + height * np.exp(-(both**2) / (2 * sigma_px**2))).astype(np.float32)


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


def thinned(labels: np.ndarray, number: int, share: float, band_px: int) -> np.ndarray:
    """Return labels as if only a share of the objects had been drawn: others, and what is far from any, are unknown.

    Which ones depends on frame and label alone, and those of a smaller share are among those of a larger one.

    Parameters
    ----------
    labels : numpy.ndarray
        ``(Y, X)`` int32.
    number : int
        Number of the frame.
    share : float
        0 to 1.
    band_px : int
        See `ignore_unannotated`.
    """
    objects = np.maximum(labels, 0)
    ids = np.unique(objects)
    chance = np.array([np.random.default_rng([number, int(label)]).random() for label in ids])
    drawn = np.isin(objects, ids[(chance < share) & (ids > 0)])
    sparse = np.where(drawn, labels, np.minimum(labels, 0)).astype(np.int32)
    return np.where(labels < 0, UNKNOWN, ignore_unannotated(sparse, objects, band_px)).astype(np.int32)


def _largest_per_object(objects: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the largest of `values` per id, indexed by id."""
    largest = np.zeros(int(objects.max(initial=0)) + 1, np.float32)
    np.maximum.at(largest, objects.ravel(), values.ravel())
    return largest
