"""Model packages of the BioImage Model Zoo: a folder or zip with rdf.yaml, read and described.

References
----------
Ouyang et al. 2022, bioRxiv 2022.06.07.495102; model description 0.5, https://bioimage-io.github.io/spec-bioimage-io.
"""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from cellweave.core.errors import InputError
from cellweave.core.files import sha256_of

FORMAT = "0.5.4"
NAMES = ("rdf.yaml", "bioimageio.yaml")
EPSILON = 1e-6
INPUT, OUTPUT = "raw", "maps"
CHANNELS = {"distances": ["foreground", "marker"], "flows": ["foreground", "flow_y", "flow_x"]}
OWN = "model.ckpt"


def is_package(path: str | Path) -> bool:
    """Whether a folder or zip holds the description of a model."""
    path = Path(path)
    if path.is_dir():
        return any((path / name).is_file() for name in NAMES)
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return not set(NAMES).isdisjoint(archive.namelist())


def read_description(path: str | Path) -> dict[str, Any]:
    """Return what the description in a package says.

    Raises
    ------
    InputError
        No package, not readable, or of something else than a model.
    """
    path = Path(path)
    try:
        if path.is_dir():
            text = next((path / name).read_text(encoding="utf-8") for name in NAMES if (path / name).is_file())
        else:
            with zipfile.ZipFile(path) as archive:
                text = archive.read(next(name for name in NAMES if name in archive.namelist())).decode()
        content = yaml.safe_load(text)
    except (StopIteration, OSError, ValueError, zipfile.BadZipFile, yaml.YAMLError) as error:
        todo = "give a folder or zip with rdf.yaml, as bioimage.io offers them"
        raise InputError(f"not a readable BioImage.IO package: {error}", where=path, todo=todo) from error
    if not isinstance(content, dict) or content.get("type") != "model":
        raise InputError("a BioImage.IO package of something else than a model", where=path, todo="choose a model")
    return content


def own_checkpoint(path: str | Path) -> tuple[str, dict[str, Any]] | None:
    """Return checkpoint and settings of a package that this workflow wrote, None for any other.

    The checkpoint of a zip is the zip itself, out of which `learn.encoders.load_plain` reads it.
    """
    settings = (read_description(path).get("config") or {}).get("cellweave")
    if not isinstance(settings, dict):
        return None
    return str(Path(path) / OWN if Path(path).is_dir() else path), settings


def describe(
    *,
    name: str,
    folder: Path,
    architecture: Mapping[str, Any],
    stride: int,
    halo: int,
    versions: Mapping[str, str],
    opset: int,
    authors: Sequence[str],
    licence: str | None,
    settings: Mapping[str, Any],
    commit: str,
) -> dict[str, Any]:
    """Return the description of a network whose files lie in `folder`.

    The input is normalised by mean and standard deviation of the image; sides are multiples of the stride, and what is
    nearer than `halo` to the border of a tile is left out, so that maps do not depend on the tiles.

    Parameters
    ----------
    name : str
    folder : Path
        With input.npy, output.npy, cover.png, README.md, architecture.py, weights.pt, weights.onnx and model.ckpt.
    architecture : mapping
        Arguments of the network.
    stride, halo : int
        Of the network, in pixels.
    versions : mapping
        Of torch.
    opset : int
        Of the ONNX file.
    authors : sequence of str
    licence : str or None
        SPDX identifier of the weights; None for unknown.
    settings : mapping
        How this workflow makes objects of the maps.
    commit : str
        Hash of the code that trained it.
    """

    def file(source: str) -> dict[str, str]:
        return {"source": source, "sha256": sha256_of(folder / source)}

    state = {
        **file("weights.pt"),
        "architecture": {**file("architecture.py"), "callable": "MapsNetwork", "kwargs": dict(architecture)},
        "pytorch_version": versions["torch"].partition("+")[0],
    }
    return {
        "format_version": FORMAT,
        "type": "model",
        "name": f"cellweave {name}",
        "description": "Cells in microscopy images: maps of foreground and markers, trained with cellweave.",
        "authors": [{"name": author} for author in authors],
        "cite": [{"text": "U-Net: Ronneberger, Fischer, Brox, MICCAI 2015", "doi": "10.1007/978-3-319-24574-4_28"}],
        **({"license": licence} if licence else {}),
        "documentation": "README.md",
        "covers": ["cover.png"],
        "attachments": [file(OWN)],
        "tags": ["segmentation", "cells", "2d", "unet", architecture["encoder"], "cellweave"],
        "inputs": [{**_raw(stride, halo), "test_tensor": file("input.npy")}],
        "outputs": [{**_maps(CHANNELS[architecture["representation"]], halo), "test_tensor": file("output.npy")}],
        "weights": {"pytorch_state_dict": state, "onnx": {**file("weights.onnx"), "opset_version": opset}},
        "config": {"cellweave": {"checkpoint": OWN, "code": commit, **settings}},
    }


def _raw(stride: int, halo: int) -> dict[str, Any]:
    """The input: sides of multiples of the stride, larger than two halos."""
    sides = {"min": 2 * halo + stride, "step": stride}
    normalise = {"id": "zero_mean_unit_variance", "kwargs": {"axes": ["channel", "y", "x"], "eps": EPSILON}}
    return {
        "id": INPUT,
        "description": "one channel of a microscopy image, in any unit of intensity",
        "axes": [
            {"type": "batch", "id": "batch"},
            {"type": "channel", "id": "channel", "channel_names": ["intensity"]},
            *({"type": "space", "id": axis, "size": sides} for axis in "yx"),
        ],
        "data": {"type": "float32"},
        "preprocessing": [{"id": "ensure_dtype", "kwargs": {"dtype": "float32"}}, normalise],
    }


def _maps(channels: Sequence[str], halo: int) -> dict[str, Any]:
    """The output: as large as the input; within the halo of a tile's border it is not that of the whole image."""
    return {
        "id": OUTPUT,
        "description": "probability of cells, and what tells one cell from the next, in [0, 1]",
        "axes": [
            {"type": "batch", "id": "batch"},
            {"type": "channel", "id": "channel", "channel_names": list(channels)},
            *(
                {"type": "space", "id": axis, "size": {"tensor_id": INPUT, "axis_id": axis}, "halo": halo}
                for axis in "yx"
            ),
        ],
        "data": {"type": "float32", "range": [0.0, 1.0]},
    }
