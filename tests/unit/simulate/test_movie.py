"""Simulated movies: exact truth, and cells that behave like cells."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from cellweave.formats.ctc import check_tracks, ids_of
from cellweave.simulate.cells import Colony
from cellweave.simulate.movie import SMALLEST_PX, Movie, paint


@pytest.fixture(scope="module")
def default():
    """The default movie: images and labels (T, Y, X), lineage."""
    movie = Movie(np.random.default_rng(7))
    images, labels = (np.stack(part) for part in zip(*movie, strict=True))
    return images, labels, movie.tracks()


def divisions(tracks):
    """Mothers and their two daughters."""
    return {mother: list(group["track"]) for mother, group in tracks.groupby("parent") if mother and len(group) == 2}


def test_the_default_movie_is_of_the_promised_size(default):
    images, labels, tracks = default
    assert images.shape == labels.shape == (36, 384, 384)
    assert (images.dtype, labels.dtype) == (np.uint16, np.int32)
    counts = [len(ids_of(frame)) for frame in labels]
    assert 10 <= counts[0] <= 20 and 30 <= counts[-1] <= 55
    assert len(divisions(tracks)) >= 10


def test_lineage_and_masks_agree(default):
    _, labels, tracks = default
    check_tracks(tracks, {frame: ids_of(mask) for frame, mask in enumerate(labels)})


def test_cells_are_single_pieces_and_some_touch(default):
    _, labels, _ = default
    touching = 0
    for mask in labels[::5]:
        for label, window in enumerate(ndimage.find_objects(mask), start=1):
            if window is not None:
                piece = mask[window] == label
                assert ndimage.label(piece)[1] == 1
                assert piece.sum() >= SMALLEST_PX
        pairs = (mask[:, 1:] != mask[:, :-1]) & (mask[:, 1:] > 0) & (mask[:, :-1] > 0)
        touching += pairs.any()
    assert touching >= 4


def test_a_division_keeps_the_area(default):
    """A mother in mitosis covers 10 % less than her daughters will; cells cut by the border are left out."""
    _, labels, tracks = default
    inner = {label for mask in labels for label in ids_of(mask)}
    inner -= {label for mask in labels for label in ids_of(np.concatenate([mask[[0, -1]], mask[:, [0, -1]].T]))}
    ends = tracks.set_index("track")["end"]
    ratios = []
    for mother, daughters in divisions(tracks).items():
        if inner.issuperset([mother, *daughters]):
            before, after = labels[ends[mother]], labels[ends[mother] + 1]
            ratios.append(np.isin(after, daughters).sum() / (before == mother).sum())
    assert len(ratios) >= 5
    assert 1.0 < np.median(ratios) < 1.2
    assert min(ratios) > 0.7 and max(ratios) < 1.4


def test_cells_stand_out_and_move_little(default):
    images, labels, _ = default
    assert images[0][labels[0] > 0].mean() > 1.5 * images[0][labels[0] == 0].mean()
    before, after = labels[10], labels[11]
    common = np.intersect1d(ids_of(before), ids_of(after))
    steps = np.subtract(*(ndimage.center_of_mass(mask > 0, mask, common) for mask in (before, after)))
    assert np.median(np.hypot(*steps.T)) < 6  # 2.5 px of motion, and being pushed


def test_the_seed_decides():
    def movie(seed):
        return np.stack([image for image, _ in Movie(np.random.default_rng(seed), frames=3, size=96, cells=4)])

    np.testing.assert_array_equal(movie(1), movie(1))
    assert (movie(1) != movie(2)).any()


def test_noise_changes_the_noise_alone():
    def movie(noise):
        # one frame: later ones depend on how many random numbers the noise of the earlier ones took
        return next(iter(Movie(np.random.default_rng(3), frames=1, size=96, cells=4, noise=noise)))

    (clean, labels), (noisy, same) = movie(0), movie(2)
    np.testing.assert_array_equal(labels, same)
    deviation = noisy.astype(float) - clean
    assert abs(deviation.mean()) < 20  # 96*96 pixels with a standard deviation of about 150
    assert deviation.std() > 100


def test_speed_is_the_root_mean_square_step():
    colony = Colony(np.random.default_rng(0), size=4000, cells=60, division_interval_frames=1000, speed_px=3.0)
    steps = []
    for _ in range(30):
        before = {cell: cell.centre for cell in colony.cells}
        colony.step()
        steps += [cell.centre - before[cell] for cell in colony.cells if cell in before]
    # 60 cells in 4000 px rarely push each other; 1800 correlated steps have a standard error of about 3 %
    assert np.sqrt(np.mean(np.sum(np.square(steps), axis=1))) == pytest.approx(3.0, rel=0.1)


def test_a_cell_outside_the_field_is_not_drawn():
    colony = Colony(np.random.default_rng(0), size=100, cells=1, division_interval_frames=24, speed_px=1)
    cell = replace(colony.cells[0], centre=np.array([-40.0, 50.0]))
    indices, light = paint([cell], 100)
    assert not indices.any() and not light.any()
    indices, light = paint([replace(cell, centre=np.array([50.0, 50.0]))], 100)
    assert np.count_nonzero(indices) == pytest.approx(cell.area, rel=0.05)  # lobes of 3 % and rasterisation
    assert (light > 0).sum() == np.count_nonzero(indices)
