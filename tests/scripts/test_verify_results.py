"""verify_results: what changed after the run is named, and the exit status says so."""

import pytest

import verify_results
import write_manifest


def test_a_truncated_file_is_found_by_the_manifest_of_its_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.zip").write_bytes(b"abc")
    paths = {"manifest": tmp_path / "manifest.json", "repository": tmp_path}
    nothing = {"config": {}, "datasets": [], "notes": [], "warnings": [], "models": {}, "sources": {}, "outputs": []}
    write_manifest.main(**nothing, inputs=[tmp_path / "data.zip"], **paths)
    verify_results.main(manifest=paths["manifest"], folder=tmp_path)
    assert capsys.readouterr().out == "1 files are what they were\n"
    (tmp_path / "data.zip").write_bytes(b"ab")
    with pytest.raises(SystemExit, match=r"1 of 1 files are not what they were:\n .*data\.zip has 2 bytes instead"):
        verify_results.main(manifest=paths["manifest"], folder=tmp_path)
