"""What happens to the pictures of a movie while it runs: drift of the stage, bleaching, flashes, loss of focus."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from skimage.registration import phase_cross_correlation

JUMP_PX = 3.0  # smaller shifts are within what cells do by themselves
JUMP_SPREADS = 6.0  # and a jump stands out from the other shifts by so many spreads (median absolute deviations)
BRIGHTNESS_RATIO = 1.25  # a frame this much brighter or darker than its neighbours
BLEACHED = 0.8  # brightness, relative to the first frame, below which a steady loss is called bleaching
NEIGHBOURS = 5  # frames on each side that a frame is compared with
LEAST_CORRELATION = 0.5  # of two frames at their best shift; below it (cells that change shape) a shift means nothing
UPSAMPLING = 10  # shifts are found to a tenth of a pixel
FLAGS = {
    "jump": "the picture jumps (stage or plate was moved)",
    "flash": "much brighter or darker than the frames around it",
    "bleached": f"less than {BLEACHED:.0%} of the first frames' brightness, for good",
}


def frame_stability(read: Callable[[int], np.ndarray], brightness: np.ndarray, factor: float = 1.0) -> pd.DataFrame:
    """Describe and flag the frames of a movie.

    Parameters
    ----------
    read : callable
        Frame number to pixels ``(Y, X)``, at any one resolution.
    brightness : (T,) float
        Mean intensity of each frame at full resolution.
    factor : float
        Pixels of the full resolution per pixel of `read`.

    Returns
    -------
    DataFrame
        One row per frame: frame, shift_y_px and shift_x_px (since the frame before, in pixels of full resolution, by
        phase correlation, Guizar-Sicairos et al. 2008, doi:10.1364/OL.33.000156; NaN where two frames are too unlike),
        drift_px (distance from the first frame, over the known shifts), brightness (relative to the first frames), and
        the flags jump, flash and bleached.
    """
    shifts = np.zeros((len(brightness), 2))
    before = _contrast(read(0))
    for frame in range(1, len(brightness)):
        now = _contrast(read(frame))
        found, error, _ = phase_cross_correlation(before, now, upsample_factor=UPSAMPLING, normalization=None)
        alike = np.sqrt(1 - error**2) >= LEAST_CORRELATION
        shifts[frame], before = -found * factor if alike else np.nan, now
    relative = brightness / np.median(brightness[:NEIGHBOURS])
    return pd.DataFrame(
        {
            "frame": np.arange(len(brightness), dtype=np.int32),
            "shift_y_px": shifts[:, 0],
            "shift_x_px": shifts[:, 1],
            "drift_px": np.hypot(*np.nancumsum(shifts, axis=0).T),
            "brightness": relative,
            "jump": _jumps(np.hypot(*shifts.T), factor),
            "flash": _flashes(brightness),
            "bleached": _bleached(relative),
        }
    )


def _contrast(pixels: np.ndarray) -> np.ndarray:
    """Return the picture as float32 around its mean and faded out at the border, else the border registers."""
    centred = pixels.astype(np.float32) - pixels.mean(dtype=np.float64)
    return (centred * np.hanning(pixels.shape[0])[:, None] * np.hanning(pixels.shape[1])).astype(np.float32)


def _jumps(steps: np.ndarray, factor: float) -> np.ndarray:
    """Return where a step stands out from all steps of the movie."""
    known = steps[1:][np.isfinite(steps[1:])]
    usual = np.median(known) if known.size else 0.0
    spread = np.median(np.abs(known - usual)) if known.size else 0.0
    return steps > max(JUMP_PX, factor, usual + JUMP_SPREADS * spread)


def _flashes(brightness: np.ndarray) -> np.ndarray:
    """Return where a frame is much brighter or darker than the median of the frames around it."""
    around = pd.Series(brightness).rolling(2 * NEIGHBOURS + 1, center=True, min_periods=1).median().to_numpy()
    ratio = np.divide(brightness, around, out=np.ones_like(around), where=around > 0)
    return (ratio > BRIGHTNESS_RATIO) | (ratio < 1 / BRIGHTNESS_RATIO)


def _bleached(relative: np.ndarray) -> np.ndarray:
    """Return the frames from which on the movie has lost a fifth of its light for good."""
    highest_to_come = np.maximum.accumulate(relative[::-1])[::-1]
    return highest_to_come < BLEACHED
