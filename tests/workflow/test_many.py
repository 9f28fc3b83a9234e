"""Many small images: one job per step, however many there are, and a plan of seconds."""

import os
import re

import numpy as np
import pytest
import tifffile
import yaml

from cellweave.core.registry import COLUMNS

HEADER = (
    "dataset kind format sequence split url sha256 truth_url truth_sha256 pixel_size_um frame_interval_min border_px"
)
CONFIG = {
    "datasets_table": "plate.tsv",
    "run": {"simulated": None, "plate": {"test": ["all"], "models": ["classical"], "trackers": []}},
}


@pytest.fixture
def planned_jobs(snakemake, tmp_path):
    """Return a function that plans a folder of so many stills and returns the number of jobs of each rule."""
    row = dict.fromkeys(COLUMNS, "") | {"dataset": "plate", "kind": "stills", "format": "images", "sequence": "all"}
    row |= {"split": "test", "url": "images", "border_px": "0", "licence": "none", "citation": "none"}
    (tmp_path / "plate.tsv").write_text("\t".join(COLUMNS) + "\n" + "\t".join(row.values()) + "\n")
    (tmp_path / "plate.yaml").write_text(yaml.safe_dump(CONFIG))
    (tmp_path / "images").mkdir()
    tifffile.imwrite(tmp_path / "images" / "0.tif", np.zeros((20, 20), np.uint16))

    def plan(count: int) -> dict[str, int]:
        for number in range(1, count):
            if not (path := tmp_path / "images" / f"{number}.tif").exists():
                os.link(tmp_path / "images" / "0.tif", path)
        finished = snakemake("--dry-run", "--configfile", str(tmp_path / "plate.yaml"))
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return {
            rule: int(jobs) for rule, jobs in re.findall(r"^(\w+) +(\d+)$", finished.stdout + finished.stderr, re.M)
        }

    return plan


def test_1500_stills_do_not_start_more_jobs_than_two(planned_jobs):
    jobs = planned_jobs(2)
    assert [jobs[rule] for rule in ("prepare_images", "threshold_pixels", "label_cells", "measure_cells")] == [1] * 4
    assert planned_jobs(1500) == jobs


@pytest.mark.slow
def test_10000_stills_are_planned_in_ten_seconds(planned_jobs):
    """The time of the processor that the plan took, which counts alike on a busy machine."""
    before = os.times()
    assert planned_jobs(10_000)["total"] < 20
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 10
