"""The page: complete in itself, escaped, with the right numbers marked."""

import io
import re
from html.parser import HTMLParser
from pathlib import PurePath

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cellweave.core.errors import InputError
from cellweave.report import embedding
from cellweave.report.exhibits import KINDS, Exhibit, Kind, kind_of, names_of, read_exhibit
from cellweave.report.figures import render, sentence
from cellweave.report.html import render_report
from cellweave.report.metrics import as_text, best_of, score_tables

COLUMNS = ["dataset", "sequence", "model", "tracker", "metric", "value", "n"]
SCORES = pd.DataFrame(
    [
        ("hela", "02", "unet", "-", "AP", 0.6, 10),
        ("hela", "02", "forest", "-", "AP", 0.4, 10),
        ("hela", "02", "unet", "weave", "TRA", 0.9, 12),
        ("hela", "02", "unet", "trackpy", "TRA", 0.8, 12),
        ("hela", "02", "unet", "weave", "BC1", np.nan, 0),
        ("hela", "02", "unet", "weave", "AOGM", 31.0, 12),
        ("hela", "02", "unet", "trackpy", "AOGM", 44.0, 12),
    ],
    columns=COLUMNS,
)


class Page(HTMLParser):
    """Collects ids and everything that a browser would load."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.loads = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.loads += [attrs[name] for name in ("src", "href", "xlink:href", "data") if attrs.get(name)]


def _page(**change):
    given = {"scores": SCORES, "definitions": {}, "checked": None, "manifest": {}, "exhibits": []}
    return render_report(**{**given, **change})


def _png(size=(8, 8)):
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_names_come_from_the_path():
    path = PurePath("results/report/figures/overlay/unet/weave/figures-a/02-v1.5.png")
    assert names_of(path) == ("unet", "weave", "figures-a", "02-v1.5")
    assert names_of(PurePath("results/report/figures/measurements/unet/untracked/cells/1.svg")) == (
        "unet",
        "cells",
        "1",
    )


def test_page_loads_nothing_and_repeats_no_id():
    svg = render(sentence("x"), ".svg")
    names = ("unet", "weave", "hela", "02")
    pictures = [Exhibit("lineage", names, ".svg", svg), Exhibit("measurements", names, ".svg", svg)]
    page = Page(_page(exhibits=[*pictures, Exhibit("overlay", names, ".png", _png())]))
    assert len(page.ids) == len(set(page.ids))
    assert all(load.startswith(("data:", "#")) for load in page.loads)


def test_names_are_escaped():
    evil = "<script>alert(1)</script>"
    model = {"licences": [evil], "commercial_use": "no", "trained_on": [{"dataset": evil, "sequence": evil}]}
    manifest = {"config": {"a": evil}, "datasets": [{"dataset": evil, "licence": evil}], "command": evil}
    manifest |= {"warnings": [evil], "models": {evil: model}}
    page = _page(scores=SCORES.assign(dataset=evil, tracker=evil), manifest=manifest,
                 exhibits=[Exhibit("overlay", (evil,), ".png", _png())])  # fmt: skip
    assert evil not in page


def test_doubtful_scores_and_licences_of_weights_are_shown():
    model = {"licences": ["CC BY-NC 4.0"], "commercial_use": "no", "trained_on": [{"dataset": "a", "sequence": "1"}]}
    page = _page(manifest={"warnings": ["contaminated: a/1 is scored"], "models": {"unet": model}})
    assert page.index('id="scores"') < page.index('<p class="warn">contaminated: a/1 is scored</p>')
    assert '<td>unet</td><td class="wrap">a/1</td><td class="wrap">CC BY-NC 4.0</td><td>no</td>' in page


def test_best_per_column_is_marked_and_a_lone_score_is_not():
    tables = {table.title: table for table in score_tables(SCORES)}
    best = {(row[0], name): cell.best for table in tables.values() for row in table.rows
            for name, cell in zip(table.metrics, row[1], strict=True) if cell}  # fmt: skip
    weave, trackpy = ("hela", "02", "unet", "weave"), ("hela", "02", "unet", "trackpy")
    assert best[weave, "TRA"] and not best[trackpy, "TRA"]
    assert best[weave, "AOGM"] and not best[trackpy, "AOGM"]  # fewer corrections are better
    assert best[("hela", "02", "unet"), "AP"] and not best[weave, "BC1"]
    assert best_of(SCORES)["hela", "02"] == [("TRA", "0.900", "unet + weave"), ("AP", "0.600", "unet")]


def test_undefined_is_a_dash_with_its_meaning():
    page = _page(definitions={"BC1": "Divisions within one frame."})
    assert re.search(r'title="undefined; n = 0">–<', page) and 'title="Divisions within one frame."' in page


def test_section_carries_its_scores():
    page = _page(exhibits=[Exhibit("overlay", ("unet", "weave", "hela", "02"), ".png", _png())])
    assert "hela / 02 · unet + weave" in page
    assert re.search(r"<span[^>]*>TRA 0.900</span>", page) and not re.search(r"<span[^>]*>TRA 0.800</span>", page)


def test_empty_everything_still_says_so():
    page = _page(scores=SCORES[:0])
    for text in ("Nothing was scored", "No network was trained", "No sequence was drawn"):
        assert text in page


def test_all_undefined():
    assert "–" in _page(scores=SCORES.assign(value=np.nan)) and "–" in as_text(SCORES.assign(value=np.nan))


def test_expected_scores_are_counted():
    checked = pd.DataFrame({"metric": ["AP"], "expected": [0.61], "passed": [True], "why": ["first run"]})
    assert "Expected scores: 1 of 1 met" in _page(checked=checked)
    assert "Expected scores" not in _page(checked=checked[:0])


def test_pictures_shrink_until_they_fit(monkeypatch):
    pictures = [Exhibit("overlay", (str(i),), ".png", _png((300, 300))) for i in range(2)]
    monkeypatch.setattr(embedding, "QUALITIES", ((88, 300), (60, 60), (50, 30)))
    full = sum(map(len, embedding.embed(pictures)))
    monkeypatch.setattr(embedding, "BUDGET_BYTES", full // 4)
    assert full // 100 < sum(map(len, embedding.embed(pictures))) < full // 4 * 4 / 3  # base64 adds a third


def test_terminal_table_is_aligned():
    lines = as_text(SCORES).splitlines()
    assert "0.900*" in as_text(SCORES) and "0.600*" in as_text(SCORES)
    blocks = [block.splitlines()[1:] for block in as_text(SCORES).split("\n\n")]
    assert all(len({len(line) for line in block}) == 1 for block in blocks) and lines[0] == "Segmentation"
    assert as_text(SCORES[:0]).startswith("no scores")


def test_a_table_is_an_exhibit_too(monkeypatch, tmp_path):
    monkeypatch.setitem(KINDS, "blame", Kind("quality", "Who is to blame", "Share of the error."))
    path = tmp_path / "results/score/blame.tsv"
    path.parent.mkdir(parents=True)
    path.write_text("sequence\tcause\tshare\n01\tlinking\t0.25\n02\t<b>\tnan\n")
    page = _page(exhibits=[read_exhibit(path)])
    assert "Who is to blame" in page and "Share of the error." in page and 'href="#quality"' in page
    assert '<td>01</td><td>linking</td><td class="value" data-value="0.25">0.25</td>' in page
    assert "<td>&lt;b&gt;</td>" in page and ">–</td>" in page


def test_an_unknown_exhibit_is_refused(tmp_path):
    path = tmp_path / "figures/overlya/a.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(_png())
    assert (kind_of(path), names_of(path)) == ("overlya", ("a",))
    with pytest.raises(InputError, match="did you mean 'overlay'"):
        read_exhibit(path)


def test_what_was_found_is_in_cards_or_with_many_runs_in_a_table():
    head = "dataset\tsequence\tmodel\ttracker\tcells\ttracks\n"
    few, many = (
        _page(exhibits=[Exhibit("runs", (), ".tsv", (head + "hela\t01\tunet\tweave\t238\t52\n" * count).encode())])
        for count in (1, 5)
    )
    summary = few[few.index('id="summary"') : few.index("</section>", few.index('id="summary"'))]
    assert "<h3>hela · 01 · unet · weave</h3>" in summary and "<dt>tracks</dt><dd><b>52</b></dd>" in summary
    assert "<table" not in summary and "<td>hela</td>" in many
