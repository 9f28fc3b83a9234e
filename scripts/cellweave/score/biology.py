"""What a biologist asks of tracks: complete ones (CT), followed fractions (TF), divisions (BC), cell cycles (CCA).

References
----------
Ulman et al., Nature Methods 14 (2017) 1141, supplementary note 3; details as in the challenge's own program.
"""

from collections.abc import Iterable

import numpy as np

from cellweave.score.graph import Matching, Tracks


def complete_tracks(matching: Matching, truth: Tracks, result: Tracks) -> float:
    """Return CT, 0 to 1: F1 of tracks with equal begin and end that match one to one in every frame."""
    if not truth.track.size:
        return float("nan")
    order = matching.truth.by_label
    label, follower = matching.truth.label[order], matching.followed_by[order]
    starts = np.flatnonzero(np.diff(label, prepend=0))
    lowest, highest = np.minimum.reduceat(follower, starts), np.maximum.reduceat(follower, starts)
    whole = (lowest == highest) & (lowest > 0)
    wanted, found = truth.rows(label[starts][whole]), result.rows(lowest[whole])
    right = (truth.begin[wanted] == result.begin[found]) & (truth.end[wanted] == result.end[found])
    return 2 * int(np.count_nonzero(right)) / (truth.track.size + result.track.size)


def track_fractions(matching: Matching, truth: Tracks) -> float:
    """Return TF, 0 to 1: mean, over detected truth tracks, of the longest share followed without a break.

    Result tracks are taken in ascending order and one that follows a truth track to its full length is used up, so
    that TF depends on the numbering where a result track runs on to further cells. The official program does so.

    Returns
    -------
    float
        NaN when no truth track is detected.
    """
    best: dict[int, float] = {}
    used_up = 0
    for follower, track, share in _followed_shares(matching, truth):
        if follower == used_up or best.get(track) == 1:
            continue
        best[track] = max(best.get(track, 0.0), share)
        used_up = follower if share == 1 else 0
    return float(np.mean(list(best.values()))) if best else float("nan")


def _followed_shares(matching: Matching, truth: Tracks) -> list[tuple[int, int, float]]:
    """Sorted (result track, truth track, longest followed share); runs of frames without a break."""
    order = matching.truth.by_label
    label, frame, follower = matching.truth.label[order], matching.truth.frame[order], matching.followed_by[order]
    broken = (np.diff(label, prepend=0) != 0) | (np.diff(follower, prepend=0) != 0) | (np.diff(frame, prepend=-1) != 1)
    starts = np.flatnonzero(broken)
    share = np.diff(starts, append=label.size) / truth.length[truth.rows(label[starts])]
    longest: dict[tuple[int, int], float] = {}
    for pair, value in zip(zip(follower[starts].tolist(), label[starts].tolist(), strict=True), share, strict=True):
        if pair[0]:
            longest[pair] = max(longest.get(pair, 0.0), float(value))
    return [(*pair, value) for pair, value in sorted(longest.items())]


def branching(matching: Matching, truth: Tracks, result: Tracks, tolerance: int) -> float:
    """Return BC(i), 0 to 1: F1 of divisions found within `tolerance` frames.

    A division counts as found when as many children descend from a parent that ends at most i frames apart and
    matches one to one in the last common frame, and each child begins at most i frames apart and matches one to one
    in the first common frame.

    Returns
    -------
    float
        NaN when the truth has no division.
    """
    if not truth.divisions:
        return float("nan")
    birth = (_begins(truth), _begins(result))
    death = (_ends(truth), _ends(result))
    open_events = dict(truth.divisions)
    right = 0
    for mother, daughters in result.divisions.items():
        for parent, children in open_events.items():
            apart = abs(death[0][parent] - death[1][mother])
            last_common = min(death[0][parent], death[1][mother])
            if (
                len(children) == len(daughters)
                and apart <= tolerance
                and matching.is_single(last_common, parent, mother)
                and _same_children(matching, children.tolist(), daughters.tolist(), birth, tolerance)
            ):
                right += 1
                del open_events[parent]
                break
    return 2 * right / (len(truth.divisions) + len(result.divisions))


def _begins(tracks: Tracks) -> dict[int, int]:
    return dict(zip(tracks.track.tolist(), tracks.begin.tolist(), strict=True))


def _ends(tracks: Tracks) -> dict[int, int]:
    return dict(zip(tracks.track.tolist(), tracks.end.tolist(), strict=True))


def _same_children(
    matching: Matching,
    children: Iterable[int],
    daughters: list[int],
    birth: tuple[dict[int, int], dict[int, int]],
    tolerance: int,
) -> bool:
    """Every child has its own daughter, born near in time and matching in the first frame that both live in."""
    taken = set()
    for child in children:
        for daughter in daughters:
            born = birth[0][child], birth[1][daughter]
            if abs(born[0] - born[1]) <= tolerance and matching.is_single(max(born), child, daughter):
                taken.add(daughter)
                break
    return len(taken) == len(daughters)


def cell_cycle_accuracy(truth: Tracks, result: Tracks) -> float:
    """Return CCA, 0 to 1: one minus the largest difference of the cumulative distributions of cycle lengths.

    A complete cycle is a track that begins and ends in a division.

    Returns
    -------
    float
        0 when only the result, NaN when the truth lacks a complete cycle.
    """
    wanted, found = cycle_lengths(truth), cycle_lengths(result)
    if not wanted.size:
        return float("nan")
    if not found.size:
        return 0.0
    lengths = np.union1d(wanted, found)
    difference = [np.searchsorted(np.sort(x), lengths, side="right") / x.size for x in (wanted, found)]
    return float(1 - np.max(np.abs(difference[0] - difference[1])))


def cycle_lengths(tracks: Tracks) -> np.ndarray:
    """Return the lengths in frames of all complete cell cycles."""
    dividing = list(tracks.divisions)
    complete = np.isin(tracks.track, dividing) & np.isin(tracks.parent, dividing)
    return tracks.length[complete]
