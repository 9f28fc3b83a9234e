"""A tracker with `fit_on` gets costs of its own, from the truth that it names and from nothing else."""

import re

import pytest
import yaml


def config(path, fit_on: dict, **tracker):
    content = {
        "models": {"given": {"kind": "truth", "truth": "silver"}},
        "trackers": {"fitted": {"kind": "weave", "fit_on": [fit_on], **tracker}},
        "run": {"simulated": {"test": ["02"], "models": ["given"], "trackers": ["fitted"]}},
    }
    path.write_text(yaml.safe_dump(content))
    return str(path)


def test_costs_are_fitted_before_cells_are_linked(snakemake, tmp_path):
    source = {"dataset": "simulated", "sequences": ["01"], "frames": [0.0, 0.6]}
    file = config(tmp_path / "fitted.yaml", source, evidence=["geometry"], solver="exact")
    tracks = "results/track/given/fitted/simulated/02/tracks.parquet"
    finished = snakemake("--dry-run", tracks, "--configfile", file)
    assert finished.returncode == 0, finished.stderr[-3000:]
    jobs = {match[1]: match[2] for match in re.finditer(r"^rule (\w+):\n((?: +.*\n)+)", finished.stdout, re.M)}
    assert "results/prepare/simulated/01/truth_tracks.parquet" in jobs["fit_costs"]
    assert "simulated/02" not in jobs["fit_costs"]
    assert "results/track/costs/fitted.yaml" in jobs["link_cells"].split("output:")[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sequences": ["09"]}, "unknown sequence '09' of simulated"),
        ({"dataset": "simulatd"}, "unknown dataset 'simulatd'"),
        ({"sequences": ["02"]}, "02 is scored, and tracker fitted was fitted to simulated/02"),
    ],
)
def test_a_mistake_in_fit_on_is_one_message(snakemake, tmp_path, change, message):
    source = {"dataset": "simulated", "sequences": ["01"]} | change
    finished = snakemake("--dry-run", "--configfile", config(tmp_path / "fitted.yaml", source))
    assert finished.returncode != 0
    assert message in finished.stderr + finished.stdout
    assert "Traceback" not in finished.stderr + finished.stdout
