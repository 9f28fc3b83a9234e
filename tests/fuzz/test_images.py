"""TIFF and PNG files, and OME-Zarr metadata, that somebody else wrote."""

import io
import json

import imageio.v3 as imageio
import numpy as np
import pytest
import tifffile
import zarr
from hypothesis import strategies as st

from cellweave.formats import images, ngff
from cellweave.formats.ctc import read_mask

PIXELS = np.arange(1, 2 * 6 * 8 + 1, dtype=np.uint16).reshape(2, 6, 8)
FORMS = (
    {},
    {"byteorder": ">", "bigtiff": True, "compression": "zlib", "predictor": True},
    {"compression": "lzw", "tile": (16, 16)},
    {"imagej": True, "resolution": (4.0, 4.0), "metadata": {"axes": "TYX", "unit": "um", "finterval": 60.0}},
    {"ome": True, "metadata": {"axes": "TYX", "PhysicalSizeX": 0.3, "TimeIncrement": 60.0}},
)


def tiff(**form: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, PIXELS, photometric="minisblack", **form)
    return stream.getvalue()


def test_tiff_files(fuzz, damaged, tmp_path):
    path = tmp_path / "movie.tif"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        series = images.open_series(path, "movie")
        for frame in range(min(len(series), 3)):
            series.frame(frame, allow_blank=True)

    fuzz(damaged([tiff(**form) for form in FORMS]), read)


@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_frames_of_a_folder(fuzz, damaged, tmp_path, suffix):
    path = tmp_path / f"t0.{suffix}"
    png = imageio.imwrite("<bytes>", PIXELS[0], extension=".png")
    files = [png] if suffix == "png" else [tiff(**form) for form in FORMS]

    def read(content: bytes) -> None:
        path.write_bytes(content)
        for kind in ("movie", "stills"):
            images.open_series(tmp_path, kind).frame(0, allow_blank=True)

    fuzz(damaged(files), read)


def test_masks(fuzz, damaged, tmp_path):
    path = tmp_path / "mask000.tif"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        assert read_mask(path).dtype == np.int32

    fuzz(damaged([tiff(**form) for form in FORMS]), read)


def version_04(path):
    group = zarr.open_group(path, mode="w", zarr_format=2)
    group.create_array("0", data=PIXELS)
    axes = [{"name": "t", "unit": "second"}, *({"name": name, "unit": "nanometer"} for name in "yx")]
    scale = [{"type": "scale", "scale": [30.0, 250.0, 250.0]}]
    group.attrs["multiscales"] = [{"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}]


def version_05(path):
    with ngff.write_image(path, shape=(2, 1, 6, 8), dtype=np.uint16, scale=ngff.Scale(0.5, None, 2)) as store:
        store[:] = PIXELS[:, None]


def labels(path):
    with ngff.write_labels(path, names=("gold", "cells"), shape=(2, 6, 8)) as stores:
        stores["cells"][:] = PIXELS


def read_labels(path):
    for name in ngff.label_names(path):
        array = ngff.open_labels(path, name)
        array[tuple(slice(0, 3) for _ in array.shape)]


def read_image(path):
    ngff.read_scale(path)
    ngff.read_axes(path)
    for level in range(min(ngff.levels(path), 3)):
        array = ngff.open_image(path, level)
        array[tuple(slice(0, 3) for _ in array.shape)]


def read_series(path):
    series = images.open_series(path, "movie")
    for frame in range(min(len(series), 3)):
        series.frame(frame, allow_blank=True)


STORES = (
    (version_04, ".zattrs", read_series),
    (version_04, "0/.zarray", read_series),
    (version_05, "zarr.json", read_series),
    (version_05, "0/zarr.json", read_series),
    (version_05, "zarr.json", read_image),
    (version_05, "0/zarr.json", read_image),
    (labels, "zarr.json", read_labels),
    (labels, "cells/zarr.json", read_labels),
    (labels, "cells/0/zarr.json", read_labels),
)


def test_ome_zarr_metadata(fuzz, edited, damaged, tmp_path):
    whole = {write: tmp_path / f"{write.__name__}.zarr" for write in (version_04, version_05, labels)}
    for write, path in whole.items():
        write(path)

    def cases(number):
        write, metadata, _ = STORES[number]
        content = (whole[write] / metadata).read_bytes()
        changed = edited(json.loads(content)).map(lambda document: json.dumps(document).encode())
        return st.tuples(st.just(number), st.just(content), changed | changed | damaged([content]))

    def read(case):
        number, before, after = case
        write, metadata, reader = STORES[number]
        file = whole[write] / metadata
        file.write_bytes(after)
        try:
            reader(whole[write])
        finally:
            file.write_bytes(before)

    fuzz(st.integers(0, len(STORES) - 1).flatmap(cases), read)
