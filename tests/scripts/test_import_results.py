"""Results made elsewhere: masks become numbered objects, and their tracks come back under their own numbers."""

import numpy as np
import pandas as pd
import pytest

import export_ctc
import import_labels
import import_tracks
from cellweave.core.errors import InputError
from cellweave.formats.ctc import read_mask, read_tracks, write_mask, write_tracks
from cellweave.formats.ngff import open_labels, write_image, write_labels
from cellweave.formats.results import open_result
from cellweave.formats.tables import read_table, write_table

SHAPE = (3, 30, 40)
TRACKS = pd.DataFrame([[7, 0, 1, 0], [40_000, 0, 2, 0], [9, 2, 2, 7]], columns=["track", "begin", "end", "parent"])


def masks() -> np.ndarray:
    """Two tracks, one of which goes on under another number."""
    image = np.zeros(SHAPE, np.int32)
    image[:2, 2:8, 2:8], image[:, 12:20, 12:30], image[2, 3:9, 2:8] = 7, 40_000, 9
    return image


def folder(place, images: np.ndarray, tracks: pd.DataFrame | None = TRACKS):
    place.mkdir()
    for frame, image in enumerate(images):
        write_mask(image, place / f"mask{frame:03}.tif")
    if tracks is not None:
        write_tracks(tracks, place / "res_track.txt")
    return place


def imported(place, result, part=None, frames=3) -> dict:
    """Prepare an empty movie, take over the objects of `result`, return the paths."""
    with write_image(place / "image.zarr", shape=(frames, 1, *SHAPE[1:]), dtype=np.uint8) as image:
        image[0] = np.ones((1, *SHAPE[1:]), np.uint8)
    table = pd.DataFrame({"frame": range(frames), "height": SHAPE[1], "width": SHAPE[2]})
    write_table(table, place / "frames.parquet")
    names = {"labels": place / "labels.zarr", "objects": place / "objects.parquet"}
    image, frames_table = place / "image.zarr", place / "frames.parquet"
    import_labels.main(folder=result, image=image, frames_table=frames_table, part=part, **names)
    return names


def tracked(place, names, result, part=None) -> dict:
    written = {"nodes": place / "nodes.parquet", "tracks": place / "tracks.parquet"}
    import_tracks.main(folder=result, part=part, **names, **written)
    return written


def test_a_result_folder_comes_back_pixel_by_pixel(tmp_path):
    result = folder(tmp_path / "RES", masks())
    names = imported(tmp_path, result)
    objects = read_table(names["objects"])
    assert objects["label"].tolist() == [1, 2] * 3
    assert objects.loc[0, ["area_px", "y_px", "x_px", "score"]].tolist() == [36, 4.5, 4.5, 1]
    written = tracked(tmp_path, names, result)
    export_ctc.main(labels=names["labels"], folder=tmp_path / "OUT", **written)
    back = [read_mask(tmp_path / "OUT" / f"mask{frame:03}.tif") for frame in range(3)]
    assert np.array_equal(back, masks())
    assert (
        read_tracks(tmp_path / "OUT" / "res_track.txt").to_numpy().tolist()
        == TRACKS.sort_values("track").to_numpy().tolist()
    )


def test_a_store_whose_ids_are_tracks(tmp_path):
    gap = masks()
    gap[1] = np.where(gap[1] == 7, 0, gap[1])
    gap[2] = np.where(gap[2] == 9, 7, gap[2])
    with write_labels(tmp_path / "theirs.zarr", names=["nuclei"], shape=SHAPE) as stores:
        for frame in range(3):
            stores["nuclei"][frame] = gap[frame]
    names = imported(tmp_path, tmp_path / "theirs.zarr")
    written = tracked(tmp_path, names, tmp_path / "theirs.zarr")
    tracks = read_table(written["tracks"])[["begin", "end", "parent"]]
    assert tracks.to_numpy().tolist() == [[0, 0, 0], [0, 2, 0], [2, 2, 1]], "a gap makes a track with a parent"


def test_a_view_takes_its_part_of_a_whole_result(tmp_path):
    result = folder(tmp_path / "RES", masks())
    names = imported(tmp_path, result, part=[1, 3], frames=2)
    written = tracked(tmp_path, names, result, part=[1, 3])
    assert len(open_labels(names["labels"])) == 2
    assert read_table(written["tracks"]).to_numpy().tolist() == [[7, 0, 0, 0], [9, 1, 1, 7], [40_000, 0, 1, 0]]


def test_a_tracker_on_other_objects_is_refused(tmp_path):
    names = imported(tmp_path, folder(tmp_path / "RES", masks()))
    other = masks()
    other[1, 19] = 0
    with pytest.raises(InputError, match="track 40000 is no object of the model") as error:
        tracked(tmp_path, names, folder(tmp_path / "OTHER", other))
    assert "frame 1" in str(error.value)
    merged = np.where(masks() > 0, 7, 0)
    lineage = pd.DataFrame([[7, 0, 2, 0]], columns=["track", "begin", "end", "parent"])
    with pytest.raises(InputError, match="track 7 is no object of the model"):
        tracked(tmp_path, names, folder(tmp_path / "MERGED", merged, lineage))
    assert not (tmp_path / "nodes.parquet").exists()


def test_what_is_no_result_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"neither mask000\.tif"):
        open_result(tmp_path / "empty", 3)
    with pytest.raises(InputError, match="a result of 3 frames for a sequence of 5"):
        open_result(folder(tmp_path / "RES", masks()), 5)
    (tmp_path / "RES" / "mask001.tif").unlink()
    (tmp_path / "RES" / "res_track.txt").unlink()
    with pytest.raises(InputError, match="masks of 1 frames are missing, from frame 1 on"):
        open_result(tmp_path / "RES", 3)
    with pytest.raises(InputError, match=r"labels of shape \(5, 5\) for an image of \(30, 40\)"):
        imported(tmp_path, folder(tmp_path / "SMALL", np.ones((3, 5, 5), np.int32), None))
