"""write_manifest: what ran, on what."""

import hashlib
import json

import write_manifest


def test_records_config_inputs_and_time(tmp_path):
    (tmp_path / "data.zip").write_bytes(b"abc")
    write_manifest.main(
        config={"seed": 1},
        datasets=[{"dataset": "a", "licence": "CC0"}],
        notes=["a movie"],
        inputs=[tmp_path / "data.zip"],
        manifest=tmp_path / "manifest.json",
        repository=tmp_path,
    )
    record = json.loads((tmp_path / "manifest.json").read_text())
    assert record["config"] == {"seed": 1} and record["datasets"][0]["licence"] == "CC0"
    assert record["inputs"][0]["sha256"] == hashlib.sha256(b"abc").hexdigest() and record["inputs"][0]["bytes"] == 3
    assert record["packages"]["numpy"] and record["created_utc"].endswith("+00:00")
    assert set(record["code"]) == {"commit", "dirty"}
