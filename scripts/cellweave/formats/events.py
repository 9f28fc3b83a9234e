"""A file of events, one JSON object a line, that another program reads while it grows (https://jsonlines.org)."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

END = "end"


class EventLog:
    """Appends events; those that an earlier, unfinished run told already are not told again.

    Parameters
    ----------
    path : Path
    fresh : bool
        Begin anew, whatever the file holds.
    """

    def __init__(self, path: Path, fresh: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = b"" if fresh or not path.exists() else path.read_bytes()
        complete = text[: text.rfind(b"\n") + 1]  # a kill may have cut off the last line
        self._stream = path.open("wb" if fresh or not path.exists() else "r+b")
        self._stream.truncate(len(complete))
        self._stream.seek(0, os.SEEK_END)
        self._told = sum(json.loads(line)["event"] != END for line in complete.splitlines())

    def tell(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Append events, on disk when this returns; they come in the same order in every run."""
        for event in events:
            if self._told and event["event"] != END:
                self._told -= 1
                continue
            self._stream.write(json.dumps(event).encode() + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())
