"""Ranges of frames, given as shares of a movie or as frame numbers."""

from collections.abc import Sequence

from cellweave.core.errors import InputError


def frame_range(frames: Sequence[float] | None, count: int) -> range:
    """Return the frames that ``frames: [from, to]`` or ``[from, to, step]`` of a configuration names.

    Parameters
    ----------
    frames : [from, to], [from, to, step] or None
        Floats in 0..1 are shares of the movie (0.0-0.7 is its first 70 %), integers are frame
        numbers with `to` excluded, None is all of it. Of every `step` frames the first is taken.
    count : int
        Number of frames of the movie.

    Raises
    ------
    InputError
        When the range is empty or reaches beyond the movie.
    """
    if frames is None:
        return range(count)
    first, last, step = *frames[:2], int(frames[2]) if len(frames) > 2 else 1
    if isinstance(first, float) or isinstance(last, float):
        first, last = round(first * count), round(last * count)
    if not 0 <= first < last <= count or step < 1:
        raise InputError(
            f"frames {list(frames)} name no frames of a movie of {count}",
            todo="give [from, to] as shares between 0.0 and 1.0 or as frame numbers, and a step of 1 or more if any",
        )
    return range(int(first), int(last), step)
