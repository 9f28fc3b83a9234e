"""Metadata of OME-Zarr groups, versions 0.4 and 0.5: read without trusting it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellweave.core.errors import InputError
from cellweave.core.files import read_json
from cellweave.formats.scale import UNIT_MIN, UNIT_UM, Scale, step_of

AXES = "tczyx"
INSIDE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9 ._-]*(/[A-Za-z0-9_-][A-Za-z0-9 ._-]*)*")  # no '..', nothing absolute


@dataclass(frozen=True)
class Multiscale:
    """An image in several resolutions.

    Attributes
    ----------
    axes : str
        Letters of ``tczyx``, in any order.
    levels : tuple of Path
        Folders of the arrays, full resolution first.
    scale : Scale
        Physical size of a pixel at full resolution.
    """

    axes: str
    levels: tuple[Path, ...]
    scale: Scale


def read_ome(path: Path) -> dict[str, Any]:
    """Return the OME metadata of a zarr group.

    Raises
    ------
    InputError
        There is no group, or it has none.
    """
    file, group = path / "zarr.json", "attributes"
    if not file.is_file():
        file, group = path / ".zattrs", None
    content = read_json(file) if file.is_file() else None
    attributes = content.get(group, {}) if group and isinstance(content, dict) else content
    ome = attributes.get("ome", attributes) if isinstance(attributes, dict) else None
    if not isinstance(ome, dict) or not ome.keys() & {"multiscales", "labels"}:
        raise InputError("no OME-Zarr store here", where=path, todo="let the workflow make it, or convert it")
    return ome


def read_label_names(path: Path) -> list[str]:
    """Return the names of the label images of a labels group; none of an image."""
    names = read_ome(path).get("labels", [])
    if not isinstance(names, list) or not all(isinstance(name, str) and INSIDE.fullmatch(name) for name in names):
        raise InputError(f"labels of the names {names!r}", where=path, todo="use letters, digits and . _ -")
    return names


def read_multiscale(path: Path) -> Multiscale:
    """Return the first multiscale image of a group.

    Raises
    ------
    InputError
        There is none, or its metadata lack or contradict something.
    """
    try:
        multiscale = read_ome(path)["multiscales"][0]
        letters = [str(axis["name"]) for axis in multiscale["axes"]]
        units = [axis.get("unit") for axis in multiscale["axes"]]
        names = [str(level["path"]) for level in multiscale["datasets"]]
        transformations = multiscale["datasets"][0]["coordinateTransformations"]
        steps = next((list(part["scale"]) for part in transformations if part["type"] == "scale"), [1.0] * len(letters))
    except (LookupError, TypeError, AttributeError) as error:
        raise InputError(
            f"not the metadata of a multiscale image: {error!r}", where=path, todo="convert it anew"
        ) from error
    sound = len(set(letters)) == len(letters) == len(steps) and {"y", "x"} <= set(letters) <= set(AXES)
    if not sound or not all(INSIDE.fullmatch(name) for name in names):
        raise InputError(f"a multiscale image of axes {letters}, scale {steps} and arrays {names}", where=path)
    known = {letter: (step, unit) for letter, step, unit in zip(letters, steps, units, strict=True)}
    nothing = (None, None)
    return Multiscale(
        axes="".join(letters),
        levels=tuple(path / name for name in names),
        scale=Scale(
            pixel_um=step_of(*known["x"], UNIT_UM),
            z_um=step_of(*known.get("z", nothing), UNIT_UM),
            frame_min=step_of(*known.get("t", nothing), UNIT_MIN),
        ),
    )


def count_frames(path: Path) -> int:
    """Return the length of the time axis of a group's first multiscale image, from its metadata; 1 without one."""
    found = read_multiscale(path)
    file = next(
        (found.levels[0] / name for name in ("zarr.json", ".zarray") if (found.levels[0] / name).is_file()), None
    )
    shape = read_json(file).get("shape", []) if file else []
    return int(dict(zip(found.axes, shape, strict=False)).get("t", 1))
