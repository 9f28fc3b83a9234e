"""The methods paragraph says what ran, and numbers every work once."""

import re

from cellweave.report.methods import describe_methods

ROW = {"dataset": "hela", "pixel_size_um": 0.645, "frame_interval_min": 30, "citation": "Some et al.", "licence": "CC0"}
MANIFEST = {
    "code": {"commit": "0123456789abcdef"},
    "packages": {"snakemake": "9.27", "torch": "2.13"},
    "datasets": [{**ROW, "sequence": "01"}, {**ROW, "sequence": "02"}],
    "config": {
        "seed": 7,
        "run": {"hela": {"models": ["net", "pixels"], "trackers": ["weave", "base"]}, "off": None},
        "models": {"net": {"kind": "network", "pretrained": "imagenet"}, "pixels": {"kind": "forest"}},
        "trackers": {"weave": {"kind": "weave", "solver": "exact"}, "base": {"kind": "trackpy"}},
    },
}


def test_what_ran_is_said():
    text = describe_methods(MANIFEST).text
    for part in (
        "commit 0123456789ab", "sequences 01, 02; 0.645 µm per pixel; 30 min between frames", "licence: CC0",
        "from ImageNet weights", "random forest", "integer programming", "tracker base", "seed 7",
    ):  # fmt: skip
        assert part in text


def test_every_work_has_one_number_and_every_number_a_work():
    methods = describe_methods(MANIFEST)
    cited = {int(n) for group in re.findall(r"\[([\d, ]+)\]", methods.text) for n in group.split(", ")}
    assert cited == set(range(1, len(methods.references) + 1))
    assert len(set(methods.references)) == len(methods.references) and "Some et al." in methods.references
    assert not any("LapTrack" in work for work in methods.references), "what did not run is not cited"


def test_no_configuration_no_paragraph():
    assert describe_methods({}).text == ""
