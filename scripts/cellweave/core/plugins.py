"""Plug-ins: a folder of modules in which the name of a file is the `kind` that a configuration gives.

What is there, and which options it takes, is read from the text of the files, so that nothing needs to be installed to
check a configuration.
"""

import ast
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cellweave.core.errors import InputError
from cellweave.core.registry import closest


def plugins(folder: str | Path, function: str) -> dict[str, list[str]]:
    """Return the plug-ins of a folder by name, each with the names of its options.

    Parameters
    ----------
    folder : str or Path
        Every module in it whose name does not begin with an underscore is a plug-in.
    function : str
        What each of them defines; its keyword-only arguments are the options.
    """
    found = {}
    for file in sorted(Path(folder).glob("[!_]*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name == function:
                found[file.stem] = [argument.arg for argument in node.args.kwonlyargs]
    return found


def check_plugin(settings: Mapping[str, Any], known: Mapping[str, list[str]], where: str) -> None:
    """Raise InputError unless `settings` name a plug-in as their `kind`, and only options that it takes.

    Parameters
    ----------
    settings : mapping
        `kind` and the options.
    known : mapping
        As `plugins` returns it.
    where : str
        The key of the configuration.
    """
    kind = settings.get("kind")
    if kind not in known:
        raise InputError(f"unknown kind {kind!r}", where=where, todo=f"choose one of {sorted(known)}")
    if unknown := sorted(set(settings) - {"kind", *known[kind]}):
        raise InputError(
            f"unknown parameter {', '.join(unknown)} of {kind}",
            where=where,
            todo=closest(unknown[0], known[kind]) if known[kind] else f"{kind} takes none",
        )


def without_absent(config: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a configuration without the trackers that are `optional` and not installed, and a note on each.

    An optional tracker is one of another package, which has the name of its kind.

    Parameters
    ----------
    config : mapping
        Checked, with `trackers` and `run`.
    """
    optional = {name: tracker["kind"] for name, tracker in config["trackers"].items() if tracker.get("optional")}
    absent = {name: kind for name, kind in optional.items() if find_spec(kind) is None}
    run = {
        dataset: part and {**part, "trackers": [name for name in part["trackers"] if name not in absent]}
        for dataset, part in config["run"].items()
    }
    trackers = {
        name: {key: value for key, value in tracker.items() if key != "optional"}
        for name, tracker in config["trackers"].items()
        if name not in absent
    }
    notes = [
        f"the tracker {name} is left out, because {kind} is not installed: make extra NAME={kind}"
        for name, kind in absent.items()
    ]
    return {**config, "run": run, "trackers": trackers}, notes
