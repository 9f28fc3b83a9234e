"""Flows to the centre: unit vectors along which heat from the middle of an object came (Stringer et al. 2021,
doi:10.1038/s41592-020-01018-x, methods, "Auxiliary vector flow representation")."""

import numpy as np
from numba import njit
from scipy import ndimage

UNIT, ZERO = 127, 128
"""Levels of a stored flow per unit of length, and the level of a flow of length 0."""


def flows_to_centre(objects: np.ndarray) -> np.ndarray:
    """Return the direction to the centre of each pixel's object, along ways inside the object.

    Parameters
    ----------
    objects : numpy.ndarray
        ``(Y, X)`` integers, 0 = background.

    Returns
    -------
    numpy.ndarray
        ``(2, Y, X)`` float32, y and x of unit vectors; 0 outside objects and in their centres.
    """
    flows = np.zeros((2, *objects.shape), np.float32)
    ids = np.unique(objects[objects > 0])
    compact = np.searchsorted(ids, objects) + 1
    compact[objects == 0] = 0
    for label, box in enumerate(ndimage.find_objects(compact), start=1):
        own = np.pad(compact[box] == label, 1)
        y, x = np.nonzero(own)
        nearest = np.argmin((y - np.median(y)) ** 2 + (x - np.median(x)) ** 2)
        heat = np.log1p(_diffused(own, y[nearest], x[nearest], 2 * sum(own.shape)))
        gradient = np.stack([heat[2:, 1:-1] - heat[:-2, 1:-1], heat[1:-1, 2:] - heat[1:-1, :-2]])
        length = np.hypot(*gradient)
        inside = own[1:-1, 1:-1]
        flows[:, *box] += np.divide(gradient, length, out=np.zeros_like(gradient), where=inside & (length > 0))
    return flows


def deformed(flows: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """Return flows as they look in a crop: a gradient is multiplied by the transposed derivative of the coordinates.

    Parameters
    ----------
    flows : numpy.ndarray
        ``(2, y, x)`` float32, of the frame, sampled at `coordinates`.
    coordinates : numpy.ndarray
        ``(2, y, x)`` float32, where in the frame each pixel of the crop lies.

    Returns
    -------
    numpy.ndarray
        ``(2, y, x)`` float32, as long as they were.
    """
    derivative = np.stack(np.gradient(coordinates, axis=(1, 2)))  # [axis of the crop, axis of the frame]
    turned = np.einsum("ijyx,jyx->iyx", derivative, flows)
    length = np.hypot(*turned)
    return np.divide(turned * np.hypot(*flows), length, out=np.zeros_like(turned), where=length > 0).astype(np.float32)


@njit(cache=True, nogil=True)
def _diffused(own: np.ndarray, cy: int, cx: int, steps: int) -> np.ndarray:
    """Return heat ``(Y, X)`` after `steps` of a source at (`cy`, `cx`) and means of 3 x 3; none flows out of `own`."""
    heat, after = np.zeros(own.shape), np.zeros(own.shape)
    for _ in range(steps):
        heat[cy, cx] += 1
        for y in range(1, own.shape[0] - 1):
            for x in range(1, own.shape[1] - 1):
                if own[y, x]:
                    after[y, x] = (
                        heat[y - 1, x - 1] + heat[y - 1, x] + heat[y - 1, x + 1]
                        + heat[y, x - 1] + heat[y, x] + heat[y, x + 1]
                        + heat[y + 1, x - 1] + heat[y + 1, x] + heat[y + 1, x + 1]
                    ) / 9  # fmt: skip
        heat, after = after, heat
    return heat
