"""The Cell Tracking Challenge's layout: file names, lineage tables and what makes them valid.

A data set holds ``01/t000.tif``, ``01_GT/SEG/man_seg000.tif`` (gold masks, of some cells in some frames; single slices
``man_seg_000_002.tif`` of volumes), ``01_GT/TRA/man_track000.tif`` with ``man_track.txt`` (one marker per cell) and
``01_ST/SEG`` (silver masks). A result is ``01_RES/mask000.tif`` with ``res_track.txt``.

References
----------
"Naming and file content conventions", Cell Tracking Challenge; Maška et al., Nature Methods 20 (2023) 1010.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.core.files import read_text, whole
from cellweave.formats.series import TRACK_COLUMNS, Truth, exactly, no_tracks
from cellweave.formats.tiff import read_array

logger = logging.getLogger(__name__)

SHOWN = 10
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,10}")


@dataclass(frozen=True)
class CtcSequence:
    """The files of one sequence; frames are numbered from 0.

    Attributes
    ----------
    images : list of Path
        One file per frame.
    gold, silver, markers : dict of frame to file
        Masks of whole frames (planes, or volumes of a 3D sequence).
    gold_slices : dict of frame to (slice number, file)
        Masks of one slice of a volume.
    tracks : DataFrame
        The lineage table, empty when the sequence has none.
    """

    images: list[Path]
    gold: dict[int, Path] = field(default_factory=dict)
    gold_slices: dict[int, tuple[int, Path]] = field(default_factory=dict)
    silver: dict[int, Path] = field(default_factory=dict)
    markers: dict[int, Path] = field(default_factory=dict)
    tracks: pd.DataFrame = field(default_factory=no_tracks)


# --- lineage tables ---------------------------------------------------------------------------------------------------


def tracks_table(rows: Iterable[Iterable[int]]) -> pd.DataFrame:
    """Return rows of (track, begin, end, parent) as an int32 table in order of track."""
    table = pd.DataFrame([list(row) for row in rows], columns=TRACK_COLUMNS).astype("int32")
    return table.sort_values("track", ignore_index=True)


def read_tracks(path: str | Path) -> pd.DataFrame:
    """Read ``man_track.txt`` or ``res_track.txt``: one line "track begin end parent" per track.

    Parameters
    ----------
    path : str or Path
        Frames in it count from 0, `end` is included, parent 0 is none.

    Returns
    -------
    DataFrame
        track, begin, end, parent (int32), in order of track; no rows for an empty file.

    Raises
    ------
    InputError
        A line that is not four whole numbers of 32 bits.
    """
    path = Path(path)
    rows = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if len(words) != 4 or not all(WHOLE_NUMBER.fullmatch(word) and abs(int(word)) < 2**31 for word in words):
            raise InputError(
                f"line {number} is {line.strip()[:80]!r}, not four whole numbers: track begin end parent", where=path
            )
        rows.append([int(word) for word in words])
    return tracks_table(rows)


def write_tracks(tracks: pd.DataFrame, path: str | Path) -> None:
    """Write a table of track, begin, end, parent as ``man_track.txt`` or ``res_track.txt``, in order of track."""
    lines = [f"{track} {begin} {end} {parent}\n" for track, begin, end, parent in _rows(tracks.sort_values("track"))]
    with whole(path) as part:
        part.write_text("".join(lines), encoding="utf-8")


def clip_tracks(tracks: pd.DataFrame, frames: range) -> pd.DataFrame:
    """Return the lineage of `frames` alone, counted from their first.

    Parents that fall out become 0; those that live between two frames only are bridged: their children take their
    parent.
    """
    kept = tracks[(tracks["end"] >= frames.start) & (tracks["begin"] <= frames[-1])].copy()
    kept["begin"] = -((frames.start - kept["begin"].clip(lower=frames.start)) // frames.step)
    kept["end"] = (kept["end"].clip(upper=frames[-1]) - frames.start) // frames.step
    parent = kept.set_index("track")["parent"].to_dict()
    seen = set(kept.loc[kept["begin"] <= kept["end"], "track"])
    kept = kept[kept["track"].isin(seen)]
    kept["parent"] = [_seen(name, parent, seen) for name in kept["parent"]]
    return kept[TRACK_COLUMNS].astype("int32").reset_index(drop=True)


def _seen(name: int, parent: Mapping[int, int], seen: set[int]) -> int:
    """The nearest ancestor that is `seen`, 0 for none."""
    while name in parent and name not in seen:
        name = parent[name]
    return name if name in seen else 0


def check_tracks(tracks: pd.DataFrame, ids: Mapping[int, Iterable[int]] | None = None, *, where: object = None) -> None:
    """Check that a lineage is one the challenge accepts, and that it agrees with the masks.

    Labels are unique and positive, a track does not end before it begins, a parent is listed and ends before its child
    begins, and each label is in every frame from begin to end and in no other.

    Parameters
    ----------
    tracks : DataFrame
        track, begin, end, parent.
    ids : mapping of frame to ids, optional
        What the masks hold, without 0, for every frame; leave out to check the table alone.
    where : object, optional
        What the error names, usually the table's file.

    Raises
    ------
    InputError
        Lists the problems. Unusual but valid lineages (three children, a child long after its parent) are warned of.
    """
    problems = _table_problems(tracks)
    if ids is not None and not problems:
        problems = _presence_problems(tracks, ids)
    if problems:
        more = [f"... and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        raise InputError(
            "the lineage is not valid:\n    " + "\n    ".join(problems[:SHOWN] + more),
            where=where,
            todo="correct the table or the masks, or leave out the lineage (its folder) to use the images alone",
        )
    for oddity in _oddities(tracks):
        logger.warning("%s%s", f"{where}: " if where else "", oddity)


def _rows(tracks: pd.DataFrame) -> list[tuple[int, int, int, int]]:
    return list(tracks[TRACK_COLUMNS].itertuples(index=False, name=None))


def _table_problems(tracks: pd.DataFrame) -> list[str]:
    problems = [f"track {track} is listed twice" for track in tracks["track"][tracks["track"].duplicated()]]
    ends = dict(zip(tracks["track"], tracks["end"], strict=True))
    for track, begin, end, parent in _rows(tracks):
        if track < 1:
            problems.append(f"track {track} is not a positive number")
        if begin < 0 or end < begin:
            problems.append(f"track {track} begins in frame {begin} and ends in frame {end}")
        if parent and parent not in ends:
            problems.append(f"track {track} has the parent {parent}, which is not listed")
        elif parent and ends[parent] >= begin:
            problems.append(f"track {track} begins in frame {begin}, but its parent {parent} ends in {ends[parent]}")
    return problems


def _presence_problems(tracks: pd.DataFrame, ids: Mapping[int, Iterable[int]]) -> list[str]:
    listed: dict[int, set[int]] = {frame: set() for frame in ids}
    beyond = max(ids, default=-1) + 1  # the first frame without a mask stands for all that a table may claim
    for track, begin, end, _ in _rows(tracks):
        for frame in range(min(begin, beyond), min(end, beyond) + 1):
            listed.setdefault(frame, set()).add(track)
    problems = []
    for frame in sorted(listed):
        found = {int(label) for label in ids.get(frame, ())}
        if extra := sorted(found - listed[frame]):
            problems.append(f"frame {frame}: the mask holds {_ids(extra)}, the table does not list it there")
        if lacking := sorted(listed[frame] - found):
            problems.append(f"frame {frame}: the table lists {_ids(lacking)}, the mask does not hold it")
    return problems


def _ids(labels: list[int]) -> str:
    more = f", ... ({len(labels)} in all)" if len(labels) > SHOWN else ""
    return f"id {', '.join(str(label) for label in labels[:SHOWN])}{more}"


def _oddities(tracks: pd.DataFrame) -> list[str]:
    ends = dict(zip(tracks["track"], tracks["end"], strict=True))
    children = tracks[tracks["parent"] > 0].groupby("parent")
    oddities = []
    for parent, group in children:
        if len(group) > 2:
            oddities.append(f"track {parent} has {len(group)} children")
        late = group[group["begin"] > ends[parent] + 1]
        if len(group) > 1 and len(late):
            oddities.append(f"track {parent} divides in frame {ends[parent]}, a child begins in {late['begin'].max()}")
    return oddities


# --- files ------------------------------------------------------------------------------------------------------------


def digits_of(frames: int) -> int:
    """Return the number of digits that file names of a sequence of `frames` frames have: 3, or 4 from 1000 on."""
    return 3 if frames <= 1000 else 4


def read_mask(path: str | Path) -> NDArray[np.int32]:
    """Read a mask ``(Y, X)`` or ``([Z,] Y, X)`` as int32.

    Raises
    ------
    InputError
        It holds no whole numbers, or some that do not fit, or cannot be read.
    """
    mask = read_array(path)
    if not np.issubdtype(mask.dtype, np.integer):
        raise InputError(f"a mask of {mask.dtype}, not of whole numbers", where=path)
    return exactly(mask, np.dtype(np.int32), path)


def write_mask(mask: NDArray[np.integer], path: str | Path) -> None:
    """Write a mask ``([Z,] Y, X)`` as the 16-bit TIFF that the challenge asks for.

    Raises
    ------
    InputError
        An id above 65535.
    """
    if mask.max(initial=0) > np.iinfo(np.uint16).max:
        raise InputError(f"id {mask.max()} does not fit a 16-bit mask", where=path, todo="number the tracks from 1")
    write_image(mask.astype(np.uint16), path)


def write_image(pixels: NDArray, path: str | Path) -> None:
    """Write an image ``([Z,] Y, X)`` as compressed TIFF."""
    with whole(path) as part:
        tifffile.imwrite(part, pixels, compression="zlib", photometric="minisblack")


def open_sequence(folder: str | Path, dataset: str, sequence: str) -> CtcSequence:
    """Find the files of a sequence and check that none is missing.

    Parameters
    ----------
    folder : str or Path
        An unpacked archive: the sequence is ``folder/<sequence>`` or ``folder/<dataset>/<sequence>``.
    dataset, sequence : str
        For example ``"PhC-C2DH-U373"``, ``"02"``.

    Raises
    ------
    InputError
        No such sequence; a frame is missing; masks without an image; markers without a lineage or the reverse.
    """
    root = next((root for root in (Path(folder), Path(folder) / dataset) if (root / sequence).is_dir()), None)
    if root is None:
        raise InputError(
            f"no sequence {sequence!r} of {dataset!r} here",
            where=folder,
            todo=f"expected {sequence}/t000.tif or {dataset}/{sequence}/t000.tif",
        )
    images = numbered_files(root / sequence, "t")
    count = _complete(images, root / sequence, "t")
    truth = root / f"{sequence}_GT"
    found = CtcSequence(
        images=[images[frame] for frame in range(count)],
        gold=numbered_files(truth / "SEG", "man_seg"),
        gold_slices=_slices(truth / "SEG"),
        silver=numbered_files(root / f"{sequence}_ST" / "SEG", "man_seg"),
        markers=numbered_files(truth / "TRA", "man_track"),
        tracks=_lineage(truth / "TRA", count),
    )
    for masks in (found.gold, found.gold_slices, found.silver, found.markers):
        if strays := sorted(set(masks) - set(range(count))):
            raise InputError(f"masks of frames {strays[:SHOWN]}, but the images end at {count - 1}", where=truth)
    return found


def truth_of(sequence: CtcSequence, frames: range, slices: int | None) -> Truth:
    """Return the truth of `frames`, counted from their first; a gold slice becomes a volume of `slices` planes."""

    def clipped(masks: Mapping[int, Path]) -> dict[int, Callable[[], NDArray[np.int32]]]:
        return {index: partial(read_mask, masks[frame]) for index, frame in enumerate(frames) if frame in masks}

    gold = clipped(sequence.gold)
    planes = {i: sequence.gold_slices[frame] for i, frame in enumerate(frames) if frame in sequence.gold_slices}
    gold |= {frame: partial(_volume, file, z, slices) for frame, (z, file) in planes.items()}
    return Truth(
        gold=gold,
        silver=clipped(sequence.silver),
        markers=clipped(sequence.markers),
        gold_z={frame: z for frame, (z, _) in planes.items()},
        tracks=clip_tracks(sequence.tracks, frames),
        origin=sequence.images[0].parent.name + "_GT/TRA/man_track.txt",
    )


def _volume(file: Path, z: int, slices: int | None) -> NDArray[np.int32]:
    """A volume that is empty but for the plane `z`."""
    if slices is None or z >= slices:
        raise InputError(f"a mask of slice {z} for images of {slices or 'no'} slices", where=file)
    plane = read_mask(file)
    volume = np.zeros((slices, *plane.shape), np.int32)
    volume[z] = plane
    return volume


def numbered_files(folder: Path, stem: str) -> dict[int, Path]:
    """Return files ``<stem><digits>.tif`` of `folder` by their number; none for an absent folder."""
    pattern = re.compile(rf"{stem}(\d+)\.tiff?", re.IGNORECASE)
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return {int(match[1]): file for file in files if (match := pattern.fullmatch(file.name))}


def _complete(files: Mapping[int, Path], folder: Path, stem: str, count: int | None = None) -> int:
    """The number of frames of `files`, which must be 0, 1, 2, ... without a gap."""
    if not files:
        raise InputError(f"no files {stem}000.tif, {stem}001.tif, ...", where=folder, todo="check the layout")
    count = count or max(files) + 1
    if missing := sorted(set(range(count)) - set(files)):
        names = ", ".join(f"{stem}{frame:0{digits_of(count)}}.tif" for frame in missing[:SHOWN])
        raise InputError(
            f"{len(missing)} of {count} frames missing: {names}", where=folder, todo="download or unpack it again"
        )
    return count


def _slices(folder: Path) -> dict[int, tuple[int, Path]]:
    """One slice per frame: where a frame has several, the first, because truth is stored with one slice number."""
    found: dict[int, tuple[int, Path]] = {}
    for file in sorted(folder.glob("man_seg_*_*.tif")):
        frame, z = (int(number) for number in re.findall(r"\d+", file.stem))
        if frame in found:
            logger.warning("%s: gold slice left out, frame %d already has slice %d", file, frame, found[frame][0])
        found.setdefault(frame, (z, file))
    return found


def _lineage(folder: Path, count: int) -> pd.DataFrame:
    """The lineage of the markers in `folder`: empty without the folder, an error when one comes without the other."""
    if not folder.is_dir():
        return no_tracks()
    _complete(numbered_files(folder, "man_track"), folder, "man_track", count)
    table = folder / "man_track.txt"
    if not table.is_file():
        raise InputError("markers without their man_track.txt", where=folder, todo="add it, or remove the folder")
    return read_tracks(table)


def check_result(folder: str | Path, frames: int) -> None:
    """Check a result folder (``maskTTT.tif`` and ``res_track.txt``) as the challenge does before it scores one.

    Parameters
    ----------
    folder : str or Path
        The RES folder.
    frames : int
        Number of frames of the sequence.

    Raises
    ------
    InputError
        A missing mask or table, or a lineage that `check_tracks` refuses. A frame without cells is warned of.
    """
    folder = Path(folder)
    masks = numbered_files(folder, "mask")
    _complete(masks, folder, "mask", frames)
    table = folder / "res_track.txt"
    if not table.is_file():
        raise InputError("a result without its res_track.txt", where=folder)
    ids = {frame: ids_of(read_mask(masks[frame])) for frame in sorted(masks)}
    if empty := [frame for frame, found in ids.items() if not len(found)]:
        logger.warning("%s: no cells in frames %s; the official software refuses empty frames", folder, empty[:SHOWN])
    check_tracks(read_tracks(table), ids, where=table)


def ids_of(labels: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the ids in a label image of any shape, sorted, without 0."""
    ids = np.unique(labels)
    return ids[ids != 0]
