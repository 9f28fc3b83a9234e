"""What `input=` stands for: folders, files, patterns, names, models; and what is refused."""

import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
import yaml
from PIL import Image

from cellweave.core.errors import InputError
from cellweave.core.plan import Plan
from cellweave.core.schema import checked
from cellweave.formats import images
from cellweave.formats.intake import chosen_model, find_input, safe_name, with_input
from cellweave.formats.names import Pattern, missing_numbers
from cellweave.formats.ngff import write_image
from cellweave.report.overlay import STRETCH, stretch
from cellweave.segment.classical import Classical

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = yaml.safe_load((ROOT / "config/schema/config.schema.yaml").read_text())


def write(path, value=1, shape=(6, 8), **metadata):
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, np.full(shape, value, np.uint16), photometric="minisblack", metadata=metadata or None)
    return path


def write_pixels(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, pixels, photometric="minisblack")


def found(given, kind="auto"):
    return [(each.name, each.kind) for each in find_input(str(given), kind)]


def test_a_folder_of_numbered_files_is_a_movie_and_of_others_a_set_of_stills(tmp_path):
    for number in (1, 2, 10):
        write(tmp_path / "Müller ß 1" / f"t{number}.tif")
        write(tmp_path / "wells" / f"A{number}_{number}.tif")
    assert found(tmp_path / "Müller ß 1") == [("Muller-ss-1", "movie")]
    assert found(tmp_path / "wells") == [("wells", "stills")]
    assert found(tmp_path / "wells", "movie") == [("wells", "movie")]
    assert found(tmp_path) == [("Muller-ss-1", "movie"), ("wells", "stills")]


def test_files_of_several_frames_are_movies_of_their_own(tmp_path):
    for name in ("pos1.tif", "pos2.tif"):
        write(tmp_path / "m" / name, shape=(3, 6, 8))
    assert found(tmp_path / "m") == [("pos1", "movie"), ("pos2", "movie")]
    assert found(tmp_path / "m" / "pos1.tif") == [("pos1", "movie")]
    channels = write(tmp_path / "c" / "t1.ome.tif", shape=(2, 6, 8), axes="CYX").parent
    write(channels / "t2.ome.tif", shape=(2, 6, 8), axes="CYX")
    assert found(channels) == [("c", "movie")], "two channels of one frame"


@pytest.mark.parametrize(("frames", "kind"), [(1, "stills"), (3, "movie")])
def test_an_omezarr_is_a_movie_when_it_has_several_frames(tmp_path, frames, kind):
    with write_image(tmp_path / "a.ome.zarr", shape=(frames, 1, 6, 8), dtype="uint8"):
        pass
    assert found(tmp_path / "a.ome.zarr") == found(tmp_path) == [("a", kind)]


def test_a_pattern_tells_sequences_frames_and_channels_apart(tmp_path):
    for well in ("A 1", "B2"):
        for t in (9, 10, 11):
            for channel, value in (("dapi", 100), ("gfp", 200)):
                write(tmp_path / well / f"img_t{t}_{channel}_x{t}.tif", value + t)
    given = f"{tmp_path}/{{sequence}}/img_t{{t}}_{{channel}}_x*.tif"
    first, second = find_input(given)
    assert [(each.name, each.kind) for each in (first, second)] == [("A-1", "movie"), ("B2", "movie")]
    series = images.open_series(first.path, "movie")
    assert series.shape == (3, 2, 6, 8)
    assert [series.frame(frame)[:, 0, 0].tolist() for frame in range(3)] == [[109, 209], [110, 210], [111, 211]]


def test_a_missing_channel_of_one_of_two_frames_is_named(tmp_path):
    for name in ("t1_a", "t1_b", "t2_a"):
        write(tmp_path / f"{name}.tif")
    with pytest.raises(InputError, match=r"1 files are missing: t 2, channel b"):
        images.open_series(f"{tmp_path}/t{{t}}_{{channel}}.tif", "movie")


def test_a_missing_time_point_is_named(tmp_path):
    for number in (1, 2, 4):
        write(tmp_path / f"t{number:02}.tif")
    for given in (tmp_path, f"{tmp_path}/t{{t}}.tif"):
        with pytest.raises(InputError, match=r"the numbered series lacks t0?3"):
            images.open_series(given, "movie")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{z}.tif", r"\{z\} means nothing in a pattern(.|\n)*use \{sequence\}, \{t\}, \{channel\}"),
        ("frame{t}.tif", "no file fits the pattern(.|\n)*what is there: a1_x.tif, a1_y.tif"),
        ("a{t}_*.tif", "a1_x.tif and a1_y.tif are the same frame and channel"),
    ],
)
def test_a_wrong_pattern_is_explained(tmp_path, pattern, message):
    write(tmp_path / "a1_x.tif")
    write(tmp_path / "a1_y.tif")
    with pytest.raises(InputError, match=message):
        images.open_series(find_input(f"{tmp_path}/{pattern}")[0].path, "movie")


def test_mixed_sizes_are_refused_in_a_movie_and_welcome_as_stills(tmp_path):
    write(tmp_path / "t1.tif")
    write(tmp_path / "t2.tif", shape=(6, 9))
    with pytest.raises(InputError, match=r"shape \(1, 6, 9\) in a series of \(1, 6, 8\)(.|\n)*stills"):
        images.open_series(tmp_path, "movie").frame(1)
    assert images.open_series(tmp_path, "stills").shape == (2, 1, 6, 9)


def test_colour_pictures_are_read_as_grey_and_said(tmp_path, caplog):
    red = np.zeros((6, 8, 3), np.uint8) + np.array([200, 0, 0], np.uint8)
    for number in (8, 9, 10):
        Image.fromarray(red).save(tmp_path / f"t{number}.png")
    (movie,) = find_input(str(tmp_path))
    series = images.open_series(movie.path, movie.kind)
    assert series.shape == (3, 1, 6, 8) and list(series.sources) == ["t8.png", "t9.png", "t10.png"]
    assert np.unique(series.frame(2)) == round(0.2125 * 200)
    assert "a colour image" in caplog.text


def test_a_camera_of_12_bits_in_files_of_16_is_seen_as_any_other(tmp_path):
    """Nothing may ask how large a number the type could hold: a cell of 12 bits is found, shown and kept exactly."""
    y, x = np.mgrid[:64, :64]
    cell = (300 + 3000 * np.exp(-((y - 32) ** 2 + (x - 20) ** 2) / 60)).astype(np.uint16)
    found, shown = [], []
    for name, factor in (("12", 1), ("16", 16)):
        write_pixels(tmp_path / name / "t1.tif", cell * factor)
        write_pixels(tmp_path / name / "t2.tif", cell * factor)
        frame = images.open_series(find_input(str(tmp_path / name))[0].path, "movie").frame(0)
        np.testing.assert_array_equal(frame[0], cell * factor)
        plane = frame[0].astype(np.float32)
        settings = Classical(sigma_px=1.0, radius_px=6)
        scored = (plane - plane.mean()) / plane.std()
        feature = settings.feature_of(scored)
        found.append(settings.maps(scored, float(feature.mean() + feature.std()))[0] > 0.5)
        shown.append(stretch(plane, *np.percentile(plane, STRETCH)))
    assert 50 < np.count_nonzero(found[0]) < 800
    np.testing.assert_array_equal(*found)
    assert shown[0].max() == 255 and shown[0].min() < 10
    np.testing.assert_array_equal(*shown)


def test_nothing_to_see_is_said(tmp_path):
    with pytest.raises(InputError, match=r"no images in this folder, it is empty"):
        find_input(str(tmp_path))
    (tmp_path / "notes.docx").touch()
    with pytest.raises(InputError, match=r"only notes.docx(.|\n)*or a pattern"):
        find_input(str(tmp_path))
    (tmp_path / ".note.docx").touch()
    with pytest.raises(InputError, match=r"no such file or folder(.|\n)*did you mean 'notes.docx'"):
        find_input(str(tmp_path / "note.docx"))


@pytest.mark.slow
def test_a_folder_of_100000_files_is_listed_in_seconds(tmp_path):
    """Empty files: listing asks nothing but names. The bound is the issue's; making them takes longest."""
    template = write(tmp_path / "m" / "t000000.tif")
    for number in range(1, 100_000):
        (template.parent / f"t{number:06}.tif").symlink_to("t000000.tif")
    start = time.process_time()
    (movie,) = find_input(str(template.parent))
    assert len(images.list_images(template.parent, movie.kind)) == 100_000
    assert len(Pattern(f"{template.parent}/t{{t}}.tif").matches()) == 100_000
    assert time.process_time() - start < 10


def test_numbers_far_apart_take_no_memory():
    assert len(missing_numbers(["a1", "a2", f"a{10**12}"])) == 11


@pytest.mark.parametrize(("name", "safe"), [("ä ö/ü", "a-o-u"), ("...", "images"), ("№5", "No5"), ("細胞", "images")])
def test_any_name_becomes_a_safe_one(name, safe):
    assert safe_name(name) == safe


def config(**changes):
    models = {"unet": {"kind": "network"}, "classical": {"kind": "classical"}}
    return checked({"run": {}, "models": models, "trackers": {"weave": {"kind": "weave"}}, **changes}, SCHEMA)


def planned(**changes):
    wanted, registry, notes = with_input(config(**changes), {})
    return Plan(checked(wanted, SCHEMA), registry), notes


def test_without_a_model_the_threshold_is_used_and_said(tmp_path):
    write(tmp_path / "m" / "t1.tif")
    plan, notes = planned(input=str(tmp_path / "m"), pixel_size_um=0.65, input_kind="movie")
    assert [vars(run) for run in plan.runs()] == [
        {"dataset": "m", "sequence": "m", "model": "classical", "tracker": "weave"}
    ]
    assert plan.row("m", "m").pixel_size_um == 0.65 and not plan.row("m", "m").has_truth
    assert "no model was named: classical" in notes[1]


def test_what_was_taken_for_what_is_said(tmp_path):
    """A movie, and images that are none, which get no tracks."""
    for name in ("m/t1", "m/t2", "s/a", "s/b"):
        write(tmp_path / f"{name}.tif")
    given = str(tmp_path)
    for path, said in ((given, "1 movie and 1 set of still images (not tracked)"), (f"{given}/m", "1 movie")):
        _, notes = planned(input=path)
        assert notes[0] == f"{path}: {said}; where this is wrong, set input_kind"


def test_a_checkpoint_is_a_model_that_is_not_trained(tmp_path):
    checkpoint = tmp_path / "unet@A" / "model.ckpt"
    checkpoint.parent.mkdir()
    checkpoint.touch()
    write(tmp_path / "m" / "t1.tif")
    plan, _ = planned(input=str(tmp_path / "m"), model=str(checkpoint))
    (run,) = plan.runs()
    assert (run.model, plan.trains(run.model), plan.checkpoint(run.model, "m")) == ("unet-A", False, str(checkpoint))
    with pytest.raises(InputError, match=r"'unett' is neither a model(.|\n)*did you mean 'unet'"):
        chosen_model("unett", {"unet": {}})


def test_a_model_that_would_need_truth_is_refused_with_a_way_out(tmp_path):
    write(tmp_path / "m" / "t1.tif")
    with pytest.raises(InputError, match=r"names no sequences to train on(.|\n)*classical"):
        planned(input=str(tmp_path / "m"), model="unet")


def test_what_the_dataset_gives_in_pixels_beats_the_models_micrometers():
    models = {"c": {"kind": "classical", "classical": {"radius_um": 5, "sigma_um": 1}}}
    run = {"m": {"test": [], "models": ["c"], "classical": {"radius_px": 7}}}
    settings = Plan(config(models=models, run=run), {}).settings("classical", "c", "m")
    assert settings["radius_px"] == 7 and "radius_um" not in settings and settings["sigma_um"] == 1
