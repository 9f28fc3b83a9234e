"""Fit the probability of hits to features, or say that there is too little to fit it to."""

import logging

import numpy as np
from sklearn.linear_model import LogisticRegression

logger = logging.getLogger(__name__)

LEAST_OBJECTS = 30  # and at least `LEAST_EACH` right and wrong ones
LEAST_EACH = 3


def fit_logistic(features: np.ndarray, hits: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Return weights ``(F,)`` and intercept of a logistic regression (Platt 1999), None for too few objects.

    Parameters
    ----------
    features : numpy.ndarray
        ``(N, F)`` float.
    hits : numpy.ndarray
        ``(N,)`` bool.
    """
    right, wrong = np.count_nonzero(hits), np.count_nonzero(~hits)
    if hits.size < LEAST_OBJECTS or min(right, wrong) < LEAST_EACH:
        logger.warning(
            "%d right and %d wrong objects are too few to calibrate scores: they stay as they are", right, wrong
        )
        return None
    # Standardised, so that the mild penalty (C = 1) is the same for every feature.
    centre, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(C=1.0, max_iter=1000).fit((features - centre) / spread, hits)
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - centre @ weights)
