"""The layout of BBBC038 (Data Science Bowl 2018): ``<id>/images/<id>.png`` and one mask file per nucleus.

References
----------
Caicedo et al., Nature Methods 16 (2019) 1247.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.formats.pictures import read_picture


def find_images(folder: str | Path) -> list[Path]:
    """Return the image files at any depth below `folder`, in order of name.

    Raises
    ------
    InputError
        There is none.
    """
    images = sorted(Path(folder).rglob("images/*.png"), key=lambda file: file.name)
    if not images:
        raise InputError("no images of the layout <id>/images/<id>.png", where=folder)
    return images


def label_image(image: Path) -> tuple[NDArray[np.int32], int]:
    """Merge the masks of an image.

    Parameters
    ----------
    image : Path
        ``<id>/images/<id>.png``.

    Returns
    -------
    labels : (Y, X), int32
        k for the k-th mask file in order of name; where masks overlap, the later one.
    conflicts : int
        Number of pixels that more than one mask claims.

    Raises
    ------
    InputError
        No masks, or masks of different sizes.
    """
    files = sorted((image.parent.parent / "masks").glob("*.png"))
    if not files:
        raise InputError("an image without masks", where=image.parent.parent, todo="unpack the archive again")
    masks = [_mask(file) for file in files]
    if len({mask.shape for mask in masks}) > 1:
        raise InputError("masks of different sizes", where=image.parent.parent / "masks")
    labels = np.zeros(masks[0].shape, np.int32)
    claims = np.zeros(masks[0].shape, np.int32)
    for label, mask in enumerate(masks, start=1):
        labels[mask] = label
        claims += mask
    return labels, int(np.count_nonzero(claims > 1))


def _mask(file: Path) -> NDArray[np.bool_]:
    pixels = read_picture(file)
    return (pixels if pixels.ndim == 2 else pixels[..., 0]) > 0
