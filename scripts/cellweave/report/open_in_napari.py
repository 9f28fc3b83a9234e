"""Open results in napari: image, labels, tracks with their lineage.

Needs ``pip install "napari[all]" zarr pandas pyarrow``, for example in an environment of its own.

    python results/napari/open.py                       the first run
    python results/napari/open.py --list                the names of all runs
    python results/napari/open.py simulated/02/unet/weave
"""

import json
import sys
from pathlib import Path
from typing import Any

import napari
import pandas as pd
import zarr

HERE = Path(__file__).resolve().parent


def levels(store: Path) -> list[zarr.Array]:
    """Return the resolutions of an OME-Zarr image, full resolution first."""
    group = zarr.open_group(store, mode="r")
    return [group[level["path"]] for level in group.attrs["ome"]["multiscales"][0]["datasets"]]


def scale(store: Path) -> dict[str, float]:
    """Return the physical size of a pixel along each axis."""
    multiscale = zarr.open_group(store, mode="r").attrs["ome"]["multiscales"][0]
    sizes = multiscale["datasets"][0]["coordinateTransformations"][0]["scale"]
    return {axis["name"]: size for axis, size in zip(multiscale["axes"], sizes, strict=True)}


def show(viewer: napari.Viewer, run: dict[str, Any]) -> None:
    """Add the layers of one run: one image per channel, labels, and tracks where there are some."""
    image, labels = HERE / run["image"], HERE / run["labels"] / "cells"
    size = scale(image)
    space = [1.0, *(size[axis] for axis in size if axis in "zyx")]  # time in frames, so that a step is one frame
    viewer.add_image(levels(image), channel_axis=1, scale=space, name="image", multiscale=True)
    viewer.add_labels(levels(labels), scale=space, name="cells", multiscale=True)
    if run["nodes"] is None:
        return
    nodes = pd.read_parquet(HERE / run["nodes"]).sort_values(["track", "frame"])
    tracks = pd.read_parquet(HERE / run["tracks"])
    axes = [name for name in ("z_px", "y_px", "x_px") if name in nodes]
    graph = {int(track): [int(parent)] for track, parent in tracks[["track", "parent"]].to_numpy() if parent}
    known = {"confidence": nodes["confidence"].fillna(1).to_numpy()} if "confidence" in nodes else {}
    viewer.add_tracks(
        nodes[["track", "frame", *axes]].to_numpy(dtype=float),
        graph=graph,
        properties={"track": nodes["track"].to_numpy(), **known},
        scale=[1.0, *space[-len(axes) :]],
        name="tracks",
    )


def main() -> None:
    """Open the run that the command line names."""
    runs = {run["name"]: run for run in json.loads((HERE / "runs.json").read_text(encoding="utf-8"))}
    wanted = sys.argv[1] if len(sys.argv) > 1 else next(iter(runs))
    if wanted not in runs:
        sys.exit("\n".join(["runs:", *runs]))
    viewer = napari.Viewer(title=f"cellweave: {wanted}")
    show(viewer, runs[wanted])
    napari.run()


if __name__ == "__main__":
    main()
