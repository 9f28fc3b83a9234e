"""Files that are not what they claim to be: one message for all that a reader of another project may raise."""

import math
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from cellweave.core.errors import InputError
from cellweave.core.files import size_of

# What readers of TIFF and zarr and their codecs raise for a damaged header; each was met by tests/fuzz.
DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
    SyntaxError,
    struct.error,
)
MAX_RATIO = 2000  # what an honest file is packed by at most: deflate reaches 1,032, LZW 1,365
UNSUSPICIOUS_BYTES = 100_000_000
UNSUSPICIOUS_PARTS = 100_000


@contextmanager
def reading(what: str, path: str | Path) -> Iterator[None]:
    """Turn the errors of a damaged file into an InputError; only calls of the library that reads it belong in here.

    Parameters
    ----------
    what : str
        What the file should be, for example ``"TIFF"``.
    path : str or Path
    """
    try:
        yield
    except DAMAGE as error:
        reason = str(error) or type(error).__name__
        raise InputError(f"not a readable {what}: {reason}", where=path, todo="copy or download it again") from error


def check_claim(shape: Sequence[int], dtype: DTypeLike, path: Path, *, parts: int = 1) -> None:
    """Check what a header claims before memory is taken for it.

    Parameters
    ----------
    shape, dtype
        Of the pixels that are read at once.
    path : Path
        The file, or the folder that holds the pixels.
    parts : int
        Number of frames, of strips of a page, or of bytes of a strip: whichever is largest.

    Raises
    ------
    InputError
        No numbers, no pixels, more parts than there are bytes, or pixels packed more tightly than is possible.
    """
    dtype, count = np.dtype(dtype), math.prod(map(int, shape))
    if dtype.kind not in "buif" or count < 1:
        raise InputError(
            f"pixels of type {dtype} and shape {tuple(shape)}", where=path, todo="save it as uint8 or uint16"
        )
    claimed = count * dtype.itemsize
    if claimed <= UNSUSPICIOUS_BYTES and parts <= UNSUSPICIOUS_PARTS:
        return
    stored = size_of(path)
    if parts > stored or (claimed > UNSUSPICIOUS_BYTES and claimed > MAX_RATIO * stored):
        raise InputError(
            f"{stored:,} bytes that claim to hold {' x '.join(map(str, shape))} pixels in {parts:,} parts",
            where=path,
            todo="copy or download it again",
        )
