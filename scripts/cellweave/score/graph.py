"""Detections as vertices and links as edges, of the truth and of a result, and which vertices match."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.score.contingency import Contingency


@dataclass(frozen=True)
class Nodes:
    """Objects of a sequence.

    Attributes
    ----------
    frame, label : numpy.ndarray
        ``(N,)`` int64.
    """

    frame: np.ndarray
    label: np.ndarray

    @classmethod
    def of(cls, labels: Sequence[np.ndarray]) -> "Nodes":
        """Return the nodes of frames 0, 1, ... whose ascending labels are given."""
        frame = np.repeat(np.arange(len(labels)), [len(ids) for ids in labels])
        return cls(frame.astype(np.int64), np.concatenate([np.zeros(0, np.int64), *labels]))

    def find(self, frame: np.ndarray, label: np.ndarray) -> np.ndarray:
        """Return the index of the object `label` of each `frame`, -1 where there is none."""
        wanted, (order, known) = _key(np.asarray(frame), np.asarray(label)), self._sorted_keys
        if not known.size:
            return np.full(wanted.shape, -1)
        at = np.minimum(np.searchsorted(known, wanted), known.size - 1)
        return np.where(known[at] == wanted, order[at], -1)

    @cached_property
    def by_label(self) -> np.ndarray:
        """Order of the nodes by label, then by frame."""
        return np.lexsort((self.frame, self.label))

    @cached_property
    def _sorted_keys(self) -> tuple[np.ndarray, np.ndarray]:
        keys = _key(self.frame, self.label)
        order = np.argsort(keys)
        return order, keys[order]


@dataclass(frozen=True)
class Tracks:
    """Lineage table: ``(M,)`` int64 columns, ascending by track; parent 0 is none.

    A parent with one child is a gap in one cell's life, a parent with more has divided.
    """

    track: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    parent: np.ndarray

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Tracks":
        """Return the columns track, begin, end and parent of a table."""
        table = table.sort_values("track")
        return cls(*(table[name].to_numpy(np.int64) for name in ("track", "begin", "end", "parent")))

    @property
    def length(self) -> np.ndarray:
        """Frames of each track."""
        return self.end - self.begin + 1

    def rows(self, tracks: np.ndarray) -> np.ndarray:
        """Return the row of each of `tracks`.

        Raises
        ------
        InputError
            A track is not listed.
        """
        at = np.searchsorted(self.track, tracks)
        listed = np.isin(tracks, self.track)
        if not np.all(listed):
            raise InputError(f"track {np.asarray(tracks)[~listed][0]} is not in the table of tracks")
        return at

    @cached_property
    def divisions(self) -> dict[int, np.ndarray]:
        """Children of each track with two or more of them, by parent, ascending."""
        return {parent: children for parent, children in self.children.items() if children.size > 1}

    @cached_property
    def children(self) -> dict[int, np.ndarray]:
        """Children of each track with any, by parent, ascending."""
        order = np.argsort(self.parent, kind="stable")
        parents, starts = np.unique(self.parent[order], return_index=True)
        ends = np.append(starts[1:], order.size)
        families = zip(parents.tolist(), starts, ends, strict=False)
        return {parent: self.track[order[start:end]] for parent, start, end in families if parent > 0}


@dataclass(frozen=True)
class Matching:
    """Vertices of truth and result, and the detection test between them.

    Attributes
    ----------
    truth, result : Nodes
        Vertices.
    pairs : numpy.ndarray
        ``(K, 2)`` int64 indices into `truth` and `result` of pairs that match, ascending.
    """

    truth: Nodes
    result: Nodes
    pairs: np.ndarray

    @classmethod
    def of(cls, frames: Sequence[Contingency]) -> "Matching":
        """Return the matching of a sequence of frames."""
        truth_at = np.cumsum([0, *(frame.truth.size for frame in frames)])
        result_at = np.cumsum([0, *(frame.result.size for frame in frames)])
        pairs = [
            frame.pairs[frame.majority] + [first, second]
            for frame, first, second in zip(frames, truth_at, result_at, strict=False)
        ]
        return cls(
            Nodes.of([frame.truth for frame in frames]),
            Nodes.of([frame.result for frame in frames]),
            np.concatenate([np.zeros((0, 2), np.int64), *pairs]),
        )

    @cached_property
    def degree(self) -> np.ndarray:
        """Number of truth vertices that each result vertex covers."""
        return np.bincount(self.pairs[:, 1], minlength=self.result.label.size)

    @cached_property
    def single(self) -> np.ndarray:
        """Index of the result vertex that matches each truth vertex and no other, else -1."""
        found = np.full(self.truth.label.size, -1)
        alone = self.pairs[self.degree[self.pairs[:, 1]] == 1]
        found[alone[:, 0]] = alone[:, 1]
        return found

    @cached_property
    def followed_by(self) -> np.ndarray:
        """Label of the result that matches each truth vertex and no other, else 0."""
        return np.where(self.single >= 0, np.append(self.result.label, 0)[self.single], 0)

    def is_single(self, frame: int, truth: int, result: int) -> bool:
        """Return whether labels `truth` and `result` match each other, and nothing else, in `frame`."""
        at = self.truth.find(frame, truth)
        return bool(at >= 0 and self.followed_by[at] == result)


def edges(nodes: Nodes, tracks: Tracks) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of a lineage and whether they lead from a parent to a child.

    Parameters
    ----------
    nodes : Nodes
        Vertices; one label in two frames that follow each other is an edge.
    tracks : Tracks
        Each parent, with any number of children, gives an edge from its last frame to the child's first.

    Returns
    -------
    ends : numpy.ndarray
        ``(E, 2)`` int64 indices of vertices.
    parental : numpy.ndarray
        ``(E,)`` bool.

    Raises
    ------
    InputError
        A track is absent in its first or last frame.
    """
    order = nodes.by_label
    label, frame = nodes.label[order], nodes.frame[order]
    next_is_same = (label[1:] == label[:-1]) & (frame[1:] == frame[:-1] + 1)
    links = np.column_stack([order[:-1], order[1:]])[next_is_same]
    born = tracks.parent > 0
    last = tracks.end[tracks.rows(tracks.parent[born])]
    births = np.column_stack(
        [nodes.find(last, tracks.parent[born]), nodes.find(tracks.begin[born], tracks.track[born])]
    )
    if np.any(births < 0):
        bad = tracks.track[born][np.any(births < 0, axis=1)][0]
        raise InputError(f"track {bad} or its parent has no object in the frame that the table of tracks names")
    return np.concatenate([links, births]), np.arange(len(links) + len(births)) >= len(links)


def cut_to_nodes(nodes: Nodes, tracks: Tracks) -> tuple[Nodes, Tracks]:
    """Return nodes, renamed, and tracks that agree after some objects of valid tracks were dropped.

    A track shrinks to the frames that are left; where a hole has opened, its later part becomes a new track whose only
    parent is the earlier part, as the challenge demands of cells that leave and come back.
    """
    order = nodes.by_label
    label, frame = nodes.label[order], nodes.frame[order]
    another = np.diff(label, prepend=0) != 0
    starts = np.flatnonzero(another | (np.diff(frame, prepend=-1) != 1))
    later = ~another[starts]
    old, last = label[starts], np.append(starts[1:], label.size) - 1
    track = old.copy()
    track[later] = tracks.track.max(initial=0) + 1 + np.arange(np.count_nonzero(later))
    last_part = dict(zip(old.tolist(), track.tolist(), strict=True))
    parent = np.array([last_part.get(number, 0) for number in tracks.parent[tracks.rows(old)].tolist()], np.int64)
    parent[later] = track[np.flatnonzero(later) - 1]
    renamed = np.empty_like(label)
    renamed[order] = np.repeat(track, np.diff(starts, append=label.size))
    table = {"track": track, "begin": frame[starts], "end": frame[last], "parent": parent}
    return Nodes(nodes.frame, renamed), Tracks.of(pd.DataFrame(table))


def _key(frame: np.ndarray, label: np.ndarray) -> np.ndarray:
    return (frame.astype(np.int64) << 32) | label.astype(np.int64)
