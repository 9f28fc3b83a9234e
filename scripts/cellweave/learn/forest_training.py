"""Trains the pixel forest with scikit-learn and flattens its trees."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from cellweave.core.progress import progress
from cellweave.learn.datasets import Crops, Pool
from cellweave.learn.features import HALO, NAMES, pixel_features
from cellweave.learn.forest import Forest

logger = logging.getLogger(__name__)

CLASSES = 3
BATCH = 10  # trees grown between two lines of the history


def draw_pixels(
    pool: Pool, side: int, crops: int, pixels: int, rng: np.random.Generator, title: str
) -> tuple[np.ndarray, np.ndarray]:
    """Draw pixels from crops, as many of each class as there are in each crop, up to an equal share.

    Parameters
    ----------
    pool : Pool
        Where to draw crops from.
    side, crops, pixels : int
        Side of a crop (without the halo, which is added), number of crops, number of pixels in all.
    rng : numpy.random.Generator
        Draws crops and pixels.
    title : str
        For the progress bar.

    Returns
    -------
    features : numpy.ndarray
        ``(N, F)`` float32.
    classes : numpy.ndarray
        ``(N,)`` int8: 0 background, 1 interior, 2 boundary.
    """
    series = Crops(pool, side + 2 * HALO, None, int(rng.integers(2**31)), 0, crops)
    quota = max(1, pixels // (crops * CLASSES))
    inner = slice(HALO, HALO + side)
    rows, answers = [], []
    for index in progress(range(crops), title, unit="crop"):
        image, targets = series[index]
        features = pixel_features(image[0])[:, inner, inner].reshape(len(NAMES), -1)
        classes = targets[0, inner, inner].ravel()
        for kind in range(CLASSES):
            found = np.flatnonzero(classes == kind)
            chosen = rng.choice(found, min(quota, len(found)), replace=False)
            rows.append(features[:, chosen].T)
            answers.append(np.full(len(chosen), kind, np.int8))
    return np.concatenate(rows), np.concatenate(answers)


def grow(
    training: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    settings: Mapping[str, int],
    *,
    seed: int,
    threads: int,
) -> tuple[Forest, list[dict[str, float]]]:
    """Grow a forest and watch it on validation pixels.

    Parameters
    ----------
    training, validation : (features, classes)
        As `draw_pixels` returns them.
    settings : mapping
        ``trees``, ``depth`` (largest), ``leaf_pixels`` (fewest in a leaf).
    seed : int
        Seed of the forest.
    threads : int
        Trees grown at a time.

    Returns
    -------
    Forest
        The flattened forest.
    list of dict
        History, a row per ten trees: step = number of trees, epoch, train_loss and val_loss (cross entropy
        in nats), val_iou of the foreground, lr = NaN.
    """
    model = RandomForestClassifier(
        n_estimators=0,
        max_depth=settings["depth"],
        min_samples_leaf=settings["leaf_pixels"],
        max_features="sqrt",
        random_state=seed,
        n_jobs=threads,
        warm_start=True,
    )
    rows = []
    sizes = [*range(BATCH, settings["trees"], BATCH), settings["trees"]]
    for epoch, trees in enumerate(progress(sizes, "grow the forest", unit=f"{BATCH} trees")):
        model.set_params(n_estimators=trees).fit(*training)
        forest = flatten(model)
        rows.append({"step": trees, "epoch": epoch, **_measures(forest, training, validation), "lr": np.nan})
        logger.info("%s", rows[-1])
    return forest, rows


def flatten(model: RandomForestClassifier) -> Forest:
    """Return the trees of a fitted classifier as arrays; children lie side by side.

    scikit-learn compares float32 features with float64 thresholds: a threshold rounded down to float32
    decides alike for every float32 feature.
    """
    return _forest(model.estimators_, model)


def _forest(estimators: Sequence[DecisionTreeClassifier], model: RandomForestClassifier) -> Forest:
    trees = [_flat_tree(tree, model.classes_) for tree in estimators]
    roots = np.cumsum([0, *(len(tree["feature"]) for tree in trees)])[:-1].astype(np.uint32)
    for tree, root in zip(trees, roots, strict=True):
        tree["child"] += root
    joined = {key: np.concatenate([tree[key] for tree in trees]) for key in trees[0]}
    depths = np.array([tree.get_depth() for tree in estimators], np.uint32)
    return Forest(roots=roots, depths=depths, names=np.array(NAMES), **joined)


def _flat_tree(estimator: DecisionTreeClassifier, classes: np.ndarray) -> dict[str, np.ndarray]:
    """Return feature, threshold, child and shares of one tree, breadth first, so that children lie side by side."""
    tree = estimator.tree_
    order, child = [0], []
    for position in range(tree.node_count):
        left, right = tree.children_left[order[position]], tree.children_right[order[position]]
        child.append(position if left < 0 else len(order))
        order += [left, right] if left >= 0 else []
    leaf = tree.children_left[order] < 0
    shares = np.zeros((len(order), CLASSES), np.float32)
    value = tree.value[order, 0]
    shares[:, classes] = np.where(leaf[:, None], value / value.sum(axis=1, keepdims=True), 0)
    return {
        "feature": np.where(leaf, 0, tree.feature[order]).astype(np.uint32),
        "threshold": np.where(leaf, np.float32(np.inf), _rounded_down(tree.threshold[order])),
        "child": np.array(child, np.uint32),
        "shares": shares,
    }


def _rounded_down(values: np.ndarray) -> np.ndarray:
    """Return the largest float32 not above each float64."""
    rounded = values.astype(np.float32)
    return np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float32)


def _measures(forest: Forest, training: tuple, validation: tuple) -> dict[str, float]:
    """Return cross entropies and the foreground's intersection over union on validation pixels."""
    losses = {}
    for name, (features, classes) in (("train_loss", training), ("val_loss", validation)):
        shares = forest.probabilities(features.T)
        losses[name] = float(-np.log(np.maximum(shares[classes, np.arange(len(classes))], 1e-6)).mean())
    predicted, true = shares[0] < 0.5, validation[1] > 0
    return {**losses, "val_iou": float((predicted & true).sum() / max((predicted | true).sum(), 1))}


def grow_members(
    samples: Sequence[tuple[np.ndarray, np.ndarray]], settings: Mapping[str, int], *, seed: int
) -> list[Forest]:
    """Grow a forest on few pixels and return it in parts, whose answers differ where it is unsure.

    Parameters
    ----------
    samples : sequence of (features, classes)
        ``(N, F)`` float32 and ``(N,)`` int8, of each annotated tile.
    settings : mapping
        ``trees``, ``depth``, ``leaf_pixels``, ``members`` (parts), ``class_pixels`` (most pixels of a class).
    seed : int
    """
    rng = np.random.default_rng(seed)
    features, classes = (np.concatenate(parts) for parts in zip(*samples, strict=True))
    of_class = [np.flatnonzero(classes == kind) for kind in range(CLASSES)]
    kept = [rng.choice(rows, min(len(rows), settings["class_pixels"]), replace=False) for rows in of_class]
    model = RandomForestClassifier(
        n_estimators=settings["trees"],
        max_depth=settings["depth"],
        min_samples_leaf=settings["leaf_pixels"],
        max_features="sqrt",
        random_state=seed,
    ).fit(features[np.concatenate(kept)], classes[np.concatenate(kept)])
    return [_forest(model.estimators_[part :: settings["members"]], model) for part in range(settings["members"])]
