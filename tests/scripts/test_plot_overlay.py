"""plot_overlay: from stores to pictures."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import plot_overlay
from cellweave.formats.ngff import Scale, write_image, write_labels
from cellweave.formats.tables import write_table
from cellweave.report.colours import track_colours


@pytest.fixture
def stores(tmp_path):
    labels = np.zeros((3, 64, 64), np.int32)
    labels[:, 20:40, 20:40] = 1
    with write_image(tmp_path / "image", shape=(3, 1, 64, 64), dtype=np.uint8, scale=Scale(0.5, None, 10)) as image:
        image[:] = (labels[:, None] * 100).astype(np.uint8)
    with write_labels(tmp_path / "labels", shape=labels.shape) as arrays:
        arrays["cells"][:] = labels
    nodes = pd.DataFrame({"frame": [0, 1, 2], "label": 1, "track": 5, "y_px": 29.5, "x_px": 29.5})
    write_table(nodes, tmp_path / "nodes.parquet")
    write_table(pd.DataFrame({"track": [5], "begin": 0, "end": 2, "parent": 0}), tmp_path / "tracks.parquet")
    return tmp_path


def test_outline_has_the_colour_of_the_track(stores):
    plot_overlay.main(
        image=stores / "image",
        labels=stores / "labels",
        nodes=stores / "nodes.parquet",
        tracks=stores / "tracks.parquet",
        figure=stores / "figure.png",
    )
    picture = np.asarray(Image.open(stores / "figure.png").convert("RGB"))
    assert (picture == track_colours([5])[5]).all(axis=-1).any()


@pytest.mark.parametrize("name", ["figure.gif", "figure.webp"])
def test_moving_picture_without_tracks(stores, name):
    plot_overlay.main(image=stores / "image", labels=stores / "labels", nodes=None, tracks=None, figure=stores / name)
    assert Image.open(stores / name).n_frames == 3


def test_unknown_suffix_leaves_nothing(stores):
    with pytest.raises(ValueError, match=r"not '\.bmp'"):
        plot_overlay.main(
            image=stores / "image", labels=stores / "labels", nodes=None, tracks=None, figure=stores / "a.bmp"
        )
    assert not (stores / "a.bmp").exists()
