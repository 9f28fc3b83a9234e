"""What speaks for a link or a division: a few numbers in the movie's own units.

Each hypothesis is a row of features; its *benefit* over leaving the same cells unexplained is their weighted sum
(`weights`). Distances are in the movie's unit of length (`candidates.Motion`), sizes are log ratios, brightness and
roughness are those of `candidates.Detections`.
"""

import numpy as np

from cellweave.track.candidates import Detections, Motion

LINK_FEATURES = ("constant", "distance", "contained", "gap", "alone", "resized", "changed")
MOST_UNLIKE = 3.0
"""Where the difference of daughters in brightness and roughness is cut off."""
FAR = 4.0
"""Units of length from which on a cell is alone."""
DIVISION_FEATURES = (
    "constant",
    "midpoint",
    "lopsided",
    "separation",
    "unlike_size",
    "unlike_bright",
    "unlike_rough",
    "growth",
    "large",
    "inside",
    "stunted",
    "entering",
    "bright",
    "brightened",
    "roughened",
    "returning",
    "parted",
    "young",
)
EVIDENCE = {
    "image": frozenset({"unlike_bright", "unlike_rough", "bright", "brightened", "roughened"}),
    "geometry": frozenset(DIVISION_FEATURES[1:])
    - {"unlike_bright", "unlike_rough", "bright", "brightened", "roughened"},
}
"""What speaks for a division by where it is read from: how the cells look, or where they lie and how large they are."""


def link_features(
    cells: Detections,
    motion: Motion,
    sources: np.ndarray,
    targets: np.ndarray,
    distance: np.ndarray,
    shared: np.ndarray,
    space: np.ndarray,
) -> np.ndarray:
    """Describe links, ``(E, F)`` with one column for each of `LINK_FEATURES`.

    constant; distance; intersection over the smaller area; whether frames were missed;
    if so, how far from all other cells (at most `FAR`) the cell is found again; absolute log ratio of the areas;
    absolute difference in roughness.

    Parameters
    ----------
    cells : Detections
    motion : Motion
    sources, targets : ndarray (E,), int
        Rows of `cells`.
    distance : ndarray (E,), float
        After drift correction, pixels.
    shared : ndarray (E,), float
        Area in both cells, square pixels.
    space : ndarray (E,), float
        Distance from each target to the nearest other cell of its frame, pixels; only read where frames were missed.
    """
    missed = cells.frame[targets] - cells.frame[sources] > 1
    before, after = cells.area[sources], cells.area[targets]
    return np.column_stack(
        [
            np.ones(len(sources)),
            distance / motion.length,
            shared / np.minimum(before, after),
            missed,
            np.where(missed, np.minimum(space / motion.length, FAR), 0),
            np.abs(np.log(after / before)),
            np.abs(cells.rough[targets] - cells.rough[sources]),
        ]
    )


def division_features(
    cells: Detections,
    motion: Motion,
    mothers: np.ndarray,
    daughters: np.ndarray,
    shift: np.ndarray,
    shared: np.ndarray,
    changed: np.ndarray,
    returning: np.ndarray,
    merged: np.ndarray,
    young: np.ndarray,
) -> np.ndarray:
    """Describe divisions, ``(D, G)`` with one column for each of `DIVISION_FEATURES`.

    constant; distance of the daughters' midpoint from the mother; that over their separation; their separation; how
    unlike they are in size, brightness and roughness; log of the sum of their areas over the mother's; mean log of
    their areas over the movie's median; the share of the daughter that lies least inside the mother; log of how often
    the mother would fit into the median cell, if it is smaller; how near to the border (1 at it, 0 a unit of length
    inside) the nearer one is, where cells come from outside; the mother's brightness and by how much she is brighter
    and rougher than she used to be, because cells round up and their chromatin condenses before they divide; how much
    of a daughter lies where another cell vanished a moment ago; that times how much of such a cell lies in the mother,
    which then may be two cells that had merged; how young the mother is, whose own birth was seen.

    Parameters
    ----------
    cells : Detections
    motion : Motion
    mothers : ndarray (D,), int
        Rows of `cells`.
    daughters : ndarray (D, 2), int
        Rows of `cells`.
    shift : ndarray (2,), float
        Drift between the frames, pixels.
    shared : ndarray (D, 2), float
        Area that the mother shares with each daughter, square pixels.
    changed : ndarray (D, 2), float
        By how much the mother is brighter and rougher than she used to be.
    returning : ndarray (D, 2), float
        Share of each daughter that is also in a cell that vanished lately.
    merged : ndarray (D,), float
        Largest share of a cell that vanished lately that is also in the mother.
    young : ndarray (D,), float
        The mother's youth (`scene.Scene.young`).
    """
    one, other = daughters.T
    (y, x), log_area = cells.position.T, np.log(cells.area)
    midpoint = np.hypot(
        (y[one] + y[other]) / 2 - y[mothers] - shift[0], (x[one] + x[other]) / 2 - x[mothers] - shift[1]
    )
    separation = np.hypot(y[one] - y[other], x[one] - x[other])
    area_one, area_other, log_one, log_other = cells.area[one], cells.area[other], log_area[one], log_area[other]
    back = np.maximum(*returning.T)
    return np.column_stack(
        [
            np.ones(len(mothers)),
            midpoint / motion.length,
            midpoint / np.maximum(separation, 1e-9),
            separation / motion.length,
            np.abs(log_one - log_other),
            np.minimum(np.abs(cells.bright[one] - cells.bright[other]), MOST_UNLIKE),
            np.minimum(np.abs(cells.rough[one] - cells.rough[other]), MOST_UNLIKE),
            np.log((area_one + area_other) / cells.area[mothers]),
            (log_one + log_other) / 2 - np.log(motion.area),
            np.minimum(shared[:, 0] / area_one, shared[:, 1] / area_other),
            np.maximum(np.log(motion.area / cells.area), 0)[mothers],
            np.maximum(1 - np.minimum(cells.border[one], cells.border[other]) / motion.length, 0),
            np.clip(cells.bright, 0, MOST_UNLIKE)[mothers],
            *np.clip(changed, 0, MOST_UNLIKE).T,
            back,
            back * merged,
            young,
        ]
    )


def disc_overlap(distance: np.ndarray, area_a: np.ndarray, area_b: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Return the area that two discs share, a stand-in for masks that are unknown or lie apart.

    Parameters
    ----------
    distance : ndarray (E,), float
        Between the centres.
    area_a, area_b : ndarray (E,), float
    scale : float
        The discs are drawn this much wider; the result is scaled back.
    """
    a, b = scale * np.sqrt(area_a / np.pi), scale * np.sqrt(area_b / np.pi)
    d = np.clip(distance, np.abs(a - b) + 1e-9, a + b)
    angle_a = np.arccos(np.clip((d**2 + a**2 - b**2) / (2 * d * a), -1, 1))
    angle_b = np.arccos(np.clip((d**2 + b**2 - a**2) / (2 * d * b), -1, 1))
    kite = (a + b - d) * (d + a - b) * (d - a + b) * (d + a + b)
    return (a**2 * angle_a + b**2 * angle_b - 0.5 * np.sqrt(np.maximum(kite, 0))) / scale**2
