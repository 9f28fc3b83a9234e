"""Whole or nothing: what exists under its final name is complete."""

import errno
import glob
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cellweave.core.errors import InputError

CHUNK_BYTES = 1 << 20


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Write a file or folder beside its name and rename it when complete.

    Parameters
    ----------
    path : str or Path
        Final name; its parent is made, an older version is replaced only at the end.

    Yields
    ------
    Path
        The name to write to, in the same folder, so that the rename is atomic. It does not exist yet.

    Raises
    ------
    OSError
        Nothing was written, or what was written has been removed meanwhile. Errors of the block that name no file are
        given the final name.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    old = part.with_name(f"{part.name}-old")
    for left in path.parent.glob(f".{glob.escape(path.name)}.part-*"):  # by a job that was killed: one job, one output
        remove(left)
    try:
        yield part
        if not part.exists():
            raise FileNotFoundError(errno.ENOENT, "nothing there to be given its final name", str(path))
        if path.is_dir():
            os.replace(path, old)  # a folder cannot be replaced in one step, and removing it takes time
        os.replace(part, path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        remove(part)
        raise
    remove(old)


def remove(path: Path) -> None:
    """Remove a file or a folder tree; a missing one is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def read_text(path: str | Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises
    ------
    InputError
        The file is in another encoding, or no text at all.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not text in UTF-8: {error.reason} at byte {error.start}", where=path, todo="save it as UTF-8"
        ) from error


def read_json(path: str | Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    InputError
        The file is cut off, or no JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a ValueError of int's
        raise InputError(f"cut off, or no json: {error}", where=path, todo="download it again") from error


def size_of(path: str | Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    path = Path(path)
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def sha256_of(path: str | Path) -> str:
    """Return the sha256 of a file, or of a folder (names and contents, in sorted order)."""
    path = Path(path)
    digest = hashlib.sha256()
    if path.is_file():
        _update(digest, path)
        return digest.hexdigest()
    for file in sorted(p for p in path.rglob("*") if p.is_file() and p.name != ".snakemake_timestamp"):
        digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        _update(digest, file)
    return digest.hexdigest()


def _update(digest: "hashlib._Hash", file: Path) -> None:
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
