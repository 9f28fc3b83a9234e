"""Headers that claim what their files cannot hold are refused by name, before memory is taken (tests/fuzz has more)."""

import json
import struct

import numpy as np
import pytest
import tifffile

from cellweave.core.errors import InputError
from cellweave.formats import images, ngff
from cellweave.formats.ctc import read_mask
from cellweave.formats.damage import check_claim

WIDTH, STRIP_BYTES = 256, 279  # codes of tags


def tiff(path, tags):
    """Write a TIFF of 8 x 8 pixels and overwrite the values of `tags`."""
    tifffile.imwrite(path, np.ones((8, 8), np.uint16), metadata=None)
    with tifffile.TiffFile(path) as file:
        places = {tag.code: tag.valueoffset for tag in file.pages[0].tags}
    content = bytearray(path.read_bytes())
    for code, value in tags.items():
        content[places[code] : places[code] + 4] = struct.pack("<I", value)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("tags", [{WIDTH: 2**31}, {STRIP_BYTES: 2**32 - 1}], ids=["pixels", "bytes of a strip"])
@pytest.mark.parametrize("read", [read_mask, lambda path: images.open_series(path, "movie")], ids=["mask", "movie"])
def test_a_tiff_cannot_claim_more_than_it_has(tmp_path, tags, read):
    with pytest.raises(InputError, match=r"bytes that claim to hold 8 x \d+ pixels in .* parts\n  where: .*a\.tif"):
        read(tiff(tmp_path / "a.tif", tags))


@pytest.mark.parametrize(("rows", "honest"), [(10**4, True), (10**7, False)])
def test_claims_are_measured_by_what_is_stored(tmp_path, rows, honest):
    """A file of 1 MB may hold 1 GB of zeros, but not 1 TB of them."""
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(10**6))
    if honest:
        check_claim((rows, 10**5), np.uint8, path)
    else:
        with pytest.raises(InputError, match="1,000,000 bytes that claim to hold 10000000 x 100000 pixels"):
            check_claim((rows, 10**5), np.uint8, path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ome: ome["multiscales"][0]["datasets"][0].update(path="../../other"), r"arrays \['../../other'\]"),
        (lambda ome: ome["multiscales"][0]["axes"].pop(), "a multiscale image of axes"),
        (lambda ome: ome["multiscales"].clear(), "not the metadata of a multiscale image: IndexError"),
        (lambda ome: ome.clear(), "no OME-Zarr store here"),
    ],
    ids=["a path out of the store", "an axis less", "no image", "nothing"],
)
def test_metadata_that_contradict_each_other_are_refused(tmp_path, change, message):
    path = tmp_path / "i.zarr"
    with ngff.write_image(path, shape=(1, 1, 4, 4), dtype=np.uint8) as store:
        store[:] = np.ones((1, 1, 4, 4), np.uint8)
    document = json.loads((path / "zarr.json").read_text())
    change(document["attributes"]["ome"])
    (path / "zarr.json").write_text(json.dumps(document))
    for read in (ngff.open_image, lambda path: images.open_series(path, "movie")):
        with pytest.raises(InputError, match=rf"{message}(.|\n)*where: .*i\.zarr"):
            read(path)


def test_a_mask_whose_ids_do_not_fit_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", np.full((4, 4), 2**31, np.uint32))
    with pytest.raises(InputError, match="16 of 16 values of type uint32 cannot be stored as int32"):
        read_mask(tmp_path / "m.tif")
