"""Engineered features of each pixel, at several scales, for the forest.

All are local: a feature depends on no pixel further away than `HALO`. Derivatives are central
differences of Gaussian-smoothed images, which costs one smoothing per scale.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy import ndimage

SIGMAS = (1.0, 2.0, 4.0, 8.0)
TRUNCATE = 3.0
ENTROPY_EDGES = (-1.5, -0.75, -0.25, 0.25, 0.75, 1.5)  # of z-scored intensities
ENTROPY_SIDE = 9
PER_SCALE = (
    "gaussian",
    "gradient",
    "laplacian",
    "hessian_large",
    "hessian_small",
    "tensor_large",
    "tensor_small",
    "std",
)
NAMES = (
    "intensity",
    "sobel",
    "entropy",
    "minimum",
    "maximum",
    *(f"{kind}_{sigma:g}" for sigma in SIGMAS for kind in PER_SCALE),
    *(f"difference_{small:g}_{large:g}" for small, large in pairwise(SIGMAS)),
)


def _radius(sigma: float) -> int:
    return int(TRUNCATE * sigma + 0.5)  # as scipy.ndimage truncates


HALO = 2 * _radius(max(SIGMAS)) + 1  # structure tensor: smoothing, difference, smoothing of products


def pixel_features(image: np.ndarray) -> np.ndarray:
    """Return the features `NAMES` of every pixel.

    Parameters
    ----------
    image : numpy.ndarray
        ``(Y, X)`` float32, z-scored.

    Returns
    -------
    numpy.ndarray
        ``(F, Y, X)`` float32. Values within `HALO` of the border depend on its reflection.

    References
    ----------
    Arganda-Carreras et al. 2017, doi:10.1093/bioinformatics/btx180 (choice of features).
    """
    image = np.ascontiguousarray(image, np.float32)
    planes = [image, _sobel(image), _entropy(image), ndimage.minimum_filter(image, 5), ndimage.maximum_filter(image, 5)]
    smoothed = [_gauss(image, sigma) for sigma in SIGMAS]
    for sigma, smooth in zip(SIGMAS, smoothed, strict=True):
        planes.extend(_scale_features(image, smooth, sigma))
    planes.extend(small - large for small, large in pairwise(smoothed))
    return np.stack(planes)


def _scale_features(image: np.ndarray, smooth: np.ndarray, sigma: float) -> Iterator[np.ndarray]:
    """Yield the features `PER_SCALE`; derivatives are scale-normalised (Lindeberg 1998)."""
    gy, gx = (sigma * _difference(smooth, axis) for axis in (0, 1))
    hyy, hyx = (sigma * _difference(gy, axis) for axis in (0, 1))
    hxx = sigma * _difference(gx, 1)
    yield smooth
    yield np.sqrt(gy**2 + gx**2)
    yield hyy + hxx
    yield from _eigenvalues(hyy, hyx, hxx)
    yield from _eigenvalues(_gauss(gy * gy, sigma), _gauss(gy * gx, sigma), _gauss(gx * gx, sigma))
    yield np.sqrt(np.maximum(_gauss(image**2, sigma) - smooth**2, 0))


def _gauss(image: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(image, sigma, truncate=TRUNCATE)


def _difference(image: np.ndarray, axis: int) -> np.ndarray:
    """Return the central difference along `axis`, reflected at the border."""
    return ndimage.correlate1d(image, (-0.5, 0.0, 0.5), axis=axis)


def _eigenvalues(yy: np.ndarray, yx: np.ndarray, xx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the larger and the smaller eigenvalue of the symmetric matrices [[yy, yx], [yx, xx]]."""
    middle, half = (yy + xx) / 2, np.sqrt(((yy - xx) / 2) ** 2 + yx**2)
    return middle + half, middle - half


def _sobel(image: np.ndarray) -> np.ndarray:
    return np.hypot(ndimage.sobel(image, axis=0), ndimage.sobel(image, axis=1))


def _entropy(image: np.ndarray) -> np.ndarray:
    """Return the Shannon entropy, in bits, of the intensity classes in a square of `ENTROPY_SIDE` pixels."""
    classes = np.digitize(image, ENTROPY_EDGES)
    entropy = np.zeros_like(image)
    for index in range(len(ENTROPY_EDGES) + 1):
        share = ndimage.uniform_filter((classes == index).astype(np.float32), ENTROPY_SIDE)
        entropy -= np.where(share > 1e-6, share * np.log2(np.maximum(share, 1e-6)), 0)
    return entropy
