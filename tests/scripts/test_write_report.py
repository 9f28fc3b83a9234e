"""write_report: from scores and figures to one page."""

import json

import pandas as pd
import pytest
from PIL import Image

import write_report
from cellweave.core.errors import InputError
from cellweave.formats.scores import COLUMNS, write_scores
from cellweave.report.figures import render, sentence


@pytest.fixture
def results(tmp_path):
    rows = [("hela", "02", "unet", "-", "AP", 0.5, 7), ("hela", "02", "unet", "weave", "TRA", float("nan"), 0)]
    write_scores(pd.DataFrame(rows, columns=COLUMNS), tmp_path / "scores.tsv")
    (tmp_path / "manifest.json").write_text(json.dumps({"code": {"commit": "abc", "dirty": True}}))
    return tmp_path


def _write(folder, *exhibits):
    report = folder / "report.html"
    write_report.main(
        scores=folder / "scores.tsv",
        checked=None,
        manifest=folder / "manifest.json",
        exhibits=list(exhibits),
        report=report,
    )
    return report.read_text(encoding="utf-8")


def test_one_file_with_every_figure(results, capsys):
    tree = results / "figures/lineage/unet/weave/hela/02.svg"
    overlay = results / "figures/overlay/unet/weave/hela/02.png"
    for path in (tree, overlay):
        path.parent.mkdir(parents=True)
    tree.write_bytes(render(sentence("a tree"), ".svg"))
    Image.new("RGB", (4, 4)).save(overlay)
    page = _write(results, overlay, tree)
    assert "hela / 02 · unet + weave" in page and "a tree" in page and "data:image/webp;base64," in page
    assert "Cell Tracking Challenge" in page and "uncommitted changes" in page
    assert not capsys.readouterr().out


def test_no_figures_and_no_scores(results):
    write_scores(pd.DataFrame(columns=COLUMNS), results / "scores.tsv")
    assert "Nothing was scored" in _write(results)


def test_broken_manifest_is_named(results):
    (results / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        _write(results)
