"""Tracks and their family trees, as tables and as a graph of detections.

A track runs through consecutive frames and carries one number. Where a cell divides or comes back from a gap
a new track begins whose parent is the old one: a parent with one child is a gap, with more it is a division
(Cell Tracking Challenge).
"""

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError

MASK_IDS = np.iinfo(np.uint16).max
NODE_COLUMNS = ["frame", "label", "track", "y_px", "x_px"]
TRACK_COLUMNS = ["track", "begin", "end", "parent"]


def tracks_of(detections: pd.DataFrame, predecessor: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Number the tracks that predecessors spell out.

    Parameters
    ----------
    detections : DataFrame
        One row per detection, any order: frame, label, y_px, x_px, and confidence if known.
    predecessor : ndarray (N,), int
        Row number of the detection that each one comes from, in an earlier frame; -1 for none.

    Returns
    -------
    nodes : DataFrame
        frame, label, track, y_px, x_px, confidence if known; sorted by frame and label.
    tracks : DataFrame
        track, begin, end, parent (int32, 0 = none); numbers 1..n by begin, then y, then x of the first detection.
    """
    predecessor = np.asarray(predecessor, np.int64)
    frame = detections["frame"].to_numpy()
    head = _heads(frame, predecessor)
    first = _follow(np.where(head, np.arange(len(frame)), predecessor))
    starts = np.flatnonzero(head)
    order = np.lexsort((detections["x_px"].to_numpy()[starts], detections["y_px"].to_numpy()[starts], frame[starts]))
    number = np.zeros(len(frame) + 1, np.int32)
    number[starts[order]] = np.arange(1, len(starts) + 1)
    track = number[first]
    last = np.zeros(len(starts) + 1, frame.dtype)
    np.maximum.at(last, track, frame)
    starts = starts[order]
    parent = np.append(track, np.int32(0))[predecessor[starts]]
    tracks = pd.DataFrame({"track": number[starts], "begin": frame[starts], "end": last[1:], "parent": parent})
    columns = NODE_COLUMNS + (["confidence"] if "confidence" in detections else [])
    nodes = detections.assign(track=track)[columns].sort_values(["frame", "label"], ignore_index=True)
    whole_numbers = {"frame": np.int32, "label": np.int32, "track": np.int32}
    return nodes.astype(whole_numbers), tracks.astype(np.int32)


def edges_of(nodes: pd.DataFrame, tracks: pd.DataFrame) -> np.ndarray:
    """Return the links between detections, along tracks and from parents to children.

    Parameters
    ----------
    nodes, tracks : DataFrame
        As `tracks_of` returns them.

    Returns
    -------
    ndarray (E, 2), int64
        Row numbers in `nodes`, earlier detection first; sorted.
    """
    track, frame = nodes["track"].to_numpy(), nodes["frame"].to_numpy()
    order = np.lexsort((frame, track))
    along = np.flatnonzero(track[order][1:] == track[order][:-1])
    opens = np.append(True, track[order][1:] != track[order][:-1])[: len(order)]
    closes = np.append(opens[1:], True)[: len(order)]
    rows = pd.DataFrame({"first": order[opens], "last": order[closes]}, index=track[order][opens])
    born = tracks[tracks["parent"] > 0]
    kin = np.column_stack([rows["last"].loc[born["parent"]], rows["first"].loc[born["track"]]])
    edges = np.concatenate([np.column_stack([order[along], order[along + 1]]), kin]).astype(np.int64)
    return edges[np.lexsort((edges[:, 1], edges[:, 0]))]


def predecessors_of(count: int, edges: np.ndarray) -> np.ndarray:
    """Return the predecessor of each of `count` detections, -1 for none, from links ``(E, 2)``."""
    predecessor = np.full(count, -1, np.int64)
    predecessor[edges[:, 1]] = edges[:, 0]
    return predecessor


def families(tracks: pd.DataFrame) -> pd.DataFrame:
    """Return the place of each track in its family tree.

    Parameters
    ----------
    tracks : DataFrame
        track, begin, end, parent.

    Returns
    -------
    DataFrame
        The same rows with three columns more: founder (track at the root), generation (divisions since the root; a gap
        adds none), children (number of tracks that name this one as parent).
    """
    index = pd.Index(tracks["track"])
    parent = index.get_indexer(tracks["parent"])
    children = np.bincount(parent[parent >= 0], minlength=len(tracks))
    founder = np.arange(len(tracks))
    generation = np.zeros(len(tracks), np.int32)
    for row in np.argsort(tracks["begin"].to_numpy(), kind="stable"):
        if parent[row] >= 0:
            founder[row] = founder[parent[row]]
            generation[row] = generation[parent[row]] + (children[parent[row]] > 1)
    numbers = tracks["track"].to_numpy()
    return tracks.assign(founder=numbers[founder], generation=generation, children=children.astype(np.int32))


def paint(labels: np.ndarray, nodes: pd.DataFrame) -> np.ndarray:
    """Replace the ids of one frame by those of their tracks; objects without one become background.

    Parameters
    ----------
    labels : ndarray ([Z,] Y, X), int
        Ids 0..n.
    nodes : DataFrame
        label and track of that frame.
    """
    lookup = np.zeros(max(int(labels.max(initial=0)), int(nodes["label"].max() if len(nodes) else 0)) + 1, np.int32)
    lookup[nodes["label"].to_numpy()] = nodes["track"].to_numpy()
    return lookup[labels]


def check_masks_fit(tracks: pd.DataFrame, *, where: object = None) -> None:
    """Raise InputError when there are more tracks than a 16-bit mask, as the challenge asks for, has ids."""
    if len(tracks) > MASK_IDS:
        raise InputError(
            f"{len(tracks)} tracks, but a 16-bit mask holds at most {MASK_IDS} ids",
            where=where,
            todo="run on fewer frames of the sequence (`frames`), or use the tables and the GEFF, which have no limit",
        )


def _heads(frame: np.ndarray, predecessor: np.ndarray) -> np.ndarray:
    """A track begins where there is no predecessor, where it has several successors, and after a gap."""
    linked = predecessor >= 0
    successors = np.bincount(predecessor[linked], minlength=len(frame))
    head = ~linked
    head[linked] = successors[predecessor[linked]] > 1
    head[linked] |= frame[linked] - frame[predecessor[linked]] > 1
    return head


def _follow(pointer: np.ndarray) -> np.ndarray:
    """Follow pointers to their fixed points, doubling the stride each time."""
    while True:
        further = pointer[pointer]
        if np.array_equal(further, pointer):
            return pointer
        pointer = further
