"""Whether files are still what a manifest says they were."""

from pathlib import Path
from typing import Any

from cellweave.core.errors import InputError
from cellweave.core.files import read_json, sha256_of, size_of
from cellweave.core.progress import progress

LISTS = ("inputs", "outputs")
KEYS = {"path", "bytes", "sha256"}
SHOWN = 20


def verify(manifest: str | Path, folder: str | Path) -> int:
    """Compare the files of a manifest with the size and sha256 that they had when it was written.

    Parameters
    ----------
    manifest : str or Path
        JSON whose lists `inputs` and `outputs` hold ``{path, bytes, sha256}``; a path may be a folder's.
    folder : str or Path
        What relative paths are relative to.

    Returns
    -------
    int
        Number of files and folders compared.

    Raises
    ------
    InputError
        Lists what is missing, has another size or another content; or the manifest itself is damaged.
    """
    entries = _entries(manifest)
    changes = [change for entry in progress(entries, "verify", unit="file") if (change := _change(entry, Path(folder)))]
    if changes:
        more = [f"... and {len(changes) - SHOWN} more"] if len(changes) > SHOWN else []
        raise InputError(
            f"{len(changes)} of {len(entries)} files are not what they were:\n    "
            + "\n    ".join(changes[:SHOWN] + more),
            where=manifest,
            todo="delete them and run again: the workflow makes what is missing",
        )
    return len(entries)


def _entries(manifest: str | Path) -> list[dict[str, Any]]:
    """Return what the manifest lists, with the keys that it must have."""
    content = read_json(manifest)
    lists = [content.get(name, []) for name in LISTS] if isinstance(content, dict) else []
    entries = [entry for part in lists if isinstance(part, list) for entry in part]
    if not entries or not all(isinstance(entry, dict) and set(entry) >= KEYS for entry in entries):
        raise InputError("no manifest with a list of files", where=manifest, todo="let the workflow write it again")
    return entries


def _change(entry: dict[str, Any], folder: Path) -> str | None:
    """Return what has happened to a file, None when nothing has."""
    path = folder / str(entry["path"])
    if not path.exists():
        return f"{entry['path']} is missing"
    if (size := size_of(path)) != entry["bytes"]:
        return f"{entry['path']} has {size} bytes instead of {entry['bytes']}"
    return None if sha256_of(path) == entry["sha256"] else f"{entry['path']} has another content of the same size"
