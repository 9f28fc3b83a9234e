"""A folder that grows while it is watched: the result is that of the whole movie, and nothing is done twice."""

import json
import shutil
import threading
import time

import numpy as np
import pandas as pd
import pytest
import tifffile
import torch

import gather_labels
import label_cells
import link_cells
import measure_cells
import predict_maps
import prepare_images
import threshold_pixels
import watch_folder
from cellweave.core.errors import InputError
from cellweave.core.files import sha256_of
from cellweave.formats.tables import read_table
from cellweave.learn.networks import Network, save_network
from cellweave.simulate.movie import Movie
from cellweave.track.linker import Linker

FRAMES, REFERENCE = 8, 3
INSTANCES = {"foreground": 0.76, "seed": 0.5, "min_area_um2": 12.0, "fill_holes": True}
CLASSICAL = {"feature": "intensity", "sigma_px": 2.0, "threshold": "otsu", "radius_px": 12}
TRACKER = {"kind": "weave"}
WATCH = {"frames": FRAMES, "idle_min": 1, "poll_s": 0.01, "rare": [{"column": "area_um2", "above_quantile": 0.9}]}


@pytest.fixture(scope="module")
def movie(tmp_path_factory):
    """A folder with the files of a movie in which cells divide."""
    folder = tmp_path_factory.mktemp("movie")
    made = Movie(np.random.default_rng(5), frames=FRAMES, size=128, cells=8, division_interval_frames=5)
    for frame, (image, _) in enumerate(made):
        tifffile.imwrite(folder / f"t{frame}.tif", image)
    return folder


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A random network that happens to follow the intensity: its foreground lies above 0.76 in bright cells."""
    torch.manual_seed(9)
    path = tmp_path_factory.mktemp("network") / "model.ckpt"
    save_network(Network({"encoder": "plain", "channels": [4, 4]}), path, {})
    return path


def outputs(folder):
    names = ("objects", "cells", "frames", "nodes", "tracks")
    return {"labels": folder / "labels.zarr"} | {name: folder / f"{name}.parquet" for name in names}


def watch(source, folder, network=None, key="a", **changes):
    means = {
        "kind": "network" if network else "classical",
        "checkpoint": network,
        "instances": INSTANCES,
        "classical": CLASSICAL,
        "zoom": 1,
        "symmetries": 1,
        "tile": 64,
        "skip_constant": False,
        "device": "cpu",
        "threads": 1,
    }
    means |= dict.fromkeys(("calibration", "weights", "adapter", "options"))
    return watch_folder.main(
        source=str(source),
        means=means,
        tracker=TRACKER,
        costs=None,
        reference_frames=REFERENCE,
        watch=WATCH | changes,
        scale=(0.5, 3.0),
        allow_blank=False,
        key=key,
        outputs=outputs(folder),
    )


def whole(source, folder, network=None):
    """The same movie through the scripts of the rules, two blocks, with other tiles."""
    done = outputs(folder)
    image, table = folder / "image.zarr", folder / "table.parquet"
    prepare_images.main(
        source=source, truth_source=None, kind="movie", frames=None, pixel_size_um=0.5, frame_interval_min=3.0,
        allow_blank=False, image=image, truth=folder / "truth.zarr", frames_table=table,
        tracks=folder / "truth.parquet", reference_frames=REFERENCE,
    )  # fmt: skip
    parts = [folder / f"{block}.zarr" for block in range(2)]
    for block, maps in enumerate(parts):
        common = {"image": image, "frames_table": table, "block": block, "blocks": 2, "tile": 64, "maps": maps}
        if network:
            options = {
                "zoom": 1,
                "flatten": None,
                "skip_constant": False,
                "symmetries": 1,
                "device": "cpu",
                "threads": 1,
            }
            predict_maps.main(**common, checkpoint=network, **options)
        else:
            threshold_pixels.main(**common, classical=CLASSICAL)
    names = [(folder / f"names{block}.zarr", folder / f"names{block}.parquet") for block in range(2)]
    for block, (labels, objects) in enumerate(names):
        label_cells.main(
            image=image, maps=parts, frames_table=table, instances=INSTANCES, block=block, blocks=2,
            labels=labels, objects=objects,
        )  # fmt: skip
    gather_labels.main(
        image=image, labels=[one for one, _ in names], objects=[other for _, other in names], calibration=None,
        store=done["labels"], table=done["objects"],
    )  # fmt: skip
    found = {name: done[name] for name in ("labels", "objects")}
    measure_cells.main(image=image, **found, frames_table=table, cells=done["cells"], frames=done["frames"])
    linked = {name: done[name] for name in ("nodes", "tracks")}
    link_cells.main(
        image=image, **found, cells=done["cells"], weights=None, tracker=TRACKER, **linked, reference_frames=REFERENCE
    )
    return done


@pytest.mark.parametrize("kind", ["classical", "network"])
def test_the_result_is_that_of_the_whole_movie_byte_by_byte(movie, network, tmp_path, kind):
    model = network if kind == "network" else None
    expected = whole(movie, tmp_path / "whole", model)
    watch(movie, tmp_path / "live", model)
    for name, path in outputs(tmp_path / "live").items():
        assert sha256_of(path) == sha256_of(expected[name]), name
    assert len(read_table(expected["objects"])) > 20


def test_frames_are_taken_as_they_come_and_events_are_told_at_once(movie, tmp_path):
    source, live = tmp_path / "growing", tmp_path / "live"
    source.mkdir()
    seen = []

    def record():
        for frame in range(FRAMES):
            content = (movie / f"t{frame}.tif").read_bytes()
            with (source / f"t{frame}.tif").open("wb") as stream:  # a slow disk: what is there is half of it at first
                stream.write(content[: len(content) // 2])
                stream.flush()
                time.sleep(0.05)
                stream.write(content[len(content) // 2 :])
            while frame >= REFERENCE and not (live / f".live/{frame:06d}").exists():
                time.sleep(0.01)
            log = live / "events.jsonl"
            seen.append(len(log.read_text().splitlines()) if log.exists() else 0)

    acquisition = threading.Thread(target=record)
    acquisition.start()
    result = watch(source, live)
    acquisition.join()
    watch(movie, tmp_path / "at_once")
    for name, path in outputs(live).items():
        assert sha256_of(path) == sha256_of(outputs(tmp_path / "at_once")[name]), name
    assert result.stream.linked == FRAMES
    assert seen[-2] > 0, "divisions are told before the last frame is there"
    latency = pd.read_csv(live / "latency.tsv", sep="\t")
    assert latency["frame"].tolist() == list(range(FRAMES))
    assert latency["latency_s"][REFERENCE:].gt(0).all()  # the first may be there before the first look
    told = [json.loads(line) for line in (live / "events.jsonl").read_text().splitlines()]
    check_events(told, live)


def check_events(told, folder):
    """Divisions and rare cells are exactly those that the final tables show."""
    nodes, tracks = read_table(folder / "nodes.parquet"), read_table(folder / "tracks.parquet")
    children = tracks[tracks["parent"] > 0].groupby("parent")["track"].agg(set)
    expected = {(mother, frozenset(tracks)) for mother, tracks in children.items() if len(tracks) > 1}
    divisions = [event for event in told if event["event"] == "division"]
    found = {(each["mother_track"], frozenset(cell["track"] for cell in each["daughters"])) for each in divisions}
    assert found == expected and len(divisions) == len(expected) > 0
    assert all(each["time_min"] == 3.0 * each["frame"] for each in divisions)
    cells = read_table(folder / "cells.parquet").merge(nodes[["frame", "label", "track"]], on=["frame", "label"])
    limit = cells.loc[cells["frame"] < REFERENCE, "area_um2"].quantile(0.9)
    first = cells[cells["area_um2"] > limit].groupby("track")["frame"].min()
    rare = {event["track"]: event["frame"] for event in told if event["event"] == "rare"}
    assert rare == first.to_dict() and len(rare) > 0
    assert told[-1] == {"event": "end", "frames": FRAMES}


def test_a_run_that_was_cut_off_goes_on_and_does_each_frame_once(movie, tmp_path, monkeypatch):
    source, live = tmp_path / "growing", tmp_path / "live"
    source.mkdir()
    counted = {"segmented": 0, "linked": []}
    link, take = Linker.link, watch_folder.Live.take

    def counting(self, frame, *rest):
        counted["linked"].append(frame)
        return link(self, frame, *rest)

    def killed(self, *rest):
        if counted["segmented"] == 5:
            raise KeyboardInterrupt
        counted["segmented"] += 1
        return take(self, *rest)

    monkeypatch.setattr(Linker, "link", counting)
    monkeypatch.setattr(watch_folder.Live, "take", killed)
    with pytest.raises(KeyboardInterrupt):
        watch(movie, live)
    assert counted["linked"] == [0, 1, 2, 3, 4]
    before = (live / "events.jsonl").read_bytes()
    with (live / "events.jsonl").open("ab") as stream:
        stream.write(b'{"event": "divis')  # what a kill in the middle of a line leaves
    monkeypatch.setattr(watch_folder.Live, "take", take)
    shutil.copytree(movie, source, dirs_exist_ok=True)
    resumed = []
    monkeypatch.setattr(watch_folder.Live, "take", lambda self, *rest: resumed.append(1) or take(self, *rest))
    watch(movie, live)
    assert len(resumed) == FRAMES - 5, "what was segmented is not segmented again"
    monkeypatch.undo()
    watch(movie, tmp_path / "at_once")
    for name in ("events.jsonl", "nodes.parquet", "cells.parquet", "objects.parquet"):
        assert (live / name).read_bytes() == (tmp_path / "at_once" / name).read_bytes()
    assert (live / "events.jsonl").read_bytes().startswith(before)


def test_more_frames_after_the_end_and_other_settings(movie, tmp_path):
    source, live = tmp_path / "growing", tmp_path / "live"
    source.mkdir()
    for frame in range(5):
        shutil.copy(movie / f"t{frame}.tif", source)
    assert watch(source, live, frames=None, idle_min=0.002).done == 5
    assert len(read_table(live / "frames.parquet")) == 5
    for frame in range(5, FRAMES):
        shutil.copy(movie / f"t{frame}.tif", source)
    again = watch(source, live)
    assert again.done == FRAMES and len(pd.read_csv(live / "latency.tsv", sep="\t")) == FRAMES
    told = [json.loads(line) for line in (live / "events.jsonl").read_text().splitlines()]
    check_events([event for event in told if event != {"event": "end", "frames": 5}], live)
    watch(source, live, key="b")
    assert len(pd.read_csv(live / "latency.tsv", sep="\t")) == FRAMES, "under another key it begins anew"


def test_what_a_folder_must_not_do(movie, tmp_path):
    source = tmp_path / "growing"
    source.mkdir()
    for frame in (1, 2, 3):
        shutil.copy(movie / f"t{frame}.tif", source)
    watch(source, tmp_path / "live", frames=3)
    shutil.copy(movie / "t0.tif", source)
    with pytest.raises(InputError, match=r"t0\.tif appeared after later frames"):
        watch(source, tmp_path / "live")
    (source / "t4.tif").write_bytes((movie / "t4.tif").read_bytes()[:5000])
    with pytest.raises(InputError, match=r"t4\.tif"):
        watch(source, tmp_path / "other", frames=5, idle_min=0.005)
    shutil.copy(movie / "t4.tif", source)
    shutil.copy(movie / "t6.tif", source)
    with pytest.raises(InputError, match="lacks t5"):
        watch(source, tmp_path / "gap", frames=None, idle_min=0.005)
