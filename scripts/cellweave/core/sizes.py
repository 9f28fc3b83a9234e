"""How much data a job reads, for what it asks of a cluster."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path

MB = 1e6


def decoded_mb(paths: Iterable[str]) -> float:
    """Return the size of files and folders once decoded, in MB (1e6 bytes).

    Arrays of a Zarr store count as long as their pixels are, however well they are compressed; everything else
    counts as long as it is on disk.

    Parameters
    ----------
    paths : iterable of str
        A job's inputs.

    Raises
    ------
    FileNotFoundError
        When one does not exist; it carries the path as it was given, by which Snakemake knows an input that is yet
        to be made.
    """
    return sum(_bytes(path) for path in paths) / MB


def _bytes(path: str) -> int:
    own = os.stat(path).st_size
    if not os.path.isdir(path):
        return own
    arrays = [prod(array["shape"]) * _item_bytes(array["data_type"]) for array in _arrays(Path(path, "zarr.json"))]
    return sum(arrays) or sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file())


def _arrays(metadata: Path) -> Iterator[dict]:
    """Yield the metadata of the arrays of a store, none where there is no consolidated Zarr."""
    if metadata.is_file():
        node = json.loads(metadata.read_text())
        nodes = [node, *node.get("consolidated_metadata", {}).get("metadata", {}).values()]
        yield from (each for each in nodes if each.get("node_type") == "array")


def _item_bytes(data_type: str) -> int:
    """Return the bytes per item: ``uint16`` has 2, ``bool`` 1."""
    bits = re.search(r"\d+$", data_type)
    return int(bits[0]) // 8 if bits else 1
