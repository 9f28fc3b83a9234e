import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cellweave.core.errors import InputError
from cellweave.core.grid import Tile
from cellweave.formats.ngff import write_image, write_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.learn.datasets import Crops, Pool, training_and_validation
from cellweave.learn.representations import representation_of
from cellweave.learn.sources import open_source, resample_image, resample_labels, split_frames

DATA = {"boundary_px": 2, "band_px": 4, "cache_gb": 1}


def opened(movie: dict, **changes):
    source = {**movie["sources"][0], **changes}
    return open_source(source, movie["images"][0], movie["truths"][0], movie["frames_tables"][0])


def test_crops_depend_on_seed_and_number_alone(movie) -> None:
    source = opened(movie)
    pool = Pool([(source, source.frames)], DATA, "training")
    whole, later = Crops(pool, 32, None, 5, 0, 8), Crops(pool, 32, None, 5, 6, 8)
    assert all(np.array_equal(a, b) for a, b in zip(whole[7], later[1], strict=True))
    assert not np.array_equal(whole[0][0], whole[1][0])
    image, targets = whole[0]
    assert image.shape == (1, 32, 32) and targets.shape == (3, 32, 32)
    assert image.dtype == targets.dtype == np.float32


@pytest.mark.parametrize("zoom", [0.5, 1, 2])
def test_frames_in_memory_and_on_disk_give_the_same_window(movie, zoom) -> None:
    source = opened(movie, zoom=zoom)
    held = Pool([(source, [1])], DATA, "training")
    read = Pool([(source, [1])], {**DATA, "cache_gb": 0}, "training")
    box = Tile(8, 31, 5, 40)
    one, two = (pool.window(pool.groups[0][0], box) for pool in (held, read))
    assert one.shape == two.shape == (4, 23, 35)
    assert np.array_equal(one[1], two[1])
    # float16 of z-scores below 4; linear interpolation at a cut border repeats its last pixel
    np.testing.assert_allclose(one[0].astype(float), two[0], atol=0.01)


def test_an_image_smaller_than_a_crop_is_reflected(movie) -> None:
    source = opened(movie)
    pool = Pool([(source, source.frames)], DATA, "training")
    image, targets = pool.crop(160, None, np.random.default_rng(0))
    assert image.shape == (1, 160, 160)
    np.testing.assert_allclose(image[0, 32:128, :32], image[0, 32:128, 64:32:-1], atol=1e-3)
    assert set(np.unique(targets[0])) == {0, 1, 2}


def test_most_crops_hold_an_object(movie) -> None:
    source = opened(movie)
    crops = Crops(Pool([(source, source.frames)], DATA, "training"), 48, None, 0, 0, 40)
    assert np.mean([(targets[0] > 0).any() for _, targets in map(crops.__getitem__, range(40))]) > 0.9


def test_movies_hold_out_their_end_and_stills_every_nth(movie, caplog) -> None:
    source = opened(movie)
    assert split_frames(source, 0.34) == ([0, 1, 2, 3], [4, 5])
    source.table["centre"] = np.arange(6.0)
    assert split_frames(source, 0.34) == ([0, 1, 3, 4], [2, 5])
    with caplog.at_level(logging.WARNING):
        assert split_frames(opened(movie, frames=[3, 4]), 0.2) == ([3], [3])
    assert "one frame with truth" in caplog.text


def test_truth_that_is_absent_is_an_error_that_names_what_there_is(movie) -> None:
    with pytest.raises(InputError, match=r"no gold truth in frames 0 to 5 of discs/01, only \['silver'\]"):
        opened(movie, truth="gold")


def test_labels_without_an_object_are_an_error(tmp_path, movie) -> None:
    with write_labels(tmp_path / "truth", names=("silver",), shape=(6, 96, 96)):
        pass
    source = open_source(movie["sources"][0], movie["images"][0], tmp_path / "truth", movie["frames_tables"][0])
    with pytest.raises(InputError, match=r"no object in any frame to learn from[\s\S]*discs/01"):
        Pool([(source, source.frames)], DATA, "training")


def test_volumes_are_refused(tmp_path, movie) -> None:
    with write_image(tmp_path / "image", shape=(6, 1, 3, 8, 8), dtype=np.uint8, axes="tczyx"):
        pass
    with pytest.raises(InputError, match="holds volumes"):
        open_source(movie["sources"][0], tmp_path / "image", movie["truths"][0], movie["frames_tables"][0])


def test_sparse_gold_is_unknown_far_from_drawn_cells(tmp_path, movie) -> None:
    labels = np.zeros((1, 96, 96), np.int32)
    markers = labels.copy()
    labels[0, 10:20, 10:20], markers[0, 14, 14], markers[0, 70, 70] = 3, 3, 4
    with write_labels(tmp_path / "truth", names=("gold", "markers"), shape=labels.shape) as arrays:
        arrays["gold"][:], arrays["markers"][:] = labels, markers
    table = read_table(movie["frames_tables"][0]).head(1).assign(gold=True, silver=False, markers=True)
    write_table(pd.DataFrame(table), tmp_path / "frames.parquet")
    with write_image(tmp_path / "image", shape=(1, 1, 96, 96), dtype=np.uint8):
        pass
    source = open_source(movie["sources"][0], tmp_path / "image", tmp_path / "truth", tmp_path / "frames.parquet")
    pool = Pool([(source, [0])], DATA, "training")
    classes = pool.window(pool.groups[0][0], Tile(0, 96, 0, 96))[1]
    assert classes[15, 6:24].tolist() == [0] * 4 + [2, 2] + [1] * 6 + [2, 2] + [0] * 4
    assert classes[15, 5] == classes[70, 70] == -1


def test_resampling_by_hand() -> None:
    image = np.array([[0, 2], [4, 6]], np.float32)
    assert resample_image(image, 0.5).tolist() == [[3]]
    assert resample_image(image, 2)[0].tolist() == [0, 0.5, 1.5, 2]
    labels = np.array([[1, 2], [3, 4]])
    assert resample_labels(labels, 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    assert resample_labels(labels, 0.5).tolist() == [[4]]


def test_a_frame_that_is_held_out_in_one_source_is_not_learnt_from_in_another(movie) -> None:
    """Gold on some frames and silver on all are two sources of one sequence."""
    source = opened(movie)
    gold = replace(source, frames=source.frames[:3])
    training, validation = training_and_validation([gold, source], {**DATA, "validation_share": 0.34})
    assert [[frame.number for frame in group] for group in training.groups] == [[0, 1], [0, 1, 3]]
    assert [[frame.number for frame in group] for group in validation.groups] == [[2], [4, 5]]


def test_a_share_of_labels_leaves_known_pixels_and_crops_around_them(movie) -> None:
    source = opened(movie)
    pool = Pool([(source, source.frames)], {**DATA, "label_share": 0.3}, "training")
    full = Pool([(source, source.frames)], DATA, "training")
    drawn, every = (sum(len(frame.centres) for group in p.groups for frame in group) for p in (pool, full))
    assert 0.1 * every < drawn < 0.6 * every
    classes = np.stack([pool.crop(48, None, np.random.default_rng(k))[1][0] for k in range(8)])
    assert (classes == -1).any() and (classes > 0).any() and (classes == 0).any()


@pytest.mark.parametrize("name", ["flows", "semantic"])
def test_crops_of_every_representation_have_its_channels(movie, name) -> None:
    source, made = opened(movie), representation_of(name)
    pool = Pool([(source, source.frames)], {**DATA, "border_weight": 10.0}, "training", made)
    image, targets = pool.crop(48, None, np.random.default_rng(0))
    assert image.shape == (1, 48, 48) and targets.shape == (2 + made.values, 48, 48)
    assert targets[-1].min() >= 1  # weights
    if made.values:
        length = np.hypot(*targets[1:3])
        assert length.max() <= 1.01 and length[targets[0] == 1].mean() > 0.8
