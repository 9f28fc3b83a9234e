"""write_manifest: what ran, on what."""

import hashlib
import json

import pytest

import write_manifest
from cellweave.core.errors import InputError
from cellweave.core.verify import verify


def test_records_config_inputs_and_time(tmp_path):
    (tmp_path / "data.zip").write_bytes(b"abc")
    (tmp_path / "RES").mkdir()
    (tmp_path / "RES" / "mask000.tif").write_bytes(b"mask")
    write_manifest.main(
        config={"seed": 1},
        datasets=[{"dataset": "a", "licence": "CC0"}],
        notes=["a movie"],
        warnings=[],
        models={"unet": {"licences": ["CC0"]}},
        sources={str(tmp_path / "data.zip"): {"url": "https://data.org/data.zip", "licence": "CC0"}},
        inputs=[tmp_path / "data.zip"],
        outputs=[tmp_path / "RES"],
        manifest=tmp_path / "manifest.json",
        repository=tmp_path,
    )
    record = json.loads((tmp_path / "manifest.json").read_text())
    assert record["config"] == {"seed": 1} and record["datasets"][0]["licence"] == "CC0"
    assert record["inputs"][0]["sha256"] == hashlib.sha256(b"abc").hexdigest() and record["inputs"][0]["bytes"] == 3
    assert record["inputs"][0]["url"] == "https://data.org/data.zip" and record["inputs"][0]["licence"] == "CC0"
    assert record["models"]["unet"]["licences"] == ["CC0"] and record["outputs"][0]["bytes"] == 4
    assert verify(tmp_path / "manifest.json", tmp_path) == 2
    (tmp_path / "RES" / "mask000.tif").write_bytes(b"mas")
    with pytest.raises(InputError, match=r"RES has 3 bytes instead of 4"):
        verify(tmp_path / "manifest.json", tmp_path)
    assert record["packages"]["numpy"] and record["created_utc"].endswith("+00:00")
    assert set(record["code"]) == {"commit", "dirty"}
