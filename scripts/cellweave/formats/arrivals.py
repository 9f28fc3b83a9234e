"""Frames of a movie as they arrive in a folder: which files are there, which are complete, which come next."""

import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cellweave.core.errors import InputError
from cellweave.formats.images import image_names, open_frames
from cellweave.formats.names import Pattern, is_pattern, natural_key, until_gap
from cellweave.formats.series import Series

logger = logging.getLogger(__name__)

Frame = tuple[Path, ...]
"""The files of one frame: one, or one per channel."""


def arrived(source: str, *, ended: bool = False) -> list[Frame]:
    """Return the frames whose files are in a folder, in order, up to the first one that is missing.

    Parameters
    ----------
    source : str
        Folder, or pattern with ``{t}`` and perhaps ``{channel}``.
    ended : bool
        Whether no more files will come. Else a step in the numbers counts as such from the third file on, and how
        many channels there are is known from the second frame on.
    """
    if not is_pattern(source):
        names = image_names(Path(source))
        stems = [name.rpartition(".")[0] for name in names]
        return [(Path(source, name),) for name in names[: until_gap(stems, sure=ended)]]
    pattern = Pattern(source)
    if not any(pattern.root.glob("*")):
        return []
    files: dict[int, dict[str, Path]] = {}
    for path, values in pattern.matches():
        files.setdefault(int(values["t"]), {})[values.get("channel", "")] = path
    channels = sorted({name for found in files.values() for name in found}, key=natural_key)
    frames = sorted(files)
    frames = frames[: until_gap([f"t{frame}" for frame in frames], sure=ended)]
    whole = [frame for frame in frames if len(files[frame]) == len(channels)]
    known = ended or "channel" not in pattern.fields or len(frames) > 1
    count = next((at for at, frame in enumerate(frames) if frame not in whole), len(frames)) if known else 0
    return [tuple(files[frame][name] for name in channels) for frame in frames[:count]]


class Arrivals:
    """Watches a folder and gives every frame once, when it is complete.

    A file is complete when its size and time have not changed between two looks and it can be decoded. Only files
    that were not given yet are looked at, so that a look costs no more as the movie grows, but for listing names.

    Parameters
    ----------
    source : str
        As for `arrived`.
    done : sequence of str
        The first file of each frame that was processed earlier.
    frames : int or None
        Number of frames after which the movie is complete.
    idle_s, poll_s : float
        Seconds without a new frame after which it is, too; seconds between looks.
    """

    def __init__(self, source: str, done: Sequence[str], frames: int | None, idle_s: float, poll_s: float) -> None:
        self.source, self.frames, self.idle_s, self.poll_s = source, frames, idle_s, poll_s
        self.names = list(done)
        self._seen: dict[Path, tuple[int, int]] = {}
        self._since: dict[Path, float] = {}
        self._first: Frame | None = None

    def __iter__(self) -> Iterator[tuple[Series, float | None]]:
        """Yield a series whose last frame is the next one, and the moment (`time.monotonic`) it was first seen.

        The moment is None for frames that were there before the first look.

        Raises
        ------
        InputError
            A file before the last one appeared late, was taken away, or cannot be read within `idle_s`.
        """
        heard, there = time.monotonic(), {frame[0] for frame in arrived(self.source)}
        while self.frames is None or len(self.names) < self.frames:
            silent = time.monotonic() - heard > self.idle_s
            given = False
            new = self._new(arrived(self.source, ended=silent))
            for found in new:
                self._since.setdefault(found[0], time.monotonic())
            for found in new:
                series = self._complete(found, silent)
                if series is None:
                    break
                given = True
                self.names.append(str(found[0]))
                since = self._since.pop(found[0])
                yield series, None if found[0] in there else since
                heard = time.monotonic()
                if len(self.names) == self.frames:
                    return
            if silent and not given:
                return
            if not given:
                time.sleep(self.poll_s)

    def _new(self, frames: list[Frame]) -> list[Frame]:
        """Return the frames that were not given yet; those that were have to be the first ones still."""
        before = [str(frame[0]) for frame in frames[: len(self.names)]]
        if before != self.names:
            odd = next((now for now, then in zip(before, self.names, strict=False) if now != then), None)
            what = f"{odd} appeared after later frames had been processed" if odd else "frames were taken away"
            raise InputError(
                what, where=self.source, todo="finish the acquisition, then run without live; the folder is not altered"
            )
        self._first = frames[0] if frames else None
        return frames[len(self.names) :]

    def _complete(self, frame: Frame, silent: bool) -> Series | None:
        """Return a series that ends with a frame, None while its files may still grow."""
        for path in frame:
            try:
                now = path.stat()
            except FileNotFoundError:  # renamed while we looked
                return None
            state = now.st_size, now.st_mtime_ns
            if self._seen.get(path) != state or not now.st_size:
                self._seen[path] = state
                return None
        try:
            series = open_frames([self._first, frame] if frame != self._first else [frame], "movie")
            series.read(len(series) - 1)
        except InputError as error:
            if silent:
                raise
            logger.info("not readable yet: %s", error)
            return None
        for path in frame:
            self._seen.pop(path, None)
        return series
