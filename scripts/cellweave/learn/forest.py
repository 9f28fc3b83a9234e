"""The pixel forest: trees as plain arrays, predicted by a compiled kernel, stored without pickle."""

import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numba import njit

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.learn.features import HALO, NAMES, pixel_features

BLOCK = 256  # pixels whose features stay in the cache


@dataclass(frozen=True)
class Forest:
    """A random forest (Breiman 2001) on the features of `pixel_features`.

    Attributes
    ----------
    roots : numpy.ndarray
        ``(trees,)`` uint32, first node of each tree.
    depths : numpy.ndarray
        ``(trees,)`` uint32, depth of each tree.
    feature : numpy.ndarray
        ``(nodes,)`` uint32, feature a node asks for; 0 in a leaf.
    threshold : numpy.ndarray
        ``(nodes,)`` float32: at most this goes left; infinite in a leaf.
    child : numpy.ndarray
        ``(nodes,)`` uint32, left child (the right one follows it); a leaf is its own.
    shares : numpy.ndarray
        ``(nodes, 3)`` float32, shares of background, interior and boundary in a leaf.
    names : numpy.ndarray
        Names of the features it was trained on.
    """

    roots: np.ndarray
    depths: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    child: np.ndarray
    shares: np.ndarray
    names: np.ndarray

    halo = HALO

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities ``(3, N)`` float32 of features ``(F, N)`` float32."""
        features = np.ascontiguousarray(features, np.float32)
        return _predict(features, self.roots, self.depths, self.feature, self.threshold, self.child, self.shares)

    def maps(self, image: np.ndarray) -> np.ndarray:
        """Return foreground probability and marker.

        Parameters
        ----------
        image : numpy.ndarray
            ``(Y, X)`` float32, z-scored.

        Returns
        -------
        numpy.ndarray
            ``(2, Y, X)`` float32 in [0, 1]: probability of interior or boundary, and of interior. Values
            further than `halo` from the border do not depend on what lies beyond it.
        """
        features = pixel_features(image)
        shares = self.probabilities(features.reshape(len(features), -1))
        return np.stack([1 - shares[0], shares[1]]).reshape(2, *image.shape)


def save_forest(forest: Forest, path: str | Path) -> None:
    """Write the arrays of a forest to one ``.npz`` file, whatever the suffix of `path`."""
    with whole(path) as part, part.open("wb") as stream:
        np.savez_compressed(stream, **{field.name: getattr(forest, field.name) for field in fields(Forest)})


def load_forest(path: str | Path) -> Forest:
    """Read a forest that `save_forest` wrote; runs no code of the file.

    Raises
    ------
    InputError
        When the file is no forest, or one of other features.
    """
    todo = "use a forest that this workflow trained, or train it again"
    try:
        with np.load(path, allow_pickle=False) as content:
            forest = Forest(**{field.name: content[field.name] for field in fields(Forest)})
    except FileNotFoundError:
        raise InputError("no such checkpoint", where=path, todo=todo) from None
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"not a forest: {error}", where=path, todo=todo) from error
    if tuple(forest.names) != NAMES:
        raise InputError(f"a forest of {len(forest.names)} other features than {len(NAMES)}", where=path, todo=todo)
    return forest


@njit(nogil=True, cache=True)
def _predict(
    features: np.ndarray,
    roots: np.ndarray,
    depths: np.ndarray,
    feature: np.ndarray,
    threshold: np.ndarray,
    child: np.ndarray,
    shares: np.ndarray,
) -> np.ndarray:
    """Mean share of the leaves that each column of `features` falls into.

    A block of pixels goes down a tree level by level, all to its depth, so that the processor
    works on many pixels at once instead of waiting for each comparison. Unsigned indices spare
    numba the test for negative ones, which halves the time.
    """
    count, classes = features.shape[1], shares.shape[1]
    result = np.zeros((classes, count), np.float32)
    block = np.empty((features.shape[0], BLOCK), np.float32)
    at = np.empty(BLOCK, np.uint32)
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        block[:, :size] = features[:, start : start + size]
        for tree in range(len(roots)):
            at[:] = roots[tree]
            for _ in range(depths[tree]):
                for pixel in range(size):
                    node = at[pixel]
                    at[pixel] = child[node] + np.uint32(block[feature[node], pixel] > threshold[node])
            for pixel in range(size):
                for index in range(classes):
                    result[index, start + pixel] += shares[at[pixel], index]
    return result / np.float32(len(roots))
