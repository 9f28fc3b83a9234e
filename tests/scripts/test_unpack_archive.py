"""The script unpacks a real archive in the layout that the prepare scripts expect."""

import unpack_archive


def test_a_real_archive_keeps_its_folders(mirror, tmp_path):
    archive = mirror / "data.celltrackingchallenge.net" / "training-datasets" / "PhC-C2DH-U373.zip"
    unpack_archive.main(archive=archive, folder=tmp_path / "out")
    assert len(list((tmp_path / "out" / "PhC-C2DH-U373" / "02").glob("t*.tif"))) == 115
