"""What jobs ask of a cluster follows from the size of their input and from the attempt."""

import re

import pytest

COLUMNS = (
    "dataset kind format sequence split url sha256 truth_url truth_sha256 pixel_size_um frame_interval_min border_px "
    "licence citation"
)


@pytest.fixture
def asked(snakemake, tmp_path):
    """Return a function that says what memory and time a job asks for that reads a folder of so many MB."""
    row = ["mine", "movie", "ctc", "01", "test", "data", "", "", "", "0.5", "5", "0", "CC0", "me"]
    (tmp_path / "mine.tsv").write_text("\t".join(COLUMNS.split()) + "\n" + "\t".join(row) + "\n")
    run = "simulated: null, mine: {test: ['01'], models: [classical]}"
    (tmp_path / "mine.yaml").write_text(f"datasets_table: mine.tsv\nrun: {{{run}}}\n")
    (tmp_path / "data" / "01").mkdir(parents=True)

    def ask(megabytes: int, *arguments: str) -> tuple[int, int]:
        with (tmp_path / "data" / "01" / "t000.tif").open("wb") as file:
            file.truncate(megabytes * 10**6)
        wanted = ["results/prepare/mine/01/frames.parquet", "--configfile", str(tmp_path / "mine.yaml")]
        finished = snakemake(*wanted, "--dry-run", *arguments)
        printed = finished.stdout + finished.stderr
        assert finished.returncode == 0, printed
        return int(re.search(r"mem_mb=(\d+)", printed)[1]), int(re.search(r"runtime=(\d+)", printed)[1])

    return ask


def test_more_input_asks_for_more_and_another_attempt_for_a_multiple(asked):
    small, large = asked(10), asked(1010)
    assert large == (small[0] + 100, small[1] + 100)  # prepare_ctc: 0.1 MB of memory and 0.1 minutes per MB
    assert asked(1010, "--attempt", "3") == (3 * large[0], 3 * large[1])
