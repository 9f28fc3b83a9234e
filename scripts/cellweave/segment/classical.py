"""The classical tier: a threshold and the distance to the background, as maps like those of a network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import edt
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from cellweave.core.errors import InputError
from cellweave.core.grid import Tile, share
from cellweave.segment.tiles import Model

SOFTNESS = 0.25
"""Step of the compressed feature by which the foreground rises from 0.5 to 0.73."""
FINE, FAINT = 4.0, 0.01
TRUNCATE = 4.0
BACKGROUND = 4
SAMPLE = 512
SAMPLES = 3
FEATURES = ("intensity", "texture")


@dataclass(frozen=True)
class Classical:
    """Settings of the classical tier; the image is z-scored.

    Attributes
    ----------
    feature : str
        ``intensity``: height above the local background, for bright cells on a dark ground; ``texture``: local
        standard deviation, for phase contrast and DIC.
    sigma_px : float
        Width of the Gaussian smoothing, and of the window of the texture, in pixels.
    threshold : "otsu" or float
        Least feature of the foreground, in standard deviations of the image; Otsu's is taken per frame.
    radius_px : int
        Distance to the background at which the marker is 1, in pixels; the local background is the image smoothed
        by a Gaussian four times as wide.
    """

    feature: str = "intensity"
    sigma_px: float = 2.0
    threshold: str | float = "otsu"
    radius_px: int = 12

    def __post_init__(self) -> None:
        if self.feature not in FEATURES:
            raise InputError(f"unknown feature {self.feature!r}", where="classical.feature", todo=f"use {FEATURES}")
        if isinstance(self.threshold, str) and self.threshold != "otsu":
            raise InputError(f"threshold {self.threshold!r} is neither otsu nor a number", where="classical.threshold")
        if self.sigma_px < 0 or self.radius_px < 1:
            raise InputError(
                f"sigma_px {self.sigma_px}, radius_px {self.radius_px}", where="classical", todo="give >= 0 and >= 1"
            )

    @classmethod
    def of(cls, classical: Mapping[str, object]) -> "Classical":
        """Return the settings that the configuration's ``classical`` describes.

        Raises
        ------
        InputError
            For an unknown key or a value out of range.
        """
        unknown = set(classical) - set(cls.__dataclass_fields__)
        if unknown:
            known = ", ".join(cls.__dataclass_fields__)
            raise InputError(f"unknown keys {sorted(unknown)}", where="classical", todo=f"use {known}")
        return cls(**classical)

    def model(self, read: Callable[[Tile], NDArray[np.float32]], shape: tuple[int, int]) -> Model:
        """Return the model for a plane.

        Parameters
        ----------
        read : callable
            Returns the pixels ``(Y, X)`` of a tile, z-scored; where ``threshold`` is ``otsu``, samples spread over
            the plane are read, the same ones for every block.
        shape : (int, int)
            Height and width of the plane.
        """
        if self.threshold == "otsu":
            threshold = _otsu(np.concatenate([self.feature_of(read(tile)).ravel() for tile in _samples(*shape)]))
        else:
            threshold = float(self._compressed(np.float32(self.threshold)))
        return Model(lambda image: self.maps(image, threshold), halo=self._halo())

    def feature_of(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what is thresholded, ``(Y, X)``, compressed so that Otsu's threshold does not miss dim cells."""
        if self.feature == "intensity":
            background = _smooth(image, BACKGROUND * self.radius_px, TRUNCATE / 2)
            return self._compressed(_smooth(image, self.sigma_px) - background)
        contrast = image - _smooth(image, self.sigma_px)
        return self._compressed(np.sqrt(_smooth(contrast * contrast, self.sigma_px)))

    def _compressed(self, feature: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.arcsinh(FINE * feature) if self.feature == "intensity" else np.log(np.maximum(feature, 0) + FAINT)

    def _halo(self) -> int:
        """Return how far the maps look: the feature, then a distance up to the radius, smoothed by a fourth of it."""
        smoothing = int(TRUNCATE * self.sigma_px + 0.5)
        background = int(TRUNCATE / 2 * BACKGROUND * self.radius_px + 0.5)
        feature = max(smoothing, background) if self.feature == "intensity" else 2 * smoothing
        return feature + 2 * self.radius_px + 1

    def maps(self, image: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
        """Return foreground and marker.

        Parameters
        ----------
        image : ndarray of float32, (Y, X)
            z-scored.
        threshold : float
            In the unit of the compressed feature.

        Returns
        -------
        ndarray of float32, (2, Y, X)
            A logistic function of the feature, 0.5 at the threshold; the smoothed distance to the background,
            as a share of ``radius_px``.
        """
        feature = self.feature_of(image)
        inside = feature >= threshold
        distance = np.minimum(edt.edt(inside, parallel=1), self.radius_px) / self.radius_px
        marker = _smooth(distance, self.radius_px / 4) * inside
        foreground = 1 / (1 + np.exp((threshold - feature) / SOFTNESS))
        return np.stack([foreground, marker]).astype(np.float32)


def _smooth(image: NDArray[np.float32], sigma: float, truncate: float = TRUNCATE) -> NDArray[np.float32]:
    return ndimage.gaussian_filter(image, sigma, truncate=truncate)


def _samples(height: int, width: int) -> list[Tile]:
    """Return tiles spread evenly over a plane, all of it where it is small."""
    rows, columns = (
        [_middle(*share(index, count, size)) for index in range(count)]
        for size in (height, width)
        for count in [min(SAMPLES, -(-size // SAMPLE))]
    )
    return [Tile(*y, *x) for y in rows for x in columns]


def _middle(first: int, last: int) -> tuple[int, int]:
    """Return up to `SAMPLE` pixels in the middle of ``[first, last)``."""
    spare = max(0, last - first - SAMPLE)
    return first + spare // 2, last - (spare - spare // 2)


def _otsu(values: NDArray[np.float32]) -> float:
    """Return Otsu's threshold, or above all values where they do not differ."""
    return threshold_otsu(values) if values.min() < values.max() else float(values.max()) + 1.0
