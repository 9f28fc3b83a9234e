"""The script brings a file of the mirror to its place."""

import download_file


def test_real_weights_come_from_the_mirror(mirror, tmp_path):
    target = tmp_path / "weights.pth"
    url = "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth"
    download_file.main(url=url, sha256="", mirror=str(mirror), target=target)
    source = mirror / "download.pytorch.org" / "models" / "mobilenet_v2-b0353104.pth"
    assert target.read_bytes() == source.read_bytes()
