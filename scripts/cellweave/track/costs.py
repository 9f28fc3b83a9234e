"""What a link or a division is worth, from position, overlap and size.

A hypothesis is described by a few numbers in the movie's own unit of length and scored by a linear model: its
*benefit* over leaving the same cells unexplained. Weights were learned as in structured prediction (Tsochantaridis et
al. 2005, J. Mach. Learn. Res. 6:1453): the best set of hypotheses of a frame pair, as `solver` finds it, has to
beat every other set by a margin. Training data were the first 60 % of frames of five sequences of the Cell Tracking
Challenge (DIC-C2DH-HeLa, PhC-C2DH-U373, Fluo-N2DH-GOWT1, Fluo-N2DL-HeLa, PhC-C2DL-PSC; silver masks, and markers
for the first), and rounded. The size and intensity of a cell that moves on were left out: they made later frames worse.
"""

from dataclasses import dataclass

import numpy as np

from cellweave.track.candidates import Detections, Motion


@dataclass(frozen=True)
class LinkWeights:
    """Benefit of a link per unit of each feature of `link_benefits`."""

    constant: float = 6.5
    distance: float = -1.4
    overlap: float = 4.0
    gap: float = -5.5


@dataclass(frozen=True)
class DivisionWeights:
    """Benefit of a division per unit of each feature of `division_benefits`."""

    constant: float = 8.8
    midpoint: float = -1.2
    lopsided: float = -2.4
    separation: float = 1.0
    unlike: float = -4.0
    growth: float = -2.5
    large: float = -1.1
    inside: float = 6.0


LINK = LinkWeights()
DIVISION = DivisionWeights()


def link_benefits(
    cells: Detections,
    motion: Motion,
    sources: np.ndarray,
    targets: np.ndarray,
    distance: np.ndarray,
    shared: np.ndarray,
    weights: LinkWeights = LINK,
) -> np.ndarray:
    """Return the benefit of links, ``(E,)``.

    Features: distance in units of length; intersection over union; whether frames were missed.

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
    weights : LinkWeights
    """
    union = cells.area[sources] + cells.area[targets] - shared
    return (
        weights.constant
        + weights.distance * distance / motion.length
        + weights.overlap * shared / union
        + weights.gap * (cells.frame[targets] - cells.frame[sources] > 1)
    )


def division_benefits(
    cells: Detections,
    motion: Motion,
    mothers: np.ndarray,
    daughters: np.ndarray,
    shift: np.ndarray,
    shared: np.ndarray,
    weights: DivisionWeights = DIVISION,
) -> np.ndarray:
    """Return the benefit of divisions, ``(D,)``.

    Features: distance of the daughters' midpoint from the mother and the daughters' separation in units of length,
    and the ratio of both; log ratio of the daughters' areas; log of their sum over the mother's area; mean log of
    their areas over the movie's median; the share of the daughter that lies least inside the mother.

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
    weights : DivisionWeights
    """
    one, other = daughters.T
    place, area = cells.position, cells.area
    midpoint = np.hypot(*((place[one] + place[other]) / 2 - place[mothers] - shift).T)
    separation = np.hypot(*(place[one] - place[other]).T)
    inside = np.minimum(shared[:, 0] / area[one], shared[:, 1] / area[other])
    return (
        weights.constant
        + weights.midpoint * midpoint / motion.length
        + weights.lopsided * midpoint / np.maximum(separation, 1e-9)
        + weights.separation * separation / motion.length
        + weights.unlike * np.abs(np.log(area[one] / area[other]))
        + weights.growth * np.log((area[one] + area[other]) / area[mothers])
        + weights.large * np.log(area[one] * area[other] / motion.area**2) / 2
        + weights.inside * inside
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
