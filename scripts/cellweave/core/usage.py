"""What a job cost: seconds and peak memory, as the last line of its log."""

import ctypes
import logging
import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cellweave.core.errors import InputError

logger = logging.getLogger(__name__)

LINE = re.compile(r"took ([\d.]+) s, ([\d.]+) s of CPU time, at most ([\d.]+) MiB of memory$", re.M)
STATUS = Path("/proc/self/status")
KIB, MIB = 1 << 10, 1 << 20
ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


@dataclass(frozen=True)
class Usage:
    """What a job took.

    Attributes
    ----------
    seconds, cpu_seconds : float
        Wall time from the first line of the log to the last, and CPU time of the process and all its threads.
    peak_mib : float
        Peak resident memory [MiB].
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float


@contextmanager
def log_usage() -> Iterator[None]:
    """Log at the end of the block what it took; nothing when it fails."""
    started = time.monotonic()
    _share_memory()
    yield
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds, cpu = time.monotonic() - started, spent.ru_utime + spent.ru_stime
    logger.info("took %.2f s, %.2f s of CPU time, at most %.1f MiB of memory", seconds, cpu, peak_bytes() / MIB)


def _share_memory() -> None:
    """Let all threads take memory from one place.

    By default glibc keeps up to eight per core, each with what its threads gave back; then a job that streams an image
    holds more the longer it runs (building a pyramid of 16384 pixels a side: 179 MiB instead of 116).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have no such function
    if mallopt is not None:
        mallopt(ARENA_MAX, 1)


def peak_bytes() -> int:
    """Return the most resident memory this process had so far, in bytes.

    From Linux' own count, because getrusage's includes that of the program which started this one.
    """
    if STATUS.is_file():
        found = re.search(r"^VmHWM:\s+(\d+) kB", STATUS.read_text(), re.M)
        if found:
            return int(found[1]) * KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB


def read_usage(path: str | Path) -> Usage:
    """Return what the log of a job that has ended well says about it.

    Raises
    ------
    InputError
        The log has no such line.
    """
    found = LINE.findall(Path(path).read_text(encoding="utf-8"))
    if not found:
        raise InputError("the log does not say what the job took", where=path, todo="run the job again")
    return Usage(*(float(number) for number in found[-1]))
