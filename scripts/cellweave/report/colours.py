"""One colour per track, the same in every figure; relatives have related hues."""

import math
from collections.abc import Iterable, Mapping

import numpy as np

Colour = tuple[int, int, int]

GOLDEN = (math.sqrt(5) - 1) / 2
CHROMA = 0.15
LIGHTNESS = (0.72, 0.80, 0.65)
SIBLING_HUE = 0.12  # turns between two daughters of a founder; halves with every generation


def track_colours(tracks: Iterable[int], parents: Mapping[int, int] | None = None) -> dict[int, Colour]:
    """Return a colour for each track, readable on black, on white and on a micrograph.

    Founders are spread over the colour circle by the golden angle. Daughters lie on both sides of
    their mother's hue, closer with each generation, so that families stay together and sisters
    differ. A track that merely continues another one after a gap keeps its colour.

    Parameters
    ----------
    tracks : iterable of int
        Track ids (or label ids where nothing was tracked).
    parents : mapping, optional
        Parent of each track that has one; 0 or a missing track means none.

    Returns
    -------
    dict
        Track -> (red, green, blue), each 0..255.

    References
    ----------
    OKLCH: Ottosson, "A perceptual color space for image processing" (2020).
    """
    tracks = sorted({int(track) for track in tracks})
    parents = {int(track): int(parent) for track, parent in (parents or {}).items() if parent and parent != track}
    daughters: dict[int, list[int]] = {}
    for track in sorted(parents):
        daughters.setdefault(parents[track], []).append(track)
    places = [_place(track, parents, daughters) for track in tracks]
    hues = np.array([hue for hue, _ in places])
    levels = np.array([LIGHTNESS[level % len(LIGHTNESS)] for _, level in places])
    return dict(zip(tracks, map(tuple, oklch_to_srgb(levels, CHROMA, hues).tolist()), strict=True))


def _place(track: int, parents: Mapping[int, int], daughters: Mapping[int, list[int]]) -> tuple[float, int]:
    """Hue [turns] and lightness level of a track: its founder's, shifted by each division on the way."""
    line = [track]
    while (parent := parents.get(line[-1])) is not None and parent not in line:
        line.append(parent)
    founder = line[-1]
    hue, level, generation = founder * GOLDEN, founder, 0
    for child, mother in zip(line[-2::-1], line[:0:-1], strict=True):
        sisters = daughters[mother]
        if len(sisters) > 1:
            rank = sisters.index(child)
            hue += (rank - (len(sisters) - 1) / 2) * SIBLING_HUE / 2**generation
            level += 1 + rank
            generation += 1
    return hue % 1.0, level


def oklch_to_srgb(lightness: np.ndarray, chroma: float, hue: np.ndarray) -> np.ndarray:
    """Return sRGB bytes ``(N, 3)`` of OKLCH colours, clipped to what a screen can show.

    Parameters
    ----------
    lightness : ndarray ``(N,)``
        0..1.
    chroma : float
        0 (grey) to about 0.3.
    hue : ndarray ``(N,)``
        In turns.

    References
    ----------
    Ottosson (2020), matrices of the section "Converting from Oklab to linear sRGB".
    """
    a, b = chroma * np.cos(2 * np.pi * hue), chroma * np.sin(2 * np.pi * hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    matrix = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(np.stack([long, medium, short], axis=-1) @ matrix.T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(255 * srgb).astype(np.uint8)


def hex_colour(colour: Colour) -> str:
    """Return a colour as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
