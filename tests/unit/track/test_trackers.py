"""Trackers as plug-ins: what a file offers, and the comparators on movies whose lineage is plain to see."""

import numpy as np
import pandas as pd
import pytest

from cellweave.core.errors import InputError
from cellweave.core.plugins import check_plugin, plugins, without_absent
from cellweave.track.movie import Movie, predecessors_of_tracks
from cellweave.track.run import FOLDER, run_tracker


def dividing(frames: int = 6) -> Movie:
    """Nine cells of radius 8 that step to the right; the one in the middle divides in frame 3."""
    labels = np.zeros((frames, 160, 160), np.int32)
    y, x = np.ogrid[:160, :160]
    rows = []
    for frame in range(frames):
        places = [(30 + 50 * i, 30 + 50 * j + frame) for i in range(3) for j in range(3)]
        if frame >= 3:
            places[4:5] = [(71, 80 + frame), (89, 80 + frame)]
        for label, (cy, cx) in enumerate(places, 1):
            radius = 6 if frame >= 3 and label in (5, 6) else 8
            inside = (y - cy) ** 2 + (x - cx) ** 2 < radius**2
            labels[frame][inside] = label
            rows.append((frame, label, float(cy), float(cx), float(inside.sum()) + frame % 2))
    cells = pd.DataFrame(rows, columns=["frame", "label", "y_px", "x_px", "area"])
    return Movie(cells, labels, np.uint16(labels > 0)[:, None] * 500)


def test_every_tracker_is_a_plugin_with_a_link_function():
    found = plugins(FOLDER, "link")
    assert set(found) >= {"weave", "trackpy", "laptrack", "trackastra"}
    assert set(found) == {file.stem for file in FOLDER.glob("[!_]*.py")}
    assert found["trackpy"] == ["memory", "reach"]


def test_a_new_tracker_is_one_file(tmp_path):
    (tmp_path / "mine.py").write_text("import nowhere\ndef link(movie, *, a=1, b=2): ...\ndef other(*, c): ...\n")
    (tmp_path / "_helper.py").write_text("def link(movie, *, z): ...\n")
    known = plugins(tmp_path, "link")
    assert known == {"mine": ["a", "b"]}
    check_plugin({"kind": "mine", "b": 3}, known, "trackers.m")
    with pytest.raises(InputError, match=r"unknown parameter bb of mine[\s\S]*did you mean 'b'"):
        check_plugin({"kind": "mine", "bb": 3}, known, "trackers.m")


def test_an_optional_tracker_that_is_not_installed_is_left_out_and_named():
    config = {
        "trackers": {"ours": {"kind": "trackpy", "optional": True}, "theirs": {"kind": "nowhere", "optional": True}},
        "run": {"a": {"trackers": ["theirs", "ours"]}, "simulated": None},
    }
    found, notes = without_absent(config)
    assert found == {"trackers": {"ours": {"kind": "trackpy"}}, "run": {"a": {"trackers": ["ours"]}, "simulated": None}}
    assert len(notes) == 1 and "theirs is left out" in notes[0] and "make extra NAME=nowhere" in notes[0]


@pytest.mark.parametrize("kind", ["weave", "laptrack"])
def test_trackers_with_divisions_find_one(kind):
    if kind == "laptrack":
        pytest.importorskip("laptrack", reason="make extra NAME=laptrack")
    nodes, tracks = run_tracker({"kind": kind}, dividing())
    assert tracks["parent"].gt(0).sum() == 2
    assert len(tracks) == 11
    assert len(nodes) == 3 * 9 + 3 * 10
    if kind == "laptrack":
        _, whole = run_tracker({"kind": kind, "split_reach": 0}, dividing())
        assert whole["parent"].eq(0).all()


def test_trackastra_with_untrained_weights_gives_a_valid_lineage(tmp_path):
    """Its weights are not here, so that what it finds means nothing; that it is called rightly does."""
    pytest.importorskip("trackastra", reason="make extra NAME=trackastra")
    import yaml
    from trackastra.model.model import TrackingTransformer

    TrackingTransformer(coord_dim=2, feat_dim=7, d_model=32, nhead=2).save(tmp_path)
    (tmp_path / "train_config.yaml").write_text(yaml.safe_dump({"features": "wrfeat", "window": 4}))
    movie = dividing()
    nodes, tracks = run_tracker({"kind": "trackastra", "weights_folder": str(tmp_path)}, movie)
    assert len(nodes) == len(movie.cells)
    born = tracks[tracks["parent"] > 0]
    ends = tracks.set_index("track")["end"]
    assert (ends.loc[born["parent"]].to_numpy() < born["begin"].to_numpy()).all()


def test_trackastra_says_what_it_lacks(tmp_path):
    pytest.importorskip("trackastra", reason="make extra NAME=trackastra")
    with pytest.raises(InputError, match="no weights of Trackastra"):
        run_tracker({"kind": "trackastra", "weights_folder": str(tmp_path)}, dividing())


def test_predecessors_follow_tracks_across_gaps():
    cells = pd.DataFrame({"frame": [0, 1, 1, 4, 3]})
    assert predecessors_of_tracks(cells, np.array([7, 7, 2, 7, 2])).tolist() == [-1, 0, -1, 1, 2]
