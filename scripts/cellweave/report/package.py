"""What a model package says of itself to those who find it: README and cover."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

README = """# {name}

Maps of cells in single-channel 2D microscopy images, from a U-Net ({encoder}, {parameters:,} parameters) that
cellweave trained.

## Use

Any program that reads BioImage.IO models gives the maps {channels}, each in [0, 1]. The image is normalised by its own
mean and standard deviation; cellweave takes the median of both over the frames of a movie instead. {zoom}
Sides must be multiples of {stride}; a pixel sees {halo} pixels around it, which is the halo of the tiles.
cellweave makes cells of the maps with {instances}: `snakemake --config input=<images> model=<this package>`.

## Training data

{data}

Licences of the data: {licences}. Commercial use of the weights: {commercial}.

## Scores

{scores}

## How it was trained

{steps} steps, seed {seed}, code {code}; started from {pretrained}.
"""


def package_readme(
    name: str,
    *,
    architecture: Mapping[str, Any],
    channels: list[str],
    stride: int,
    halo: int,
    zoom: float,
    instances: Mapping[str, Any],
    facts: Mapping[str, Any],
    scores: pd.DataFrame,
) -> str:
    """Return the README of a package.

    Parameters
    ----------
    name : str
    architecture, instances : mapping
    channels : list of str
        Names of the maps.
    stride, halo : int
        In network pixels.
    zoom : float
        Network pixels per image pixel.
    facts : mapping
        The manifest of the training.
    scores : DataFrame
        dataset, sequence, metric, value, n of runs with this model; may be empty.
    """
    seen = [
        f"* {each['dataset']}/{each['sequence']}, {each['part'][0]:.0%} to {each['part'][1]:.0%} of its frames "
        f"({each['licence'] or 'licence not stated'})"
        for each in facts["trained_on"]
    ]
    shown = scores[["dataset", "sequence", "metric", "value", "n"]] if len(scores) else scores
    rows = [f"| {a} | {b} | {c} | {d:.3f} | {e:g} |" for a, b, c, d, e in shown.itertuples(index=False)]
    head = ["| data set | sequence | measure | value | n |", "|---|---|---|---|---|"]
    return README.format(
        name=name,
        encoder=architecture["encoder"],
        parameters=facts["parameters"],
        channels=", ".join(channels),
        zoom="" if zoom == 1 else f"It was trained on images resampled by {zoom:g}: resample yours first.",
        stride=stride,
        halo=halo,
        instances=", ".join(f"{key} {value}" for key, value in instances.items()) or "its defaults",
        data="\n".join(seen) or "Not recorded.",
        licences=", ".join(facts["licences"]) or "not stated",
        commercial=facts["commercial_use"],
        scores="\n".join(head + rows) if rows else "Not scored in the run that made this package.",
        steps=facts["steps"],
        seed=facts["seed"],
        code=facts["code"],
        pretrained=facts["pretrained"] or "random weights",
    )


def package_cover(image: NDArray[np.floating], foreground: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return an image and its foreground map, both ``(Y, X)``, side by side as RGB: ``(Y, 2 X, 3)``."""
    low, high = np.percentile(image, [1, 99.5])
    grey = ((image - low) / max(high - low, 1e-6)).clip(0, 1)
    tint = np.stack([grey * (1 - foreground / 2), grey / 2 + foreground / 2, grey * (1 - foreground / 2)], axis=-1)
    both = np.concatenate([np.repeat(grey[..., None], 3, axis=-1), tint], axis=1)
    return np.rint(255 * both.clip(0, 1)).astype(np.uint8)
