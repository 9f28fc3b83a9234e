"""A network as other programs take it: one file of Python without this package, weights, and ONNX."""

import ast
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.learn.encoders import save_plain
from cellweave.learn.networks import Network, maps_of

OPSET = 18
CALLABLE = "MapsNetwork"
TRAINING = {"targets", "deformed"}
"""Methods of representations that only training needs, and that would pull in compiled code."""
MODULES = ("core.errors", "core.files", "learn.flows", "learn.representations", "learn.encoders", "learn.networks")
HEADER = '''"""A network of cellweave and all it needs but torch, written by `snakemake zoo`.

`MapsNetwork(encoder=..., channels=[...])` takes normalised images (B, 1, Y, X) and gives maps (B, C, Y, X) in [0, 1].
"""
'''


class MapsNetwork(Network):
    """The network with its maps as output, in float32; arguments are the entries of its architecture."""

    def __init__(self, **architecture: object) -> None:
        super().__init__(architecture)

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps ``(B, channels, Y, X)`` of normalised images ``(B, 1, Y, X)``."""
        return maps_of(super().forward(x), self.representation)


def maps_network(network: Network) -> MapsNetwork:
    """Return a network with its maps as output, on the CPU, ready for inference."""
    exported = MapsNetwork(**network.architecture)
    exported.load_state_dict(network.state_dict())
    return exported.cpu().eval()


def architecture_file() -> str:
    """Return the source of `MapsNetwork` and of all that it uses of this package, as one module.

    Definitions that nothing of it uses are left out, and so are comments and methods that only training needs.
    """
    folder = Path(__file__).parents[1]
    files = [folder / f"{module.replace('.', '/')}.py" for module in MODULES] + [Path(__file__)]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    imports = sorted({line for tree in trees for line in _outer_imports(tree)})
    nodes = [node for tree in trees for node in tree.body]
    used, waiting = set(), {CALLABLE}
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= {found for node in nodes if name in _defined(node) for found in _names(_pruned(node))} - used
    body = [ast.unparse(_pruned(node)) for node in nodes if _defined(node) & used]
    needed = [line for line in imports if any(name in used for name in _bound(line))]
    return "\n".join([HEADER, *needed, "", "", "\n\n\n".join(body), ""])


def write_onnx(network: MapsNetwork, path: str | Path, side: int) -> None:
    """Write a network as ONNX in which the batch and the sides, multiples of the stride, are free.

    Parameters
    ----------
    network : MapsNetwork
    path : str or Path
    side : int
        Side of the square with which it is traced, a multiple of the stride.

    Raises
    ------
    InputError
        The package that writes ONNX is not installed.
    """
    if find_spec("onnxscript") is None:
        raise InputError("ONNX needs the package onnxscript, which is not installed", todo="make extra NAME=bioimageio")
    height, width = (network.stride * torch.export.Dim(name, min=1) for name in ("rows", "columns"))
    shapes = {"x": {0: torch.export.Dim("batch", min=1), 2: height, 3: width}}
    example = torch.zeros(2, 1, side, side + network.stride)
    with whole(path) as part, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own deprecations
        torch.onnx.export(
            network, (example,), str(part), dynamo=True, external_data=False, dynamic_shapes=shapes,
            input_names=["raw"], output_names=["maps"], opset_version=OPSET, verbose=False,
        )  # fmt: skip


def write_state(network: MapsNetwork, path: str | Path) -> None:
    """Write the weights alone, as `torch.load(weights_only=True)` reads them."""
    weights = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    save_plain(weights, path)


def _defined(node: ast.stmt) -> set[str]:
    """Names that a top-level statement defines: function, class or constants."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def _pruned(node: ast.stmt) -> ast.stmt:
    """A class without the methods that only training needs; anything else as it is."""
    if not isinstance(node, ast.ClassDef):
        return node
    kept = [part for part in node.body if not (isinstance(part, ast.FunctionDef) and part.name in TRAINING)]
    return ast.ClassDef(**{**dict(ast.iter_fields(node)), "body": kept})


def _names(node: ast.stmt) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _outer_imports(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        inner = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cellweave")
        if isinstance(node, ast.Import | ast.ImportFrom) and not inner:
            module = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                yield f"{module}import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")


def _bound(line: str) -> set[str]:
    """The name that an import binds."""
    return {line.split()[-1].split(".")[0]}
