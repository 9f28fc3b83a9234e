"""Tables come back as they were written, and a wrong file is named."""

import pandas as pd
import pytest

from cellweave.core.errors import InputError
from cellweave.formats.tables import read_table, write_table


def test_round_trip_keeps_types_and_order(tmp_path):
    table = pd.DataFrame({"frame": pd.array([1, 0], "int32"), "score": [0.5, float("nan")], "gold": [True, False]})
    write_table(table, tmp_path / "new" / "a.parquet")
    pd.testing.assert_frame_equal(read_table(tmp_path / "new" / "a.parquet"), table)


def test_missing_and_damaged_tables_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no such table\n  where: .*a\.parquet"):
        read_table(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_text("frame,score")
    with pytest.raises(InputError, match=r"not a Parquet table(.|\n)*b\.parquet"):
        read_table(tmp_path / "b.parquet")
