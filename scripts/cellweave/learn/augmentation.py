"""Augmentation: where a crop's pixels come from, and how its intensities vary.

One map of coordinates holds crop, flips, rotations, scale, stretch and elastic deformation, so that image and
targets are sampled once. Targets are relative distances, which scaling leaves as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

ELASTIC_KNOTS = 6
HALO_PX = 6.0
"""Sigma of the Gaussian that parts detail from surroundings in a halo."""


@dataclass(frozen=True)
class Strength:
    """How far each kind of change may go; 0 switches it off.

    Attributes
    ----------
    scale, stretch : float
        Largest natural logarithm of the zoom, and of the ratio of the two axes.
    elastic_px : float
        Standard deviation of the displacement of a knot, in pixels.
    contrast, brightness, gamma : float
        Largest logarithm of the factor; largest shift in standard deviations; largest logarithm of the exponent.
    noise, blur_px : float
        Largest standard deviation of added noise, of the image's own; largest sigma of Gaussian blur.
    illumination : float
        Standard deviation of a knot of uneven light, as a share of the image's own.
    halo : float
        Largest share of the detail finer than `HALO_PX` that is added (a ring of the other sign around each cell,
        as in phase contrast) or taken away.
    """

    scale: float
    stretch: float
    elastic_px: float
    contrast: float
    brightness: float
    gamma: float
    noise: float
    blur_px: float
    illumination: float = 0.0
    halo: float = 0.0

    @classmethod
    def of(cls, settings: Mapping[str, float]) -> "Strength":
        """Return the strengths of ``data.augmentation`` of a configuration."""
        return cls(**settings)


def crop_coordinates(
    centre: tuple[float, float], side: int, strength: Strength | None, rng: np.random.Generator
) -> np.ndarray:
    """Return where in a frame each pixel of a crop lies.

    Parameters
    ----------
    centre : (float, float)
        y and x of the crop's middle in the frame, in pixels.
    side : int
        Side of the crop.
    strength : Strength or None
        None for a plain crop.

    Returns
    -------
    numpy.ndarray
        ``(2, side, side)`` float32, y and x.
    """
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"))
    if strength is not None:
        grid += strength.elastic_px * _smooth_field(side, rng)
        grid = np.einsum("ij,jyx->iyx", _linear_map(strength, rng), grid)
    return grid + np.asarray(centre, np.float32)[:, None, None]


def sample(channels: np.ndarray, coordinates: np.ndarray, *, nearest: bool = False) -> np.ndarray:
    """Return `channels` at `coordinates`, reflected beyond the border.

    Parameters
    ----------
    channels : numpy.ndarray
        ``(C, Y, X)`` float32.
    coordinates : numpy.ndarray
        ``(2, y, x)`` float32, in pixels.
    nearest : bool
        Nearest pixel instead of linear interpolation.

    Returns
    -------
    numpy.ndarray
        ``(C, y, x)`` float32.
    """
    order = 0 if nearest else 1
    return np.stack([ndimage.map_coordinates(channel, coordinates, order=order, mode="mirror") for channel in channels])


def vary_intensity(image: np.ndarray, strength: Strength, rng: np.random.Generator) -> np.ndarray:
    """Return a z-scored image ``(side, side)`` float32 with other light, contrast, halo, noise and sharpness."""
    low, high = float(image.min()), float(image.max())
    if high > low:
        gamma = np.exp(rng.uniform(-strength.gamma, strength.gamma))
        image = low + (high - low) * ((image - low) / (high - low)) ** gamma
    image = image * np.exp(rng.uniform(-strength.contrast, strength.contrast))
    image = image + rng.uniform(-strength.brightness, strength.brightness)
    if strength.illumination > 0:
        image = image + strength.illumination * image.std() * _smooth_field(len(image), rng)[0]
    if strength.halo > 0:
        detail = image - ndimage.gaussian_filter(image, HALO_PX, truncate=3)
        image = image + rng.uniform(-strength.halo, strength.halo) * detail
    if rng.random() < 0.3:
        image = ndimage.gaussian_filter(image, rng.uniform(0, strength.blur_px), truncate=3)
    if rng.random() < 0.5:
        image = image + rng.normal(0, rng.uniform(0, strength.noise), image.shape)
    return image.astype(np.float32)


def _linear_map(strength: Strength, rng: np.random.Generator) -> np.ndarray:
    """Return scale and stretch along the axes, then one of the 8 flips and rotations of the square."""
    scale = rng.uniform(-strength.scale, strength.scale)
    stretch = rng.uniform(-strength.stretch, strength.stretch)
    matrix = np.diag(np.exp([scale + stretch / 2, scale - stretch / 2]))
    matrix = matrix * rng.choice([-1, 1], size=(2, 1))
    if rng.random() < 0.5:
        matrix = matrix[::-1]
    return matrix.astype(np.float32)


def _smooth_field(side: int, rng: np.random.Generator) -> np.ndarray:
    """Return a random displacement ``(2, side, side)``: cubic B-splines on a coarse grid of unit normal knots."""
    basis = _spline_basis(side)
    knots = rng.normal(size=(2, basis.shape[1], basis.shape[1])).astype(np.float32)
    rows = np.einsum("yk,dkl->dyl", basis, knots)  # einsum keeps to one thread, BLAS does not
    return np.einsum("dyl,xl->dyx", rows, basis)


@cache
def _spline_basis(side: int) -> np.ndarray:
    """Return uniform cubic B-splines ``(side, ELASTIC_KNOTS + 3)``, float32."""
    at = np.linspace(0, ELASTIC_KNOTS, side)[:, None] - np.arange(-1, ELASTIC_KNOTS + 2)[None]
    near, distance = np.abs(at) < 1, np.abs(at)
    inner = 2 / 3 - distance**2 + distance**3 / 2
    outer = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(near, inner, outer).astype(np.float32)
