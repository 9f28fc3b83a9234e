"""What `make benchmark` prints: one line per model, published values beside them, in a terminal and for a README."""

from pathlib import Path

import pandas as pd
import pytest

import show_scores
from cellweave.formats.scores import COLUMNS, write_scores

SHIPPED = Path(__file__).parents[2] / "config" / "published.tsv"
HELA, CELLS = ("Fluo-N2DL-HeLa", "01-late"), ("LIVECell", "test")
ROWS = [
    (*HELA, "unet", "-", {"SEG": 0.8, "SEG_ST": 0.943, "DET": 0.992, "AP50_matched": 0.938, "F1": 0.968, "ECE": 0.01}),
    (*HELA, "forest", "-", {"SEG": 0.7, "SEG_ST": 0.83, "DET": 0.987, "AP50_matched": 0.887, "F1": 0.94, "ECE": 0.09}),
    (*HELA, "unet", "weave", {"SEG": 0.8, "DET": 0.992, "TRA": 0.99, "LNK": 0.969, "BC1": 0.8}),
    (*HELA, "unet", "trackpy", {"SEG": 0.8, "DET": 0.992, "TRA": 0.989, "LNK": 0.96, "BC1": float("nan")}),
    (*CELLS, "unet", "-", {"SEG": 0.324, "AP": 0.056, "AP_BV2": 0.25, "AP50": 0.184, "AP50_matched": 0.2}),
]


@pytest.fixture
def files(tmp_path):
    rows = [(*row[:4], metric, value, 9) for row in ROWS for metric, value in row[4].items()]
    write_scores(pd.DataFrame(rows, columns=COLUMNS), tmp_path / "scores.tsv")
    lost = dict.fromkeys(("LNK", "LNK_ceiling", "misses", "merges", "splits", "false_cells", "links_missed"), 0.0)
    for name in ("TRA", "segmentation_loss", "linking_loss"):
        lost |= {f"{name}{end}": 0.004 for end in ("", "_low", "_high")}
    keys = dict(zip(("dataset", "sequence", "model", "tracker"), (*HELA, "unet", "weave"), strict=True))
    pd.DataFrame([keys | lost]).to_csv(tmp_path / "attribution.tsv", sep="\t", index=False)
    return {"scores": tmp_path / "scores.tsv", "report": tmp_path / "report.html", "published": SHIPPED}


def tables(text):
    """Rows of each markdown table: heading -> cells, by what the first columns say."""
    found = []
    for block in text.split("\n\n"):
        lines = [[word.strip() for word in line.strip("|").split("|")] for line in block.splitlines() if line[0] == "|"]
        if lines:
            assert {len(line) for line in lines} == {len(lines[0])}, "GitHub drops what does not fit its heading"
            found.append([dict(zip(lines[0], line, strict=True)) for line in lines[2:]])
    return found


def test_a_readme_gets_one_row_per_model_with_published_values_below(files, capsys):
    show_scores.main(**files, as_markdown=True)
    segmentation, tracking, parts = tables(capsys.readouterr().out)
    assert [(row["data set"], row["model"].split(" (")[0]) for row in segmentation] == [
        ("Fluo-N2DL-HeLa", "forest"),
        ("Fluo-N2DL-HeLa", "unet"),
        ("LIVECell", "unet"),
        ("LIVECell", "published: anchor-based"),
        ("LIVECell", "published: anchor-free"),
    ]
    forest, unet, cells, based, free = segmentation
    assert unet["AP50 (field)"] == "**0.938**" and forest["AP50 (field)"] == "0.887"
    assert (unet["ECE"], forest["ECE"]) == ("**0.010**", "0.090"), "the smaller error is the better one"
    assert cells["COCO AP"] == "0.056" and cells["AP50 (field)"] == "0.200" and cells["SEG_ST"] == ""
    assert based["COCO AP"] == "0.479" and free["COCO AP50"] == "0.816"
    assert [row["tracker"] for row in tracking] == ["trackpy", "weave", "", ""]
    assert tracking[0]["BC(1)"] == "–" and tracking[1]["TRA lost to segmentation"] == "0.004"
    assert tracking[2]["model"] == "published: PAST-FR" and tracking[2]["LNK"] == "0.996"
    assert {row["model"].split(" (")[0]: row["BV2"] for row in parts} == {
        "unet": "0.250",
        "published: anchor-free": "0.457",
        "published: anchor-based": "0.526",
    }


def test_a_terminal_gets_the_same_and_where_the_report_lies(files, capsys):
    show_scores.main(**files)
    shown = capsys.readouterr().out
    assert (
        "0.938*" in shown
        and "published: PAST-FR" in shown
        and "0.0040 [0.0040, 0.0040]" in shown
        and "false_cells" in shown
    )
    assert shown.endswith(f"report: {files['report'].resolve()}\n")


def test_sequences_are_named_where_a_data_set_has_several(files, capsys):
    more = [("Fluo-N2DL-HeLa", "02", "unet", "-", "SEG", 0.5, 9)]
    known = pd.read_csv(files["scores"], sep="\t")
    write_scores(pd.concat([known, pd.DataFrame(more, columns=COLUMNS)]), files["scores"])
    show_scores.main(**files, as_markdown=True)
    names = [row["data set"] for row in tables(capsys.readouterr().out)[0]]
    assert names[:3] == ["Fluo-N2DL-HeLa/01-late", "Fluo-N2DL-HeLa/01-late", "Fluo-N2DL-HeLa/02"]
    assert names[3:] == ["LIVECell"] * 3


def test_without_truth_it_says_so(files, capsys):
    write_scores(pd.DataFrame(columns=COLUMNS), files["scores"])
    pd.read_csv(files["scores"].with_name("attribution.tsv"), sep="\t").head(0).to_csv(
        files["scores"].with_name("attribution.tsv"), sep="\t", index=False
    )
    show_scores.main(**files)
    assert "no scores" in capsys.readouterr().out
