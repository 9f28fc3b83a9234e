"""Several processes write one array: each owns whole files, and no pixel is lost."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from cellweave.formats.arrays import SHARD, create, open_array

SCRIPTS = str(Path(__file__).resolve().parents[3] / "scripts")
WRITER = """
import sys
import numpy as np
from cellweave.formats.arrays import Array
path, turn, of = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
array = Array(path)
for index, (rows, columns) in enumerate(array.files()):
    if index % of == turn:
        shape = rows.stop - rows.start, columns.stop - columns.start
        array[rows, columns] = np.full(shape, index + 1, np.uint16)
try:
    array[:10, :10] = 0
except ValueError as error:
    print(error)
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    shape = (2 * SHARD + 100, SHARD + 70)
    array = create(tmp_path / "a.zarr", shape=shape, dtype="uint16")
    command = [sys.executable, "-c", WRITER, str(tmp_path / "a.zarr")]
    writers = [
        subprocess.Popen([*command, str(turn), "3"], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": SCRIPTS})
        for turn in range(3)
    ]
    answers = [writer.communicate()[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert all(f"0:10 of {shape[0]} cuts through a file of {SHARD}" in answer for answer in answers)
    expected = np.zeros(shape, np.uint16)
    for index, part in enumerate(array.files()):
        expected[part] = index + 1
    np.testing.assert_array_equal(open_array(tmp_path / "a.zarr")[:], expected)
