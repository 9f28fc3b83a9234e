"""plot_lineage: from tables to a tree."""

import pandas as pd
import pytest

import plot_lineage
from cellweave.core.errors import InputError
from cellweave.formats.tables import write_table

NODES = pd.DataFrame({"frame": [0, 1, 1], "track": [1, 2, 3]})
TRACKS = pd.DataFrame({"track": [1, 2, 3], "begin": [0, 1, 1], "end": [0, 1, 1], "parent": [0, 1, 1]})


@pytest.mark.parametrize("rows", [0, 3])
def test_draws_a_family_or_says_there_is_none(tmp_path, rows):
    write_table(NODES[:rows], tmp_path / "nodes")
    write_table(TRACKS[:rows], tmp_path / "tracks")
    plot_lineage.main(nodes=tmp_path / "nodes", tracks=tmp_path / "tracks", figure=tmp_path / "a" / "tree.svg")
    text = (tmp_path / "a" / "tree.svg").read_text()
    assert ("1 divisions" in text) == (rows == 3) and ("nothing was tracked" in text) == (rows == 0)


def test_missing_table_is_named(tmp_path):
    with pytest.raises(InputError, match="no such table"):
        plot_lineage.main(nodes=tmp_path / "nodes", tracks=tmp_path / "tracks", figure=tmp_path / "tree.svg")
