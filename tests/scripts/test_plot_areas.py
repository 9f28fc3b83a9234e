"""Areas of classes as curves and as a table, by hand."""

import numpy as np
import pandas as pd

import plot_areas
from cellweave.formats.ngff import write_image
from cellweave.formats.scale import Scale
from cellweave.formats.tables import write_table


def drawn(folder, areas, frame_min=None):
    with write_image(
        folder / "image.ome.zarr", shape=(2, 1, 20, 20), dtype="uint8", scale=Scale(frame_min=frame_min)
    ) as image:
        image[:] = np.zeros((2, 1, 20, 20), np.uint8)
    write_table(pd.DataFrame(areas, columns=["frame", "name", "fraction", "iou"]), folder / "areas.parquet")
    paths = {"figure": folder / "areas.svg", "table": folder / "areas.tsv"}
    plot_areas.main(image=folder / "image.ome.zarr", areas=folder / "areas.parquet", **paths)
    return paths["figure"].read_text(), pd.read_csv(paths["table"], sep="\t")


AREAS = [(0, "cell", 0.25, np.nan), (0, "debris", 0.0, np.nan), (1, "cell", 0.5, 0.8), (1, "debris", 0.125, np.nan)]


def test_a_row_per_frame_and_a_curve_per_class(tmp_path):
    figure, table = drawn(tmp_path, AREAS, frame_min=30)
    assert "share of the frame [%]" in figure and "overlap with the truth" in figure and "time [h]" in figure
    assert ">cell<" in figure and ">debris<" in figure
    expected = pd.DataFrame(
        {"frame": [0, 1], "cell_fraction": [0.25, 0.5], "debris_fraction": [0, 0.125], "cell_iou": [np.nan, 0.8]}
    )
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)


def test_without_truth_there_is_no_overlap_to_show(tmp_path):
    figure, table = drawn(tmp_path, [(*row[:3], np.nan) for row in AREAS])
    assert "overlap" not in figure and ">frame<" in figure
    assert list(table) == ["frame", "cell_fraction", "debris_fraction"]
