"""Lineages as TrackMate XML: spots, edges and tracks, as Fiji opens them (https://imagej.net/plugins/trackmate)."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.files import whole

VERSION = "7.11.1"
WHOLE = {"frame": "FRAME", "label": "LABEL", "track": "TRACK"}
REAL = {"y_px": "POSITION_Y", "x_px": "POSITION_X", "confidence": "QUALITY"}


def write_trackmate(path: str | Path, nodes: pd.DataFrame, edges: np.ndarray, *, radius_px: float) -> None:
    """Write a lineage, whole or not at all; lengths are in pixels, time in frames.

    Parameters
    ----------
    path : str or Path
    nodes : DataFrame
        frame, label, track, y_px, x_px, and confidence (NaN is written as it is) if known.
    edges : ndarray (E, 2), int
        Links as row numbers of `nodes`, earlier first.
    radius_px : float
        Radius that spots are drawn with.
    """
    root = ElementTree.Element("TrackMate", version=VERSION)
    model = ElementTree.SubElement(root, "Model", spatialunits="pixel", timeunits="frame")
    spots = ElementTree.SubElement(model, "AllSpots", nspots=str(len(nodes)))
    names = {column: name for column, name in (WHOLE | REAL).items() if column in nodes}
    for frame, group in nodes.groupby("frame"):
        parent = ElementTree.SubElement(spots, "SpotsInFrame", frame=str(frame))
        for row, values in zip(group.index, group[list(names)].to_dict("records"), strict=True):
            features = {name: repr(values[column]) for column, name in names.items()}
            fixed = {"ID": str(row), "name": f"ID{row}", "POSITION_Z": "0.0", "POSITION_T": str(frame)}
            ElementTree.SubElement(parent, "Spot", fixed | features, RADIUS=repr(radius_px), VISIBILITY="1")
    trees = ElementTree.SubElement(model, "AllTracks")
    root_of = _roots(len(nodes), edges)
    for number, (_, rows) in enumerate(pd.Series(range(len(edges))).groupby(root_of[edges[:, 0]])):
        track = ElementTree.SubElement(trees, "Track", name=f"Track_{number}", TRACK_ID=str(number))
        for source, target in edges[rows].tolist():
            ElementTree.SubElement(track, "Edge", SPOT_SOURCE_ID=str(source), SPOT_TARGET_ID=str(target))
    kept = ElementTree.SubElement(model, "FilteredTracks")
    for number in range(len(trees)):
        ElementTree.SubElement(kept, "TrackID", TRACK_ID=str(number))
    ElementTree.indent(root)
    with whole(path) as part:
        ElementTree.ElementTree(root).write(part, encoding="UTF-8", xml_declaration=True)


def read_trackmate(path: str | Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Read a lineage that `write_trackmate` wrote.

    Returns
    -------
    nodes : DataFrame
        frame, label, track (int32), y_px, x_px, and confidence if it was written.
    edges : ndarray (E, 2), int64
        Row numbers of `nodes`; sorted.

    Raises
    ------
    InputError
        No TrackMate file, or one without our columns.
    """
    try:
        root = ElementTree.parse(path).getroot()
        found = {int(spot.attrib["ID"]): spot.attrib for spot in root.iter("Spot")}
        rows = [found[number] for number in sorted(found)]
        columns = {column: [int(row[name]) for row in rows] for column, name in WHOLE.items()}
        known = {column: name for column, name in REAL.items() if column != "confidence" or (rows and name in rows[0])}
        columns |= {column: [float(row[name]) for row in rows] for column, name in known.items()}
        pairs = [(int(edge.attrib["SPOT_SOURCE_ID"]), int(edge.attrib["SPOT_TARGET_ID"])) for edge in root.iter("Edge")]
    except (ElementTree.ParseError, KeyError, ValueError, OSError) as error:
        raise InputError(
            f"not a lineage of ours in TrackMate XML: {error!r}", where=path, todo="export it again"
        ) from error
    order = {number: row for row, number in enumerate(sorted(found))}
    edges = np.array(sorted((order[one], order[two]) for one, two in pairs), np.int64).reshape(-1, 2)
    return pd.DataFrame(columns).astype(dict.fromkeys(WHOLE, np.int32)), edges


def _roots(count: int, edges: np.ndarray) -> np.ndarray:
    """The first ancestor of each node."""
    pointer = np.arange(count)
    pointer[edges[:, 1]] = edges[:, 0]
    while not np.array_equal(pointer, pointer[pointer]):
        pointer = pointer[pointer]
    return pointer
