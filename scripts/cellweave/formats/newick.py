"""Family trees in the Newick format, one tree per founder and line.

A node is a track, named ``<track>_<begin>_<end>``; the length of its branch is the number of frames from its parent's
end to its own, or its life for a founder. Grammar: https://phylipweb.github.io/phylip/newick_doc.html.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.files import whole

TOKEN = re.compile(r"[(),;]|(\d+)_(\d+)_(\d+):\d+")


def write_newick(path: str | Path, tracks: pd.DataFrame) -> None:
    """Write tracks (track, begin, end, parent) as one tree per founder, by number."""
    ordered = tracks.sort_values("track")
    ends = dict(zip(ordered["track"], ordered["end"], strict=True))
    trees: dict[int, str] = {}
    branches: dict[int, list[str]] = {}
    # Children begin later than their parents, so that latest first finds all subtrees ready, without recursion.
    for track, begin, end, parent in (
        ordered.sort_values(["begin", "track"], ascending=False)[["track", "begin", "end", "parent"]]
        .astype(int)
        .itertuples(index=False)
    ):
        inner = f"({','.join(reversed(branches.pop(track)))})" if track in branches else ""
        length = end - ends[parent] if parent else end - begin + 1
        text = f"{inner}{track}_{begin}_{end}:{length}"
        if parent:
            branches.setdefault(parent, []).append(text)
        else:
            trees[track] = text
    with whole(path) as part:
        part.write_text("".join(f"{trees[founder]};\n" for founder in sorted(trees)))


def read_newick(path: str | Path) -> pd.DataFrame:
    """Read the tracks that `write_newick` wrote: track, begin, end, parent (int32), by track.

    Raises
    ------
    InputError
        Text that is none of our trees.
    """
    rows: list[list[int]] = []
    for number, line in enumerate(Path(path).read_text().splitlines(), start=1):
        levels: list[list[int]] = [[]]
        at = 0
        for match in TOKEN.finditer(line):
            if match.start() != at:
                break
            at = match.end()
            if match[0] == "(":
                levels.append([])
            elif match[0] == ")":
                children = levels.pop()
            elif match[1]:
                track, begin, end = (int(group) for group in match.groups())
                if line[match.start() - 1 : match.start()] == ")":
                    for child in children:
                        rows[child][3] = track
                levels[-1].append(len(rows))
                rows.append([track, begin, end, 0])
        if at != len(line) or len(levels) != 1:
            raise InputError(f"not a tree of ours: {line[:60]!r}", where=f"{path}, line {number}")
    table = pd.DataFrame(rows, columns=["track", "begin", "end", "parent"]).astype(np.int32)
    return table.sort_values("track", ignore_index=True)
