"""The page in a real browser: nothing asked from elsewhere, no complaint, slider, click on a cell, tree, sorting."""

import json

import numpy as np
import pandas as pd
import pytest

from cellweave.report.exhibits import Exhibit
from cellweave.report.filmstrip import filmstrip
from cellweave.report.html import render_report
from cellweave.report.viewer import viewer_cells

SIZE, FRAMES = 64, 5
SCORES = pd.DataFrame(
    [("d", "01", "m", "t", "TRA", value, 3) for value in (0.5,)] + [("d", "02", "m", "t", "TRA", 0.9, 3)],
    columns=["dataset", "sequence", "model", "tracker", "metric", "value", "n"],
)


@pytest.fixture
def page(tmp_path):
    """A mother (track 1) that moves to the right and divides into 2 and 3 at frame 3."""
    labels = np.zeros((FRAMES, SIZE, SIZE), np.int32)
    rows = []
    for frame in range(FRAMES):
        for track, y in [(1, 32)] if frame < 3 else [(2, 16), (3, 48)]:
            x = 12 + 8 * frame
            labels[frame, y - 5 : y + 6, x - 5 : x + 6] = track
            rows.append({"frame": frame, "label": track, "track": track, "y_px": y, "x_px": x, "area_px": 121.0})
    cells = pd.DataFrame(rows).assign(confidence=0.9)
    tracks = pd.DataFrame({"track": [1, 2, 3], "begin": [0, 3, 3], "end": [2, 4, 4], "parent": [0, 1, 1]})
    image = np.where(labels > 0, 200, 20).astype(np.uint8)[:, None]
    film = filmstrip(image, [], 1_000_000, 10.0, "film")
    run = viewer_cells(lambda frame: labels[frame], 1.0, film, cells, tracks, 1_000_000)
    exhibits = [
        Exhibit("frames", ("d", "01"), ".json", json.dumps(film).encode()),
        Exhibit("cells", ("m", "t", "d", "01"), ".json", json.dumps(run).encode()),
    ]
    file = tmp_path / "report.html"
    file.write_text(
        render_report(scores=SCORES, definitions={}, checked=None, manifest={}, exhibits=exhibits), encoding="utf-8"
    )
    return file


VIEWER = "document.querySelector('.viewer').viewer"


@pytest.mark.parametrize("width", [1200, 390], ids=["desktop", "phone"])
def test_a_reader_steps_and_clicks(browser, page, width, tmp_path):
    browser.open(page, width, 900)
    browser.run("document.querySelector('.viewer').scrollIntoView()")
    browser.wait(f"return {VIEWER} && {VIEWER}.shown && true")
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"

    browser.click("canvas", 12.5 / SIZE, 32.5 / SIZE)  # where the mother is in frame 0
    assert browser.wait(f"return {VIEWER}.track") == 1
    said = browser.run("return document.querySelector('[data-part=cell]').textContent")
    assert "track 1" in said and "divides into 2 and 3" in said and "area 121 px" in said
    browser.click("canvas", 0.9, 0.1)  # background
    browser.wait(f"return {VIEWER}.track === null")

    browser.run(
        "const slider = document.querySelector('[data-part=slider]');"
        "slider.value = 4; slider.dispatchEvent(new Event('input'))"
    )
    browser.wait("return document.querySelector('[data-part=time]').textContent === 'frame 4 · 0 h 40 min'")
    browser.wait(f"return {VIEWER}.paths.length === 2")

    browser.click(".tree [data-track='3'] .life", 0.25, 0.5)
    assert browser.wait(f"return {VIEWER}.track") == 3
    assert browser.run(f"return {VIEWER}.frame()") == 3
    assert browser.complaints() == []
    assert browser.requests() == []
    browser.print(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_scores_sort(browser, page):
    browser.open(page, 1000, 800)
    sequences = "return [...document.querySelectorAll('#scores tbody')[0].rows].map(row => row.cells[1].textContent)"
    assert browser.run(sequences) == ["01", "02"]
    browser.click("#scores th.value button")
    assert browser.run(sequences) == ["02", "01"], "the best comes first"
