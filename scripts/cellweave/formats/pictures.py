"""PNG and JPEG files, read by Pillow."""

from pathlib import Path

import imageio.v3 as imageio
import numpy as np
from numpy.typing import NDArray
from PIL.Image import DecompressionBombError

from cellweave.core.errors import InputError
from cellweave.formats.damage import check_claim, reading

SUFFIXES = (".png", ".jpg", ".jpeg")


def describe_picture(path: Path) -> tuple[tuple[int, ...], np.dtype]:
    """Return shape ``(Y, X[, S])`` and type of a picture from its header.

    Raises
    ------
    InputError
        No picture, or one that claims more pixels than its file can hold.
    """
    try:
        with reading("image", path):
            header = imageio.improps(path, plugin="pillow")
    except DecompressionBombError as error:
        raise InputError(f"not a readable image: {error}", where=path, todo="save it as TIFF") from error
    check_claim(header.shape, header.dtype, path)
    return header.shape, np.dtype(header.dtype)


def read_picture(path: Path) -> NDArray:
    """Read a picture ``(Y, X[, S])``, uint8 or uint16.

    Raises
    ------
    InputError
        As `describe_picture`, or a file that is cut off.
    """
    describe_picture(path)
    with reading("image", path):
        return imageio.imread(path.read_bytes(), plugin="pillow")  # of a file, Pillow reads as much as a header says
