"""Settings that a user gives in micrometers, in pixels."""

from collections.abc import Mapping
from typing import Any

from cellweave.core.errors import InputError


def in_pixels(settings: Mapping[str, Any], pixel_um: float | None, where: object) -> dict[str, Any]:
    """Return settings with what is given in ``_um`` and ``_um2`` as ``_px``, which it replaces.

    Parameters
    ----------
    settings : mapping
        Lengths end in ``_px`` or ``_um``, areas in ``_px`` or ``_um2``. Where the value in pixels is an integer, the
        result is the nearest one, at least 1.
    pixel_um : float or None
        Size of a pixel [um]; None when unknown.
    where : object
        What the pixel size is lacking of, for the error.

    Raises
    ------
    InputError
        A setting in micrometers and no pixel size.
    """
    pixels = {name: value for name, value in settings.items() if not name.endswith(("_um", "_um2"))}
    for name in sorted(settings.keys() - pixels.keys()):
        if pixel_um is None:
            raise InputError(
                f"{name}: {settings[name]:g} needs the size of a pixel, which the files do not tell",
                where=where,
                todo="give it (--config pixel_size_um=<micrometers>, or the column pixel_size_um of the table of data "
                f"sets), or give {_twin(name)} instead",
            )
        size = settings[name] / pixel_um ** (2 if name.endswith("_um2") else 1)
        whole = isinstance(pixels.get(_twin(name)), int)
        pixels[_twin(name)] = max(1, round(size)) if whole else size
    return pixels


def _twin(name: str) -> str:
    return f"{name.rpartition('_')[0]}_px"
