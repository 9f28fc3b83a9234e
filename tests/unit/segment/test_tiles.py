"""Maps of tiles must be the maps of the whole plane."""

import numpy as np
import pytest
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.learn.flows import ZERO
from cellweave.segment.tiles import OVERLAP, Model, predict_plane

RNG = np.random.default_rng(3)
PLANE = ndimage.gaussian_filter(RNG.normal(size=(150, 131)), 2).astype(np.float32) * 10


def smoothing(size, stride=1):
    """A model of `size` pixels a side that, as networks do, halves and doubles the image and pads with zeros."""

    def maps(image):
        assert image.shape[0] % stride == image.shape[1] % stride == 0
        small = image.reshape(image.shape[0] // stride, stride, -1, stride).mean((1, 3))
        deep = ndimage.uniform_filter(small, 3, mode="constant").repeat(stride, 0).repeat(stride, 1)
        fine = ndimage.uniform_filter(image, size, mode="constant")
        return np.stack([1 / (1 + np.exp(-fine)), 1 / (1 + np.exp(-deep))])

    return Model(maps, stride, max(size // 2, 2 * stride))


def predict(model, rows=None, plane=PLANE, **options):
    y0, y1 = rows or (0, plane.shape[0])
    maps, filled = np.zeros((model.channels, *plane.shape), np.uint8), np.zeros(plane.shape, int)
    read = lambda t: plane[t.y0 : t.y1, t.x0 : t.x1]  # noqa: E731
    for part, values in predict_plane(read, (y0, y1), plane.shape, model, **options):
        maps[:, part.y0 : part.y1, part.x0 : part.x1] = values
        filled[part.y0 : part.y1, part.x0 : part.x1] += 1
    assert (filled[y0:y1] == 1).all() and filled.sum() == (y1 - y0) * plane.shape[1]
    return maps[:, y0:y1]


def assert_close(one, other):
    """Equal within one quantisation step: sums run in another order, and that may cross a rounding boundary."""
    assert np.abs(one.astype(int) - other).max() <= 1


@pytest.mark.parametrize("zoom", [0.25, 0.5, 1, 2, 3, 4])
@pytest.mark.parametrize("stride", [1, 4])
def test_any_tile_gives_the_maps_of_the_whole_plane(stride, zoom):
    model = smoothing(7, stride)
    whole = predict(model, tile=1024, zoom=zoom)
    assert whole.std() > 10
    for tile in (16, 36, 64):
        assert_close(predict(model, tile=tile, zoom=zoom), whole)


@pytest.mark.parametrize("rows", [(0, 1), (37, 38), (40, 99), (149, 150)])
def test_any_band_of_rows_gives_the_maps_of_the_whole_plane(rows):
    model = smoothing(9, 8)
    for zoom in (0.5, 1, 3):
        whole = predict(model, tile=1024, zoom=zoom)[:, rows[0] : rows[1]]
        assert_close(predict(model, rows, tile=32, zoom=zoom), whole)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 5), (33, 7)])
def test_planes_smaller_than_the_stride_work(shape):
    plane = PLANE[: shape[0], : shape[1]]
    for zoom in (0.25, 1, 2):
        assert_close(
            predict(smoothing(5, 16), plane=plane, tile=16, zoom=zoom),
            predict(smoothing(5, 16), plane=plane, tile=512, zoom=zoom),
        )


def test_the_resampling_there_and_back_keeps_a_slope():
    """Linear there and means back are exact on a plane, but for the outermost pixels."""
    slope = np.add.outer(np.arange(24) * 0.01, np.arange(32) * 0.02).astype(np.float32)
    identity = Model(lambda image: np.stack([image, image]))
    for zoom in (0.25, 0.5, 1, 2, 3, 4):
        maps = predict(identity, plane=slope, tile=8, zoom=zoom)
        np.testing.assert_allclose(maps[0][4:-4, 4:-4], 255 * slope[4:-4, 4:-4], atol=0.51)


def test_tiles_that_disagree_fade_into_each_other():
    """A model whose halo is a lie: its answer depends on where the tile begins, here 0, 0.5 and 1 for three tiles."""
    answers = iter([0.0, 0.5, 1.0])

    def lie(image):
        return np.full((2, *image.shape), next(answers), np.float32)

    row = predict(Model(lie), plane=np.zeros((4, 96), np.float32), tile=32)[0, 0]
    assert (row[:32] == 0).all() and row[-1] == 255
    assert (np.diff(row.astype(int)) >= 0).all()
    assert np.diff(row.astype(int)).max() <= 255 * 0.5 / OVERLAP + 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tile": 50}, "tile 50 is not a multiple of the model's stride 4"),
        ({"tile": 0}, "tile 0 is not a multiple"),
        ({"tile": 64, "zoom": 1.5}, "zoom 1.5 is not one of 0.25, 0.5, 1, 2, 3, 4"),
    ],
)
def test_tiles_and_zooms_that_cannot_be_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        predict(smoothing(3, 4), **options)


def test_views_of_one_shape_go_to_the_model_together():
    plain, sizes = smoothing(7, 4), []

    def within(views, part):
        sizes.append(len(views))
        assert len({view.shape for view in views}) == 1
        return [plain.maps(view)[:, slice(*part[0]), slice(*part[1])] for view in views]

    batched = Model(plain.maps, plain.stride, plain.halo, within, batch=3)
    np.testing.assert_array_equal(predict(batched, tile=16), predict(plain, tile=16))
    assert max(sizes) == 3


def test_vectors_of_constant_tiles_have_length_0():
    """A neighbour's flows fade into those of a skipped tile, which must not point anywhere."""
    still = Model(lambda image: np.full((3, *image.shape), ZERO / 255, np.float32), channels=3, vectors=True)
    flows = predict(still, plane=np.zeros((40, 40), np.float32), tile=32, skip_constant=True)[-2:]
    np.testing.assert_array_equal(flows, ZERO)


def test_constant_tiles_are_background_without_asking_the_model():
    """Cells in a corner of an empty plane: only tiles that see them are predicted, and nothing else changes."""
    plane, seen = np.zeros((200, 200), np.float32), []
    plane[:50, :60] = PLANE[:50, :60]
    dark = smoothing(7)

    def maps(image):
        seen.append(image.size)
        return dark.maps(image) - dark.maps(np.zeros_like(image))  # nothing is found in a constant image

    model = Model(maps, dark.stride, dark.halo)
    whole, asked = predict(model, plane=plane, tile=32), len(seen)
    np.testing.assert_array_equal(predict(model, plane=plane, tile=32, skip_constant=True), whole)
    assert len(seen) - asked < asked / 3
