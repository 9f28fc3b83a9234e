"""A folder that keeps what was worked out of each frame, so that work that was cut off goes on where it was."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.files import read_json, remove, whole
from cellweave.core.progress import progress
from cellweave.formats.ctc import read_mask, write_image
from cellweave.formats.ngff import write_labels
from cellweave.formats.scale import Scale
from cellweave.formats.tables import read_table, write_table, write_tables

TABLES = ("objects", "cells", "overlaps")


class Kept(NamedTuple):
    """What is kept of a frame: name of its file, tables, covered share of the frame."""

    source: str
    objects: pd.DataFrame
    cells: pd.DataFrame
    overlaps: pd.DataFrame
    confluence: float


class Shelf:
    """Frames 0, 1, 2, … of one movie, each written whole.

    Parameters
    ----------
    folder : Path
    key : str
        Names everything that the results depend on; what was kept under another key is thrown away.

    Attributes
    ----------
    fresh : bool
        Whether nothing was kept under this key.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, note = folder, folder / "key.json"
        self.fresh = not note.is_file() or read_json(note) != key
        if self.fresh:
            remove(folder)
            with whole(note) as part:
                part.write_text(json.dumps(key))

    def __len__(self) -> int:
        """Return how many frames from 0 on are kept."""
        numbers = {int(path.name) for path in self.folder.iterdir() if re.fullmatch(r"\d{6}", path.name)}
        return next(number for number in range(len(numbers) + 1) if number not in numbers)

    def keep(self, frame: int, kept: Kept, labels: NDArray[np.int32]) -> None:
        """Keep a frame: tables, and labels as a TIFF that any viewer opens."""
        with whole(self.folder / f"{frame:06d}") as part:
            part.mkdir()
            for name in TABLES:
                write_table(getattr(kept, name), part / f"{name}.parquet")
            write_image(labels, part / "labels.tif")
            note = {"source": kept.source, "confluence": kept.confluence}
            (part / "frame.json").write_text(json.dumps(note))

    def read(self, frame: int) -> Kept:
        """Return what is kept of a frame but its labels."""
        folder = self.folder / f"{frame:06d}"
        note: Mapping[str, Any] = read_json(folder / "frame.json")
        tables = {name: read_table(folder / f"{name}.parquet") for name in TABLES}
        return Kept(source=note["source"], confluence=note["confluence"], **tables)

    def labels(self, frame: int) -> NDArray[np.int32]:
        """Return the labels ``(Y, X)`` of a frame."""
        return read_mask(self.folder / f"{frame:06d}" / "labels.tif")

    def note(self, name: str, value: Any | None = None) -> Any:
        """Return the note called `name`, None if there is none; or write `value` there first."""
        path = self.folder / f"{name}.json"
        if value is not None:
            with whole(path) as part:
                part.write_text(json.dumps(value))
        return read_json(path) if path.is_file() else None

    def write(self, count: int, scale: Scale, *, labels: Path, objects: Path, cells: Path, frames: Path) -> None:
        """Write what is kept of the first `count` frames as a label store and tables of the whole movie."""
        shape = (count, *self.labels(0).shape)
        with write_labels(labels, shape=shape, scale=scale) as stores:
            for frame in progress(range(count), f"store {labels.parent.name}", unit="frame"):
                found = self.labels(frame)
                for region in stores["cells"].files():
                    stores["cells"][(frame, *region)] = found[region]
        kept = (self.read(frame) for frame in range(count))
        known, rows = [], []

        def measured() -> Iterator[pd.DataFrame]:
            for frame, each in enumerate(kept):
                known.append(each.objects)
                rows.append((frame, len(each.objects), each.confluence))
                yield each.cells

        write_tables(measured(), cells)
        write_table(pd.concat(known, ignore_index=True), objects)
        counts = pd.DataFrame(rows, columns=["frame", "cells", "confluence"])
        write_table(counts.astype({"frame": "int32", "cells": "int32"}), frames)
