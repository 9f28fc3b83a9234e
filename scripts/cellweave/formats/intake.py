"""One line of a user's own data: what `input: <path>` stands for, as rows of the table of data sets and a run."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellweave.core.errors import InputError
from cellweave.core.registry import Sequence, closest, is_remote
from cellweave.formats.bioimage import is_package, own_checkpoint
from cellweave.formats.multiscale import count_frames as frames_of_multiscale
from cellweave.formats.names import Pattern, is_pattern, is_series, listed, natural_key

TIFFS = (".tif", ".tiff", ".btf")
PICTURES = (".png", ".jpg", ".jpeg")
VENDORS = (".czi", ".nd2", ".lif")
DEFAULT_MODEL = "classical"
DEFAULT_TRACKER = "weave"
LICENCE, CITATION = "your own", "your own data"


@dataclass(frozen=True)
class Found:
    """One sequence of a user's images: what to call it, whether its frames follow each other, where it lies."""

    name: str
    kind: str
    path: str


def with_input(
    config: dict[str, Any], registry: dict[tuple[str, str], Sequence]
) -> tuple[dict[str, Any], dict[tuple[str, str], Sequence], list[str]]:
    """Return configuration and table with a user's own images as the only thing to run.

    Parameters
    ----------
    config : dict
        Checked configuration; `input` names a folder, a file, an OME-Zarr or a pattern, or is null.
    registry : dict
        Table of data sets.

    Returns
    -------
    config, registry : dict
        As they were where `input` is null; else the defaults of `models` and `run` are still to be filled in.
    notes : list of str
        What was decided for the user, in sentences.

    Raises
    ------
    InputError
        Nothing there, no images, or an unknown model or tracker.
    """
    if config["input"] is None:
        if config["live"]:
            raise InputError("no folder to watch", where="config key live", todo="name it: --config input=<folder>")
        return config, registry, []
    given = os.path.expanduser(config["input"]).rstrip("/")
    found = find_input(given, config["input_kind"], growing=config["live"])
    if config["live"]:
        _check_live(config, found)
    dataset = _free(safe_name(_title(given)), {owner for owner, _ in registry})
    model, models, notes = chosen_model(config["model"], config["models"])
    if config["live"] and models[model].get("task") == "semantic":
        raise InputError(f"{model} finds no cells to follow", where="config key live", todo="name a model of cells")
    if config["tracker"] not in config["trackers"]:
        todo = closest(config["tracker"], list(config["trackers"]))
        raise InputError(f"unknown tracker {config['tracker']!r}", where="config key tracker", todo=todo)
    notes.insert(0, f"{given}: {_counted(found)}; where this is wrong, set input_kind")
    rows = {(dataset, sequence.name): _row(dataset, sequence, config) for sequence in found}
    run = {"test": [sequence.name for sequence in found], "models": [model], "trackers": [config["tracker"]]}
    return {**config, "models": models, "run": {dataset: run}}, {**registry, **rows}, notes


def _counted(found: list[Found]) -> str:
    """How many movies and sets of still images there are, in words."""
    words = {"movie": ("movie", "movies"), "stills": ("set of still images", "sets of still images")}
    counts = Counter(part.kind for part in found)
    parts = [f"{count} {words[kind][count > 1]}" for kind, count in sorted(counts.items())]
    return " and ".join(parts) + (" (not tracked)" if "stills" in counts else "")


def find_input(given: str, kind: str = "auto", *, growing: bool = False) -> list[Found]:
    """Return the sequences that a path or pattern holds.

    A file is a sequence, and so is a folder of images with one frame each, or an OME-Zarr. A folder of files with
    several frames each, of OME-Zarrs, or of folders with images holds as many sequences.

    Parameters
    ----------
    given : str
        Folder, file, OME-Zarr, or pattern with ``{sequence}``, ``{t}``, ``{channel}``.
    kind : {"auto", "movie", "stills"}
        auto takes files whose names differ in one number only, and files of several frames, for movies.
    growing : bool
        Whether the images of a movie may be yet to come.

    Raises
    ------
    InputError
        Nothing there, or no images.
    """
    if growing and kind == "movie" and is_pattern(given):
        return [Found(safe_name(_title(given)), kind, given)]
    if is_pattern(given):
        return _of_pattern(Pattern(given), kind)
    path = Path(given)
    if not path.exists():
        near = [entry.name for entry in path.parent.glob("[!.]*")] if path.parent.is_dir() else []
        todo = f"correct the path; {closest(path.name, sorted(near)[:20])}"
        raise InputError(f"no such file or folder: {given}", where="config key input", todo=todo)
    if path.is_file() or is_omezarr(path):
        return [Found(safe_name(_title(given)), _kind_of_file(path, kind), given)]
    if growing and kind == "movie" and not any(path.iterdir()):
        return [Found(safe_name(path.name), kind, given)]
    return _of_folder(path, kind)


def is_omezarr(path: Path) -> bool:
    """Whether a folder is a zarr store."""
    return any((path / name).exists() for name in ("zarr.json", ".zgroup", ".zattrs"))


def safe_name(text: str) -> str:
    """Return a name that is safe as a folder's: accents dropped, all but letters, digits and ``. _ + -`` replaced."""
    text = text.replace("ß", "ss")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", plain).strip("-._+")[:90] or "images"


def chosen_model(given: str | None, models: Mapping[str, Any]) -> tuple[str, dict[str, Any], list[str]]:
    """Return the name of the model that `model` asks for, all models with it among them, and notes.

    Parameters
    ----------
    given : str or None
        Name of a model, the path of a checkpoint, or folder, zip or URL of a BioImage.IO package; None for the default.
    models : mapping
        Models of the configuration.

    Raises
    ------
    InputError
        Neither a model nor a file.
    """
    models = dict(models)
    if given is None:
        models.setdefault(DEFAULT_MODEL, {"kind": "classical"})
        note = (
            f"no model was named: {DEFAULT_MODEL} (threshold and watershed, not trained) is used. A network trained on "
            "images like yours finds more; name one with model=<name, checkpoint or BioImage.IO package>"
        )
        return DEFAULT_MODEL, models, [note]
    if given in models:
        return given, models, [f"model {given}"]
    if is_remote(given):
        name = _free(safe_name(_title(given).removesuffix(".zip")), set(models))
        models[name] = {"kind": "adapter", "adapter": "bioimageio", "weights": given}
        return name, models, [f"model {name}: {given}, a BioImage.IO package"]
    path = Path(os.path.expanduser(given))
    if not path.exists():
        known = closest(given, list(models))
        raise InputError(
            f"model {given!r} is neither a model of the configuration nor a file",
            where="config key model",
            todo=f"{known}; or give a checkpoint (results/train/<model>/model.ckpt), or a BioImage.IO package",
        )
    if is_package(path):
        return _packaged(path, models)
    name = _free(safe_name(path.parent.name if path.stem == "model" else path.stem), set(models))
    models[name] = {"kind": "network", "checkpoint": str(path)}
    return name, models, [f"model {name}: {path}, as it is"]


def _packaged(path: Path, models: dict[str, Any]) -> tuple[str, dict[str, Any], list[str]]:
    """The model in a BioImage.IO package: one of ours is a network as any, others need the package's own library."""
    name = _free(safe_name(path.stem if path.suffix == ".zip" else path.name), set(models))
    if own := own_checkpoint(path):
        checkpoint, settings = own
        models[name] = {"kind": "network", "checkpoint": checkpoint, "instances": settings.get("instances", {})}
        zoom = settings.get("zoom", 1)
        note = "" if zoom == 1 else f"; it was trained at zoom {zoom:g}, which `zoom` sets for your images"
        return name, models, [f"model {name}: {path}, a network of cellweave{note}"]
    models[name] = {"kind": "adapter", "adapter": "bioimageio", "weights": str(path)}
    return name, models, [f"model {name}: {path}, a BioImage.IO package"]


def _check_live(config: Mapping[str, Any], found: list[Found]) -> None:
    """Refuse what cannot be done while a movie is growing."""
    where = "config key live"
    if [part.kind for part in found] != ["movie"]:
        what = f"{len(found)} sequences ({found[0].kind})" if len(found) > 1 else "still images"
        todo = "name the folder that one movie grows in, and say input_kind=movie while it holds fewer than two frames"
        raise InputError(f"a live run watches one movie, not {what}", where=where, todo=todo)
    path = Path(found[0].path)
    if not is_pattern(found[0].path) and (path.is_file() or is_omezarr(path)):
        todo = "let the microscope write one file per frame into a folder, and name that"
        raise InputError("frames are awaited in a folder, not in one file", where=found[0].path, todo=todo)
    if "{sequence}" in found[0].path or (is_pattern(found[0].path) and "{t}" not in found[0].path):
        raise InputError("a pattern to watch has {t}, and no {sequence}", where=found[0].path, todo="correct it")
    if config["reference_frames"] is None:
        todo = "add reference_frames=10: normalisation and units are then those of the first ten frames"
        raise InputError("a live run cannot wait for the whole movie to be measured", where=where, todo=todo)
    if (kind := config["trackers"].get(config["tracker"], {}).get("kind")) not in (None, "weave"):
        todo = "choose a tracker of kind weave, or track after the acquisition, without live"
        raise InputError(f"the tracker {kind} needs the whole movie", where=where, todo=todo)


def _row(dataset: str, found: Found, config: Mapping[str, Any]) -> Sequence:
    return Sequence(
        dataset=dataset,
        kind=found.kind,
        format="images",
        sequence=found.name,
        split="test",
        url=found.path,
        sha256=None,
        truth_url=None,
        truth_sha256=None,
        pixel_size_um=config["pixel_size_um"],
        frame_interval_min=config["frame_interval_min"],
        border_px=0,
        licence=LICENCE,
        citation=CITATION,
    )


def _of_pattern(pattern: Pattern, kind: str) -> list[Found]:
    """One sequence per value of ``{sequence}``, a movie where there is ``{t}`` or a single file of several frames."""
    matches = pattern.matches()
    values = sorted({found.get("sequence", "") for _, found in matches}, key=natural_key)
    names: list[str] = []
    for value in values:
        names.append(_free(safe_name(value or pattern.root.name), set(names)))
    if kind == "auto":
        single = not pattern.fields & {"t", "channel"} and len(matches) == len(values)
        movie = "t" in pattern.fields or (single and _kind_of_file(matches[0][0], kind) == "movie")
        kind = "movie" if movie else "stills"
    return [Found(name, kind, pattern.with_sequence(value).text) for name, value in zip(names, values, strict=True)]


def _of_folder(folder: Path, kind: str) -> list[Found]:
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if not entry.name.startswith(".")]
    names = sorted((entry.name for entry in visible), key=natural_key)
    files = [name for name in names if name.lower().endswith((*TIFFS, *PICTURES))]
    several = [name for name in names if name.lower().endswith(VENDORS)]
    if not files:
        several += [name for name in names if "." in name and is_omezarr(folder / name)]
    elif files[0].lower().endswith(TIFFS) and _frames_in(folder / files[0]) > 1:
        several += [name for name in files if name.lower().endswith(TIFFS)]
    if several:
        return _each(folder, several, kind)
    if files:
        series = is_series([name.rpartition(".")[0] for name in files])
        kind = ("movie" if series else "stills") if kind == "auto" else kind
        return [Found(safe_name(folder.name), kind, str(folder))]
    below = [entry.name for entry in visible if entry.is_dir()]
    found = [part for name in sorted(below, key=natural_key) for part in _below(folder / name, kind)]
    if not found:
        raise InputError(
            f"no images in this folder, {f'only {listed(names)}' if names else 'it is empty'}",
            where=folder,
            todo=f"give a folder with {' '.join((*TIFFS, *PICTURES, '.zarr', *VENDORS))} files, or a pattern",
        )
    return found


def _below(folder: Path, kind: str) -> list[Found]:
    """The sequence that a folder of a folder is, if it holds images."""
    with os.scandir(folder) as entries:
        images = any(entry.name.lower().endswith((*TIFFS, *PICTURES)) for entry in entries)
    return _of_folder(folder, kind) if images else []


def _each(folder: Path, names: list[str], kind: str) -> list[Found]:
    found: list[Found] = []
    for name in names:
        free = _free(safe_name(_title(name)), {other.name for other in found})
        found.append(Found(free, _kind_of_file(folder / name, kind), str(folder / name)))
    return found


def _kind_of_file(path: Path, kind: str) -> str:
    return kind if kind != "auto" else "movie" if _frames_in(path) > 1 else "stills"


def _frames_in(path: Path) -> int:
    """Number of frames in a file, from its header; microscopes' own files are taken for movies."""
    if is_omezarr(path):
        return frames_of_multiscale(path)
    if path.suffix.lower() in TIFFS:
        from cellweave.formats.tiff import count_frames

        return count_frames(path)
    return 2 if path.suffix.lower() in VENDORS else 1


def _title(path: str) -> str:
    """Return the name of a file or folder without what only tells its format."""
    name = Path(path).name if not is_pattern(path) else Pattern(path).root.name
    return re.sub(r"(?i)(\.ome)?\.(tiff?|btf|zarr|png|jpe?g|czi|nd2|lif)$", "", name)


def _free(name: str, taken: set[str]) -> str:
    """Return `name`, with a number if it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
