"""The last screen of a run: of one that ends well (as a part of test_walks.py), and here of one that does not."""

import numpy as np
import tifffile


def test_a_failed_run_says_again_what_failed_and_what_to_do(snakemake, tmp_path):
    (tmp_path / "m").mkdir()
    for number, width in ((1, 40), (2, 48)):
        tifffile.imwrite(tmp_path / "m" / f"t{number}.tif", np.full((40, width), number, np.uint8))
    finished = snakemake("results/prepare/m/m/image.ome.zarr", "--config", "input=m")
    assert finished.returncode != 0
    last = finished.stderr[finished.stderr.index("\ntime ") :]
    assert "failed" in last and "shape (1, 40, 48) in a series of (1, 40, 40)" in last
    assert "stills" in last and "logs/prepare/prepare_images/m/m.log" in last
    assert "Traceback" not in last


def test_waiting_for_jobs_costs_nothing(snakemake, root):
    """Jobs are selected when one has finished; a limit of submissions would have it asked every second as well."""
    raw = [f"resources/simulated/{name}" for name in ("01", "02")]
    run = snakemake(*raw, "--cores", "1", "--verbose", "--configfile", str(root / "tests/workflow/tiny.yaml"))
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stderr.count("Resources before job selection") == 2
