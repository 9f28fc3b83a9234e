"""The correction loop as a user walks it: suggest, correct, put back, train the next round."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import zarr

from cellweave.formats.ngff import open_labels

TINY = "tests/workflow/tiny.yaml"


@pytest.mark.slow
def test_corrected_tiles_make_the_next_round(snakemake, tmp_path, root):
    overrides = "[model=plain, trainer.max_steps=4, trainer.validate_every=4, data.side_px=64, data.batch=2]"
    (tmp_path / "tiles.yaml").write_text(
        f"suggest: {{tiles: 3, tile_px: 64, frames: 4}}\nmodels: {{unet: {{overrides: {overrides}}}}}\n"
    )
    config = ["--configfile", str(root / TINY), str(tmp_path / "tiles.yaml")]
    config += ["--config", "run={simulated: {train: ['01'], test: ['02'], models: [unet]}}", "allow_contaminated=True"]
    suggested = tmp_path / "results/correct/suggested"
    first = snakemake("suggest", *config)
    assert first.returncode == 0, first.stderr[-3000:]
    table = pd.read_csv(suggested / "unet/simulated/02/tiles.tsv", sep="\t")
    assert len(table) == 3 and table.doubt.is_monotonic_decreasing

    put_back = tmp_path / "mine/round-1/simulated/02"
    shutil.copytree(suggested / "unet/simulated/02", put_back)
    truth = open_labels(tmp_path / "results/prepare/simulated/02/truth.ome.zarr", "silver")
    edited = zarr.open_array(put_back / "tiles.ome.zarr/labels/cells/0", mode="r+")
    for row in table.itertuples():
        tile = truth[row.frame, row.y0_px : row.y0_px + 64, row.x0_px : row.x0_px + 64]
        edited[row.tile, : tile.shape[0], : tile.shape[1]] = tile

    second = snakemake("suggest", "results/report/figures/rounds/rounds.svg", *config, "corrections=mine")
    assert second.returncode == 0, second.stderr[-3000:]
    gold = open_labels(tmp_path / "results/correct/round-1/simulated/02/truth.ome.zarr", "gold")
    assert {int((gold[frame] >= 0).sum() > 0) for frame in table.frame} == {1}
    assert np.count_nonzero(gold[:] >= 0) <= 3 * 64 * 64
    record = json.loads((tmp_path / "results/train/unet-r1@simulated/manifest.json").read_text())
    assert record["pretrained"] == "unet@simulated"
    scores = pd.read_csv(tmp_path / "results/score/scores.tsv", sep="\t")
    assert {"unet", "unet-r1"} <= set(scores.model)
    assert "unet, round 1: " in (tmp_path / "results/report/figures/rounds/rounds.svg").read_text()
    again = pd.read_csv(suggested / "unet-r1/simulated/02/tiles.tsv", sep="\t")
    places = ["frame", "y0_px", "x0_px"]
    assert again[places].merge(table[places]).empty, "what is corrected is not asked for again"
