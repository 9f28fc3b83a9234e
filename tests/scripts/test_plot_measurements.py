"""plot_measurements: from tables to plots, in the image's units."""

import numpy as np
import pandas as pd
import pytest

import plot_measurements
from cellweave.formats.ngff import Scale, write_image
from cellweave.formats.tables import write_table


@pytest.mark.parametrize("tracked", [False, True])
def test_units_follow_the_image(tmp_path, tracked):
    with write_image(tmp_path / "image", shape=(2, 1, 8, 8), dtype=np.uint8, scale=Scale(0.5, None, 30)):
        pass
    cells = pd.DataFrame({"frame": [0, 1], "label": 1, "area_um2": [9.0, 11.0], "mean_intensity_c0": [3.0, 4.0]})
    write_table(cells.assign(eccentricity=0.5), tmp_path / "cells")
    write_table(pd.DataFrame({"frame": [0, 1], "cells": [1, 1], "confluence": [0.1, 0.2]}), tmp_path / "frames")
    write_table(pd.DataFrame({"frame": [0, 1], "track": 1, "y_px": [0.0, 3], "x_px": [0.0, 4]}), tmp_path / "nodes")
    plot_measurements.main(
        image=tmp_path / "image",
        cells=tmp_path / "cells",
        frames=tmp_path / "frames",
        nodes=tmp_path / "nodes" if tracked else None,
        figure=tmp_path / "plot.svg",
    )
    text = (tmp_path / "plot.svg").read_text()
    assert "area [µm²]" in text and ("speed [µm/h]" in text) == tracked
