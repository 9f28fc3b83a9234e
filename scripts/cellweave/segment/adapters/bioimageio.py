"""Models of the BioImage Model Zoo, by its own library: PyTorch (state dict, TorchScript) and ONNX."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.formats.bioimage import read_description
from cellweave.segment.foreign import Found, Segmenter, Setting
from cellweave.segment.instances import Rule
from cellweave.segment.planes import labelled

FORMATS = ("onnx", "pytorch_state_dict", "torchscript")
SIDE = 512
"""Side of the tiles, about, where the model lets one choose."""


def open_model(setting: Setting) -> Segmenter:
    """Return a model of the zoo; its outputs become cells by foreground and what parts them.

    Options: ``format`` (of the weights, else the first of `FORMATS` that there is), ``foreground``, ``marker`` and
    ``boundary`` (channels of the first output, from 0; marker else foreground minus boundary parts the cells),
    ``labels`` (channel with finished labels, instead), ``instances`` (as for other models).
    """
    path = setting.trained()
    description = read_description(path)
    axes = check_description(description, path)
    weights = [name for name in FORMATS if name in description["weights"]]
    chosen = setting.option("format", weights[0] if weights else None)
    if chosen not in weights:
        todo = f"choose a model with one of {', '.join(FORMATS)}"
        raise InputError(f"weights as {', '.join(description['weights'])} only", where=path, todo=todo)
    own = (description.get("config") or {}).get("cellweave", {})
    channels = {key: setting.option(key, None) for key in ("labels", "marker", "boundary")}
    channels["foreground"] = setting.option("foreground", 0)
    if own and channels["marker"] is None:
        channels["marker"] = 1
    rule = Rule.of(setting.option("instances", own.get("instances", {})))
    spec, core = setting.package("bioimageio.spec"), setting.package("bioimageio.core")
    model = spec.load_model_description(path / "rdf.yaml" if path.is_dir() else path, perform_io_checks=False)
    devices = {"cpu": ["cpu"], "gpu": ["cuda"]}.get(setting.device)
    pipeline = core.create_prediction_pipeline(model, weight_format=chosen, devices=devices)
    tensor = str(model.inputs[0].id)

    def segment(plane: NDArray[np.float32]) -> Found:
        image, blocks = fitted(plane[: axes["channels"]], axes["sizes"])
        named = core.Tensor(image[None], dims=("batch", "channel", "y", "x")).transpose(axes["order"])
        sizes = {(tensor, axis): number for axis, number in blocks.items()}
        found = core.predict(model=pipeline, inputs={tensor: named}, blocksize_parameter=sizes)
        output = next(iter(found.members.values())).data
        maps = np.asarray(output.transpose("batch", "channel", "y", "x"))[0, :, : plane.shape[1], : plane.shape[2]]
        return Found(cells_of(maps, channels, rule, vectors=own.get("vectors", False)))

    return segment


def check_description(description: Mapping[str, Any], path: object) -> dict[str, Any]:
    """Return order of the input's axes, number of its channels and sizes of its sides.

    Raises
    ------
    InputError
        A model of several inputs, of volumes, or described by the old format, whose axes are letters.
    """
    inputs = description["inputs"]
    if len(inputs) != 1 or not isinstance(inputs[0]["axes"], list):
        what = f"{len(inputs)} inputs" if len(inputs) != 1 else f"format {description['format_version']}"
        raise InputError(f"a model with {what}", where=path, todo="take one with one input, described by format 0.5")
    order = [axis.get("id", axis["type"]) for axis in inputs[0]["axes"]]
    if sorted(order) != ["batch", "channel", "x", "y"]:
        raise InputError(f"a model of the axes {', '.join(order)}", where=path, todo="take one of planes with channels")
    named = dict(zip(order, inputs[0]["axes"], strict=True))
    sizes = {axis: named[axis]["size"] for axis in ("y", "x")}
    return {"order": order, "channels": len(named["channel"]["channel_names"]), "sizes": sizes}


def fitted(
    image: NDArray[np.float32], sizes: Mapping[str, int | Mapping[str, int]]
) -> tuple[NDArray[np.float32], dict[str, int]]:
    """Return an image ``(C, Y, X)`` that is at least as large as the model asks for, and the size of its tiles.

    Smaller images are continued by reflection at the bottom and right. Where the model lets one choose, tiles have
    about `SIDE` pixels a side, given as the number of steps beyond the least size.
    """
    blocks, missing = {}, [(0, 0)]
    for length, (axis, size) in zip(image.shape[1:], sizes.items(), strict=True):
        least, step = (size["min"], size["step"]) if isinstance(size, Mapping) else (int(size), 0)
        missing.append((0, max(0, least - length)))
        if step:
            blocks[axis] = max(0, min(SIDE, length) - least) // step
    return np.pad(image, missing, mode="symmetric"), blocks


def cells_of(
    maps: NDArray[np.floating], channels: Mapping[str, int | None], rule: Rule, *, vectors: bool
) -> NDArray[np.int32]:
    """Return labels ``(Y, X)`` of a model's output ``(C, Y, X)``.

    Raises
    ------
    InputError
        A channel that there is not.
    """
    for name, number in channels.items():
        if number is not None and not 0 <= number < len(maps):
            raise InputError(f"{name} is channel {number} of {len(maps)}", where="models, options", todo="count from 0")
    if channels["labels"] is not None:
        return np.rint(maps[channels["labels"]]).astype(np.int32)
    foreground = maps[channels["foreground"]]
    if vectors:
        chosen = maps[:3]
    elif channels["marker"] is not None:
        chosen = np.stack([foreground, maps[channels["marker"]]])
    else:
        boundary = 0 if channels["boundary"] is None else maps[channels["boundary"]]
        chosen = np.stack([foreground, foreground - boundary])
    return labelled(np.rint(255 * chosen).clip(0, 255).astype(np.uint8), rule)[0]
