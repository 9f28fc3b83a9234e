"""Hostile input by the hundred in `make test`, by the ten thousand in `make test-long`, each case within bounds."""

import copy
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellweave.core.errors import InputError

CASES = int(os.environ.get("CELLWEAVE_FUZZ_CASES", "200"))
LONG = 10_000
SECONDS = 10  # processor time of one case; the slowest honest one takes 0.2 s
MEMORY = 1 << 30  # bytes that one case may add; the honest ones add less than 10 MB


@pytest.fixture(params=[CASES, pytest.param(LONG, marks=pytest.mark.slow)], ids="{} cases".format)
def fuzz(request) -> Callable[[st.SearchStrategy, Callable], Counter]:
    """Return a function that feeds cases to a reader: it may succeed or raise an InputError that names the place.

    The short run takes the same cases every time, the long one others. It counts both outcomes, so that a test cannot
    pass because nothing gets through, or everything does.
    """

    def run(cases: st.SearchStrategy, read: Callable) -> Counter:
        outcomes = Counter()

        @settings(
            max_examples=request.param,
            deadline=None,
            database=None,
            derandomize=request.param == CASES,
            suppress_health_check=list(HealthCheck),
        )
        @given(cases)
        def attempt(case: object) -> None:
            try:
                with bounded():
                    read(case)
                outcomes["read"] += 1
            except InputError as error:
                assert error.where, f"the message does not say where: {error}"
                outcomes["refused"] += 1

        attempt()
        assert outcomes["read"] and outcomes["refused"], outcomes
        return outcomes

    return run


@contextmanager
def bounded() -> Iterator[None]:
    """Let a case that takes too long fail, and one that takes too much memory end in a MemoryError."""

    def stop(*_: object) -> None:
        pytest.fail(f"more than {SECONDS} s of processor time")  # no Exception: no reader may take it for damage

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    _, hard = limits = resource.getrlimit(resource.RLIMIT_DATA)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (_memory() + MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, limits)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _memory() -> int:
    pages = Path("/proc/self/statm").read_text().split()[5]
    return int(pages) * resource.getpagesize()


NUMBERS = st.sampled_from(
    [0, 1, -1, 2, 3, 7, 255, 2**15, 2**16, 2**31 - 1, 2**31, 2**32, 2**53, 2**63, 10**30, 10**400]
)
FLOATS = st.sampled_from([0.5, -0.5, 1e-300, 1e300, float("nan"), float("inf"), float("-inf")])
WORDS = st.sampled_from(
    ["", "..", "../..", "/etc", "a/b", "t", "\0", "\n", "1", "x" * 300, "é", "\ud800", "{x}", "$(id)"]
)
LEAVES = st.one_of(NUMBERS, FLOATS, WORDS, st.none(), st.booleans(), st.text(max_size=5), st.integers(-9, 99))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=2)),
    max_leaves=5,
)


@pytest.fixture(scope="session")
def edited() -> Callable[[Any], st.SearchStrategy]:
    """Return a strategy: a document of lists and dictionaries with up to three parts replaced, left out or copied."""

    def strategy(document: object) -> st.SearchStrategy:
        edits = st.tuples(
            st.sampled_from(sorted(_places(document), key=str)), st.sampled_from(["set", "drop", "copy"]), VALUES
        )
        return st.lists(edits, max_size=3).map(lambda chosen: _edit(document, chosen))

    return strategy


def _places(document: Any) -> Iterator[tuple]:
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, part in parts:
        yield (key,)
        yield from ((key, *below) for below in _places(part))


def _edit(document: Any, edits: list[tuple[tuple, str, Any]]) -> Any:
    document = copy.deepcopy(document)
    for (*parents, key), kind, value in edits:
        parent = document
        try:
            for step in parents:
                parent = parent[step]
            old = parent[key]
        except (KeyError, IndexError, TypeError):  # an earlier edit took this place away
            continue
        if not isinstance(parent, dict | list):
            continue
        if kind == "set":
            parent[key] = copy.deepcopy(value)
        elif kind == "drop":
            del parent[key]
        elif isinstance(parent, list):
            parent.append(copy.deepcopy(old))
        elif isinstance(value, str | int | float | None):
            parent[value] = copy.deepcopy(old)
    return document


@pytest.fixture(scope="session")
def damaged() -> Callable[..., st.SearchStrategy]:
    """Return a strategy: one of some files with up to four places overwritten, and perhaps cut off or grown."""

    def strategy(files: list[bytes], patches: st.SearchStrategy = PATCHES) -> st.SearchStrategy:
        places = st.tuples(st.integers(0, max(map(len, files))) | st.integers(0, 300), patches)
        return st.builds(_damage, st.sampled_from(files), st.lists(places, max_size=4), CUTS)

    return strategy


PATCHES = st.sampled_from(
    [value.to_bytes(size, order) for value in (0, 1, 2, 255) for size in (1, 2, 4) for order in ("little", "big")]
    + [
        b"\xff\xff",
        b"\xff" * 4,
        b"\xff\xff\xff\x7f",
        b"\x7f\xff\xff\xff",
        b"\xff" * 8,
        b"\x00\x10",
        b"\x00\x00\x00\x40",
    ]
) | st.binary(min_size=1, max_size=4)
CUTS = st.sampled_from([None] * 8) | st.integers(-60, 300)


def _damage(content: bytes, patches: list[tuple[int, bytes]], cut: int | None) -> bytes:
    grown = bytearray(content)
    for place, patch in patches:
        place %= len(content)
        grown[place : place + len(patch)] = patch
    return bytes(grown if cut is None else grown[:cut])
