"""A movie of 1,000 frames and 60,000 outlines through the report's own scripts: the page stays small and quick."""

import json

import numpy as np
import pandas as pd
import pytest

import plot_cells
import plot_frames
import plot_lineage
import plot_measurements
import plot_overlay
import write_report
from cellweave.formats.ngff import Scale, write_image, write_labels
from cellweave.formats.scores import COLUMNS, write_scores
from cellweave.formats.tables import write_table

FRAMES, FOUNDERS, GENERATIONS, SPACING = 1000, 16, 4, 16
CELLS = 2 ** (GENERATIONS - 1)  # of one founder, in the end
pytestmark = pytest.mark.slow
LARGEST = 15_000_000  # bytes of the page
SLOWEST_MS = 2000  # for a frame to appear, on a busy machine; it takes some tens on a free one
VIEWER = "document.querySelector('.viewer').viewer"


def lives() -> pd.DataFrame:
    """Families that divide all at once, three times; every cell has a place of its own on a grid."""
    rows, known = [], {}
    for generation in range(GENERATIONS):
        begin, end = (FRAMES * step // GENERATIONS for step in (generation, generation + 1))
        for founder in range(FOUNDERS):
            for child in range(2**generation):
                known[generation, founder, child] = len(rows) + 1
                parent = known.get((generation - 1, founder, child // 2), 0)
                rows.append((len(rows) + 1, begin, end - 1, parent, founder, child * CELLS // 2**generation))
    return pd.DataFrame(rows, columns=["track", "begin", "end", "parent", "row", "column"])


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The report of such a run, by the scripts that make it in the workflow, with their budgets for one run."""
    folder = tmp_path_factory.mktemp("long")
    tracks, rng = lives(), np.random.default_rng(1)
    shape = (FRAMES, FOUNDERS * SPACING, CELLS * SPACING)
    names = {name: folder / f"{name}.parquet" for name in ("cells", "objects", "frames", "nodes", "tracks")}
    parts = [tracks[(tracks["begin"] <= t) & (tracks["end"] >= t)].assign(frame=t) for t in range(FRAMES)]
    found = pd.concat(parts, ignore_index=True)
    found["label"] = found.groupby("frame").cumcount() + 1
    found["y_px"], found["x_px"] = (SPACING * found[axis] + SPACING / 2 for axis in ("row", "column"))
    with (
        write_image(folder / "image", shape=(FRAMES, 1, *shape[1:]), dtype="uint8", scale=Scale(0.5, None, 5)) as image,
        write_labels(folder / "labels", shape=shape) as stores,
    ):
        for frame, cells in found.groupby("frame"):
            plane = np.zeros(shape[1:], np.int32)
            for cell in cells.itertuples():
                y, x, r = int(cell.y_px), int(cell.x_px), 4 + (cell.label + frame) % 3
                plane[y - r : y + r, x - 5 : x + 5] = cell.label
            stores["cells"][frame] = plane
            image[frame, 0] = (rng.integers(0, 60, shape[1:]) + 120 * (plane > 0)).astype("u1")
    found = found.assign(area_um2=20 + found["label"] % 7, mean_intensity_c0=150.0, eccentricity=0.5, confidence=0.9)
    write_table(found.drop(columns=["track", "confidence"]), names["cells"])
    write_table(found[["frame", "label"]].assign(score=0.8, area_px=80), names["objects"])
    write_table(found[["frame", "label", "track", "y_px", "x_px", "confidence"]], names["nodes"])
    write_table(tracks[["track", "begin", "end", "parent"]], names["tracks"])
    counts = found.groupby("frame").size().rename("cells").reset_index().assign(confluence=0.3)
    write_table(counts, names["frames"])
    figures = draw(folder, names)
    write_scores(pd.DataFrame([("d", "01", "m", "t", "TRA", 0.9, FRAMES)], columns=COLUMNS), folder / "scores.tsv")
    (folder / "manifest.json").write_text(json.dumps({}))
    write_report.main(
        scores=folder / "scores.tsv",
        checked=None,
        manifest=folder / "manifest.json",
        exhibits=figures,
        report=folder / "report.html",
    )
    return folder / "report.html"


def draw(folder, names):
    """Draw what the page shows, as rules/report.smk does for a configuration with one run."""
    run = "m/t/d/01"
    figures = {kind: folder / f"figures/{kind}/{run}.svg" for kind in ("lineage", "measurements")}
    figures |= {"frames": folder / "figures/frames/d/01.json", "cells": folder / f"figures/cells/{run}.json"}
    figures["overlay"] = folder / f"figures/overlay/{run}.png"
    stores = {"image": folder / "image", "labels": folder / "labels"}
    linked = {"nodes": names["nodes"], "tracks": names["tracks"]}
    plot_frames.main(image=stores["image"], budget=4_500_000, figure=figures["frames"])
    plot_cells.main(
        frames=figures["frames"],
        labels=stores["labels"],
        objects=names["objects"],
        cells=names["cells"],
        budget=3_500_000,
        figure=figures["cells"],
        **linked,
    )
    plot_overlay.main(**stores, **linked, figure=figures["overlay"])
    plot_lineage.main(**linked, figure=figures["lineage"])
    plot_measurements.main(
        image=stores["image"],
        cells=names["cells"],
        frames=names["frames"],
        nodes=names["nodes"],
        figure=figures["measurements"],
    )
    return list(figures.values())


def test_the_page_of_1000_frames_is_bounded(page):
    assert page.stat().st_size < LARGEST


def test_the_page_of_1000_frames_is_usable(browser, page, tmp_path):
    browser.open(page, 1200, 900)
    browser.run("document.querySelector('.viewer').scrollIntoView()")
    browser.wait(f"return {VIEWER} && {VIEWER}.shown && true")
    last = browser.run("return +document.querySelector('[data-part=slider]').max")
    assert last > 300, "evenly spread frames where not all fit"
    waited = browser.run(
        "return (async () => { const slider = document.querySelector('[data-part=slider]');"
        "const start = performance.now();"
        "for (const value of [100, 200, 300]) { slider.value = value; slider.dispatchEvent(new Event('input'));"
        "await new Promise(requestAnimationFrame); } return (performance.now() - start) / 3; })()"
    )
    assert waited < SLOWEST_MS
    browser.run(
        f"const slider = document.querySelector('[data-part=slider]'); slider.value = {last};"
        "slider.dispatchEvent(new Event('input'))"
    )
    browser.wait(f"return {VIEWER}.paths.length === {FOUNDERS * CELLS}")
    browser.click(".tree [data-track='240'] .life", 0.5, 0.5)
    assert browser.wait(f"return {VIEWER}.track") == 240
    assert browser.complaints() == [] and browser.requests() == []
    browser.picture(tmp_path / "page.png")
