"""Lineages as graphs in the GEFF format: a zarr group of detections (nodes) and links (edges).

See https://liveimagetrackingtools.org/geff. The time axis counts frames, as the stored images do; the space
axes are in micrometres where the scale is known and in pixels elsewhere.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from geff import GeffReader
from geff.core_io import write_arrays
from geff.validate.data import ValidationConfig, validate_data
from geff_spec import Axis, GeffMetadata, RelatedObject

from cellweave.core.errors import InputError
from cellweave.core.files import whole

WHOLE = {"t": np.int32, "label": np.int32, "track": np.int32}
REAL = ["y", "x", "y_px", "x_px"]


def write_lineage(
    path: str | Path,
    nodes: pd.DataFrame,
    tracks: pd.DataFrame,
    edges: np.ndarray,
    *,
    pixel_um: float | None = None,
    labels: str | None = None,
) -> None:
    """Write a lineage, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Folder to write.
    nodes : DataFrame
        frame, label, track, y_px, x_px, and confidence (of the link to the cell before) if known.
    tracks : DataFrame
        track, begin, end, parent.
    edges : ndarray (E, 2), int
        Links as row numbers of `nodes`, earlier first.
    pixel_um : float, optional
        Size of a pixel.
    labels : str, optional
        Path of the label image that `label` refers to, relative to `path`.
    """
    step = 1.0 if pixel_um is None else pixel_um
    values = {"t": nodes["frame"], "label": nodes["label"], "track": nodes["track"]}
    values |= {"y": nodes["y_px"] * step, "x": nodes["x_px"] * step, "y_px": nodes["y_px"], "x_px": nodes["x_px"]}
    parent = tracks.set_index("track")["parent"].reindex(nodes["track"]).to_numpy(np.int32)
    dtypes = WHOLE | dict.fromkeys(REAL, np.float64)
    properties = {name: _property(np.asarray(column, dtypes[name])) for name, column in values.items()}
    properties["parent_track"] = _property(parent)
    if "confidence" in nodes:
        properties["confidence"] = _property(nodes["confidence"].to_numpy(np.float64))
    with whole(path) as part:
        write_arrays(
            part,
            np.arange(len(nodes), dtype=np.uint64),
            properties,
            edges.astype(np.uint64).reshape(-1, 2),
            {},
            _metadata(pixel_um, labels),
            zarr_format=3,
        )


def read_lineage(path: str | Path) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Read a lineage that `write_lineage` wrote, and check it.

    Returns
    -------
    nodes : DataFrame
        frame, label, track (int32), y_px, x_px, confidence if it was written.
    tracks : DataFrame
        track, begin, end, parent (int32), in order of track.
    edges : ndarray (E, 2), int64
        Row numbers of `nodes`.

    Raises
    ------
    InputError
        No valid GEFF, or one that lacks these properties.
    """
    try:
        reader = GeffReader(str(path))
        reader.read_node_props()
        graph = reader.build()
        validate_data(graph, ValidationConfig(graph=True))
        columns = {name: graph["node_props"][name]["values"] for name in (*WHOLE, "y_px", "x_px", "parent_track")}
    except (KeyError, ValueError, FileNotFoundError) as error:
        raise InputError(f"not a lineage in GEFF: {error}", where=path, todo="export it again") from error
    table = pd.DataFrame(columns).rename(columns={"t": "frame"})
    tracks = table.groupby("track", as_index=False).agg(
        begin=("frame", "min"), end=("frame", "max"), parent=("parent_track", "first")
    )
    nodes = table[["frame", "label", "track", "y_px", "x_px"]]
    if "confidence" in graph["node_props"]:
        nodes = nodes.assign(confidence=graph["node_props"]["confidence"]["values"])
    return nodes, tracks.astype(np.int32), graph["edge_ids"].astype(np.int64)


def _property(values: np.ndarray) -> dict:
    return {"values": values, "missing": None}


def _metadata(pixel_um: float | None, labels: str | None) -> GeffMetadata:
    unit = "pixel" if pixel_um is None else "micrometer"
    space = [Axis(name=name, type="space", unit=unit) for name in "yx"]
    return GeffMetadata(
        directed=True,
        axes=[Axis(name="t", type="time", unit="frame"), *space],
        node_props_metadata={},
        edge_props_metadata={},
        related_objects=None if labels is None else [RelatedObject(type="labels", path=labels, node_prop="label")],
    )
