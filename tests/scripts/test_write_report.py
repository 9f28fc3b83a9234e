"""write_report and show_scores: from scores and figures to what a reader sees."""

import json

import pandas as pd
import pytest
from PIL import Image

import show_scores
import write_report
from cellweave.core.errors import InputError
from cellweave.formats.scores import COLUMNS, write_scores
from cellweave.report.figures import render, sentence
from cellweave.report.metrics import published_as_text


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


def test_terminal_summary(results, capsys):
    names = [f"{name}{end}" for name in ("TRA", "segmentation_loss", "linking_loss") for end in ("", "_low", "_high")]
    counts = ["misses", "merges", "splits", "false_cells", "links_missed"]
    lost = dict.fromkeys([*names, "LNK", "LNK_ceiling"], 0.125) | dict.fromkeys(counts, 7)
    keys = {"dataset": "a", "sequence": "01", "model": "unet", "tracker": "weave"}
    write_scores(pd.DataFrame([keys | lost]), results / "attribution.tsv")
    show_scores.main(scores=results / "scores.tsv", report=results / "report.html")
    printed = capsys.readouterr().out
    assert "0.1250 [0.1250, 0.1250]" in printed and "false_cells" in printed
    assert "0.500" in printed and "–" in printed and str(results / "report.html") in printed


def test_published_values_stand_beside_the_best_of_ours():
    rows = [("LIVECell", "1", "a", "-", "AP", 0.2, 3), ("LIVECell", "1", "b", "-", "AP", 0.3, 3)]
    rows += [("LIVECell", "1", "a", "-", "AFNR", 0.9, 3), ("LIVECell", "1", "b", "-", "AFNR", 0.8, 3)]
    published = pd.read_csv(show_scores.PUBLISHED, sep="\t")
    lines = published_as_text(pd.DataFrame(rows, columns=COLUMNS), published).splitlines()
    found = sorted(tuple(line.split()[-3:]) for line in lines[1:])
    assert found == [("AFNR", "0.4530", "0.8"), ("AP", "0.4778", "0.3"), ("AP", "0.4789", "0.3")]
    assert published["source"].notna().all() and published["value"].between(0, 1).all()
    assert published_as_text(pd.DataFrame(rows, columns=COLUMNS).assign(dataset="mine"), published) == ""
