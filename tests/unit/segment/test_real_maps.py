"""Real frames: neither the maps of a network nor the objects may depend on how they were cut.

LIVECell has a lawn of hundreds of cells, DIC large ones that touch each other and the border, PSC small ones.
Objects are made from the maps that a good network would give, which takes longer to train than a test may last: the
annotated foreground and distances, smoothed, with the picture's own texture as error.
Without the mirror these tests are left out.
"""

import io
import itertools
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
import torch
from scipy import ndimage

from cellweave.core.grid import Tile, block_of
from cellweave.formats.coco import find_images, label_image, read_coco
from cellweave.learn.losses import training_loss
from cellweave.learn.networks import Network
from cellweave.learn.representations import DISTANCES
from cellweave.learn.targets import Borders, training_targets
from cellweave.segment.bands import Bands
from cellweave.segment.blocks import extent_of, label_block, number_objects, numbered, predict_block
from cellweave.segment.instances import Rule, label_rows
from cellweave.segment.maps import network_model

LIVECELL = "livecell-dataset.s3.eu-central-1.amazonaws.com/LIVECell_dataset_2021"
CTC = {"DIC": ("DIC-C2DH-HeLa", 30), "PSC": ("PhC-C2DL-PSC", 120)}
STEPS, SIDE = 25, 128
NAMES = ["LIVECell", "DIC", "PSC"]
RULE = Rule(seed=0.3, min_area_px=10)
STRIDE = 8
# Of a plane whose sides leave a remainder of one pixel, or a few, with many of them.
TILES = [64, 72, 96, 104, 120, 128, 168, 192, 248, 320, 376, 384]
CUTTINGS = [  # tile, first margin; the last two are larger than the plane
    *[(48, 40), (64, 30), (77, 16), (96, 3), (97, 50), (128, 64), (128, 5)],
    *[(192, 1), (250, 8), (333, 3), (384, 2), (600, 1), (1024, 64)],
]
BLOCKS = [2, 3, 7, 19]  # each in reverse, or in any order with two workers


@pytest.fixture(scope="module")
def real_frames(mirror, tmp_path_factory) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Image, z-scored float32, and annotated labels, both ``(Y, X)``."""
    frames = {"LIVECell": _livecell(mirror / LIVECELL, tmp_path_factory.mktemp("livecell"))}
    for key, (name, frame) in CTC.items():
        with zipfile.ZipFile(mirror / f"data.celltrackingchallenge.net/training-datasets/{name}.zip") as archive:
            frames[key] = tuple(
                tifffile.imread(io.BytesIO(archive.read(f"{name}/01{part}{frame:03}.tif")))
                for part in ("/t", "_ST/SEG/man_seg")
            )
    return {key: (_scored(image), labels.astype(np.int32)) for key, (image, labels) in frames.items()}


@pytest.fixture(scope="module")
def taught(real_frames) -> Network:
    """A network after a few seconds of training on these frames, which is enough to answer differently everywhere."""
    torch.manual_seed(0)
    network, rng = Network({"encoder": "plain", "channels": [8, 16, 24]}), np.random.default_rng(0)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
    planes = [np.concatenate([image[None], targets(labels)]) for image, labels in real_frames.values()]
    network.train()
    for _ in range(STEPS):
        batch = torch.from_numpy(np.stack([_crop(plane, rng) for plane in planes]))
        optimizer.zero_grad()
        training_loss(network(batch[:, :1]), batch[:, 1:], DISTANCES).backward()
        optimizer.step()
    return network.eval()


def targets(labels: np.ndarray) -> np.ndarray:
    """Return class, cell distance and neighbour distance of annotated cells."""
    return training_targets(np.ascontiguousarray(labels), Borders(2), DISTANCES)


def _livecell(folder: Path, unpacked: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the annotated image with the most cells and its labels."""
    annotated = max(read_coco(folder / "annotations/LIVECell/livecell_coco_val.json"), key=lambda i: len(i.annotations))
    with zipfile.ZipFile(folder / "images.zip") as archive:
        archive.extract(next(name for name in archive.namelist() if name.endswith(annotated.file_name)), unpacked)
    return tifffile.imread(find_images(unpacked, [annotated])[0]), label_image(annotated)[0]


def _scored(image: np.ndarray) -> np.ndarray:
    return ((image - image.mean()) / image.std()).astype(np.float32)


def _crop(plane: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    y, x = (rng.integers(0, size - SIDE) for size in plane.shape[1:])
    return plane[:, y : y + SIDE, x : x + SIDE]


@pytest.fixture(scope="module")
def planes(real_frames):
    """385 x 385 pixels of each frame: one more than many tiles hold."""
    return {key: np.ascontiguousarray(image[:385, :385]) for key, (image, _) in real_frames.items()}


@pytest.fixture(scope="module")
def maps(real_frames):
    """Maps ``(2, Y, X)`` of the same pixels, as of a good network."""
    return {key: good_maps(image[:385, :385], labels[:385, :385]) for key, (image, labels) in real_frames.items()}


def good_maps(image, labels):
    classes, cell, neighbour = targets(labels)
    said = np.stack([classes > 0, (cell - neighbour).clip(0, 1)]).astype(np.float32)
    smooth = ndimage.gaussian_filter(said, (0, 1, 1))
    return np.rint(255 * (0.85 * smooth + 0.15 * smooth.max() * (image.clip(-2, 2) + 2) / 4)).astype(np.uint8)


def predict(network, plane, tile, blocks):
    """Return the maps ``(2, Y, X)`` of a plane, in float32: bf16 rounds as coarsely as the maps are quantised."""
    frames = pd.DataFrame({"height": [len(plane)], "width": [plane.shape[1]], "centre": 0.0, "spread": 1.0})
    maps = np.zeros((1, 2, *plane.shape), np.uint8)
    model = network_model(network, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "autocast", lambda *_, **__: torch.no_grad())
        for index in range(blocks):
            block = block_of(index, blocks, frames=1, height=len(plane))
            own = maps[:, :, block.y0 : block.y1]
            predict_block(plane[None, None], frames, block, own, lambda _: model, tile=tile, zoom=1, title="test")
    return maps[0]


def label(maps, tile, margin):
    """Return names ``(Y, X)`` and table of a plane."""
    shape = maps.shape[1:]
    names, tables = np.full(shape, -1), []
    read = lambda t: maps[:, t.y0 : t.y1, t.x0 : t.x1]  # noqa: E731
    for part, found, table in label_rows(read, 0, shape[0], shape, RULE, tile=tile, margin=margin):
        names[part.y0 : part.y1, part.x0 : part.x1] = found
        tables.append(table)
    return names, pd.concat(tables).sort_values("name", ignore_index=True)


def through_blocks(maps, count, order, workers):
    """Return labels 1..n and table by way of blocks that are labelled in any order, several at once."""
    height, width = maps.shape[1:]
    blocks = [block_of(index, count, frames=1, height=height) for index in range(count)]
    bands = Bands([maps[None, :, block.y0 : block.y1] for block in blocks], 1)
    frames = pd.DataFrame({"height": [height], "width": [width]})
    names = [np.zeros(extent_of(block, width), np.int64) for block in blocks]
    with ThreadPoolExecutor(workers) as pool:
        run = lambda index: label_block(bands, frames, blocks[index], names[index], RULE, title="test")  # noqa: E731
        objects = number_objects(list(pool.map(run, order)))
    labels = np.zeros((height, width), np.int32)
    tiles = [Tile(top, min(top + 200, height), 0, width) for top in range(0, height, 200)]
    for _, part, found in numbered(Bands(names, 1), objects, tiles, 1):
        labels[part.y0 : part.y1, part.x0 : part.x1] = found
    return labels, objects


@pytest.mark.parametrize("name", NAMES)
def test_maps_of_any_tile_and_block_are_those_of_the_whole_plane(planes, taught, name):
    """Within one step of quantisation: sums run in another order, and that may cross a rounding boundary."""
    whole = predict(taught, planes[name], 1024, 1).astype(int)
    assert whole.std(axis=(1, 2)).min() > 3, "the network says nothing"
    assert any(len(planes[name]) % tile == 1 for tile in TILES)
    for tile, blocks in zip(TILES, itertools.cycle([1, 2, 5]), strict=False):
        found = predict(taught, planes[name], tile, blocks)
        assert np.abs(found - whole).max() <= 1, f"tile {tile}, {blocks} blocks"


@pytest.mark.parametrize("name", NAMES)
def test_objects_are_those_of_the_whole_plane_for_any_tile(maps, name):
    names, table = label(maps[name], 2048, 1)
    assert len(table) > {"LIVECell": 200, "DIC": 8, "PSC": 30}[name], "too few cells to mean anything"
    assert (np.unique(names[[0, -1]]) > 0).any() and (np.unique(names[:, [0, -1]]) > 0).any(), "none at the border"
    if name == "DIC":
        assert table.area_px.max() > CUTTINGS[0][0] ** 2, "no cell is larger than a tile"
    for tile, margin in CUTTINGS:
        again, other = label(maps[name], tile, margin)
        np.testing.assert_array_equal(again, names, err_msg=f"tile {tile}, margin {margin}")
        pd.testing.assert_frame_equal(other, table, check_exact=True)


@pytest.mark.parametrize("name", NAMES)
def test_ids_do_not_depend_on_number_order_and_workers_of_blocks(maps, name):
    labels, objects = through_blocks(maps[name], 1, [0], 1)
    rng = np.random.default_rng(0)
    for count, workers in zip(BLOCKS, itertools.cycle([1, 2]), strict=False):
        order = range(count)[::-1] if workers == 1 else rng.permutation(count)
        again, other = through_blocks(maps[name], count, order, workers)
        np.testing.assert_array_equal(again, labels, err_msg=f"{count} blocks")
        pd.testing.assert_frame_equal(other, objects, check_exact=True)
