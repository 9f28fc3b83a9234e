"""A foreign model through its adapter: labels and table, whatever the model's own numbers are."""

import numpy as np
import pandas as pd
import pytest

import run_adapter
from cellweave.core.errors import InputError
from cellweave.formats.ngff import open_labels, write_image
from cellweave.formats.tables import read_table, write_table
from cellweave.segment.foreign import Found, Setting, adapters, mean_per_object, segment_frames


def write_stills(folder):
    """Write two stills of different size: one bright square each, and one more in the padding of the second."""
    pixels = np.full((2, 1, 40, 50), 100, np.uint16)
    pixels[0, 0, 5:15, 10:30] = pixels[1, 0, 20:26, 4:14] = pixels[1, 0, 33:, 40:] = 900
    with write_image(folder / "image.ome.zarr", shape=pixels.shape, dtype=np.uint16) as image:
        image[:] = pixels
    frames = pd.DataFrame({"frame": [0, 1], "height": [40, 30], "width": [50, 35]})
    write_table(frames, folder / "frames.parquet")


def run(folder, **changes):
    settings = {"weights": None, "adapter": "components", "options": {"sigma_px": 0}, "device": "cpu", "threads": 1}
    store, table = folder / "labels.ome.zarr", folder / "objects.parquet"
    paths = {"image": folder / "image.ome.zarr", "frames_table": folder / "frames.parquet"}
    run_adapter.main(**paths, **settings | changes, store=store, table=table)
    return open_labels(store)[:], read_table(table)


def test_the_example_adapter_finds_squares_and_never_sees_padding(tmp_path):
    write_stills(tmp_path)
    labels, objects = run(tmp_path)
    expected = np.zeros((2, 40, 50), np.int32)
    expected[0, 5:15, 10:30] = expected[1, 20:26, 4:14] = 1
    np.testing.assert_array_equal(labels, expected)
    assert objects.to_dict("records") == [
        {"frame": 0, "label": 1, "score": 1.0, "area_px": 200, "y_px": 9.5, "x_px": 19.5},
        {"frame": 1, "label": 1, "score": 1.0, "area_px": 60, "y_px": 22.5, "x_px": 8.5},
    ]


def test_numbers_of_the_model_become_1_to_n_with_their_scores():
    raw = np.array([[0, 7, 7], [300, 0, 7]])
    frames = pd.DataFrame({"height": [2], "width": [3]})
    answer = Found(raw, {7: 0.25, 300: 0.75})
    ((labels, objects),) = segment_frames(np.zeros((1, 1, 2, 3), np.uint8), frames, lambda plane: answer)
    assert labels.tolist() == [[0, 1, 1], [2, 0, 1]]
    assert objects[["label", "score", "area_px"]].to_numpy().tolist() == [[1, 0.25, 3], [2, 0.75, 1]]
    assert mean_per_object(np.array([[9, 1, 2], [5, 9, 3]]), raw) == {7: 2.0, 300: 5.0}


def test_a_frame_without_objects_has_no_rows(tmp_path):
    write_stills(tmp_path)
    with write_image(tmp_path / "image.ome.zarr", shape=(2, 1, 40, 50), dtype=np.uint16) as image:
        image[:] = np.full((2, 1, 40, 50), 3, np.uint16)
    labels, objects = run(tmp_path)
    assert not labels.any() and objects.empty and objects.label.dtype == np.int32


@pytest.mark.parametrize("answer", [np.zeros((3, 3), int), np.zeros((2, 3)), np.full((2, 3), -1)])
def test_an_answer_that_is_no_label_image_is_refused(answer):
    frames = pd.DataFrame({"height": [2], "width": [3]})
    with pytest.raises(InputError, match="labels"):
        list(segment_frames(np.zeros((1, 1, 2, 3), np.uint8), frames, lambda plane: Found(answer)))


def test_mistakes_are_named(tmp_path):
    write_stills(tmp_path)
    with pytest.raises(InputError, match="'componets'") as error:
        run(tmp_path, adapter="componets")
    assert "did you mean 'components'" in str(error.value)
    with pytest.raises(InputError, match="no option sigma") as error:
        run(tmp_path, options={"sigma": 1})
    assert "sigma_px" in str(error.value)
    with pytest.raises(InputError, match="needs a trained model"):
        Setting("cellpose", weights=tmp_path / "nothing").trained()
    with pytest.raises(InputError, match="not installed") as error:
        Setting("cellpose").package("no_such_package")
    assert "make extra NAME=cellpose" in str(error.value)


def test_instanseg_runs_from_its_file(tmp_path):
    """A TorchScript stand-in with InstanSeg's interface: what is brighter than half the range is one cell."""
    pytest.importorskip("instanseg", reason="an extra: make extra NAME=instanseg")
    import torch

    class Bright(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pixel_size = 0.5
            self.cells_and_nuclei = False

        def forward(self, x: torch.Tensor, target_segmentation: torch.Tensor) -> torch.Tensor:
            return (x[:, :1] > 0.5).float() * 4

    torch.jit.script(Bright()).save(tmp_path / "model.pt")
    write_stills(tmp_path)
    labels, objects = run(tmp_path, adapter="instanseg", options={}, weights=tmp_path / "model.pt")
    assert objects.area_px.tolist() == [200, 60] and labels.max() == 1


def test_every_adapter_but_the_example_has_a_pinned_extra():
    from cellweave.segment.foreign import ADAPTERS

    extras = ADAPTERS.parents[3] / "envs" / "extras"
    for name in set(adapters()) - {"components"}:
        lines = (extras / f"{name}.txt").read_text().splitlines()
        assert all("==" in line for line in lines if line and not line.startswith("#")), name
