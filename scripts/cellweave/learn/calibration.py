"""Fit the probability of hits to features, or say that there is too little to fit it to."""

import logging

import numpy as np
from sklearn.linear_model import LogisticRegression

logger = logging.getLogger(__name__)

LEAST_OBJECTS = 30


def fit_logistic(features: np.ndarray, hits: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Return weights ``(F,)`` and intercept of a logistic regression [1]_, None for too few objects.

    Its targets are not 1 and 0 but the smoothed (n + 1) / (n + 2) and 1 / (n + 2) of [1]_, n being the number of right
    and of wrong objects: where all were right, all get Laplace's (n + 1) / (n + 2).

    Parameters
    ----------
    features : numpy.ndarray
        ``(N, F)`` float.
    hits : numpy.ndarray
        ``(N,)`` bool.

    References
    ----------
    .. [1] Platt, Probabilistic outputs for support vector machines, in Advances in Large Margin Classifiers, 1999.
    """
    if hits.size < LEAST_OBJECTS:
        logger.warning("%d objects are too few to calibrate scores: they stay as they are", hits.size)
        return None
    right, wrong = np.count_nonzero(hits), np.count_nonzero(~hits)
    share = np.where(hits, (right + 1) / (right + 2), 1 / (wrong + 2))
    # Standardised, so that the mild penalty (C = 1) is the same for every feature.
    centre, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    twice = np.tile((features - centre) / spread, (2, 1))  # each object as right, with its share, and as wrong
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit(twice, np.repeat([True, False], hits.size), sample_weight=np.concatenate([share, 1 - share]))
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - centre @ weights)
