"""A finished run as a Workflow Run RO-Crate: what ran, on what, with which parameters and tools, and what came out.

References
----------
Soiland-Reyes S. et al. Packaging research artefacts with RO-Crate. Data Science 5:97 (2022); RO-Crate 1.1.
Leo S. et al. Recording provenance of workflow runs with RO-Crate. PLoS ONE 19:e0309210 (2024); its profiles Process Run
Crate 0.5 and Workflow Run Crate 0.5.
"""

import json
import mimetypes
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote

from cellweave.core.registry import is_remote

Entity = dict[str, Any]

MAIN = "workflow/Snakefile"
RUN = "#run"
LANGUAGE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
CONTEXT = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
CRATE = "https://w3id.org/ro/crate/1.1"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    WORKFLOW_CRATE: ("Workflow RO-Crate", "1.0"),
}
BIOSCHEMAS = "https://bioschemas.org/profiles"
OWN_LICENCE = "MIT"
SPDX = re.compile(r"(CC0|CC-BY(-NC)?(-SA|-ND)?)-\d\.\d|MIT|BSD-\d-Clause|Apache-2\.0")
TYPES = {bool: "Boolean", int: "Integer", float: "Float"}
# What the files and folders of a run are, by their place.
OUTPUTS = {
    "results/train/*/model.ckpt": ("trained model", "Weights of a network or a forest."),
    "results/infer/*/*/*/labels.ome.zarr": ("labels", "Objects, one id each, OME-Zarr 0.5."),
    "results/infer/*/*/*/classes.ome.zarr": ("classes", "Class of every pixel, OME-Zarr 0.5."),
    "results/infer/*/*/*/areas.parquet": ("areas", "Share of the area of each class, per frame."),
    "results/measure/*/*/*.parquet": ("measurements", "One row per object and frame."),
    "results/track/*/*/*/*/nodes.parquet": ("nodes", "Track of every object."),
    "results/track/*/*/*/*/tracks.parquet": ("tracks", "First and last frame and parent of every track."),
    "results/track/*/*/*/*/events.parquet": ("events", "Divisions, deaths, exits, entries and appearances of cells."),
    "results/track/*/*/*/*/RES": (
        "challenge folder",
        "Masks and track table as the Cell Tracking Challenge takes them.",
    ),
    "results/track/*/*/*/*/lineage.geff": ("lineage", "Lineage as GEFF graph."),
    "results/track/*/*/*/*/trackmate.xml": ("TrackMate file", "Lineage as TrackMate opens it."),
    "results/score/scores.tsv": ("scores", "Every score of every model and tracker."),
    "results/report/manifest.json": ("manifest", "Hashes of all files, configuration, machine, versions."),
    "results/report/report.html": ("report", "Scores, figures and methods on one page."),
}
FOLDER_HASH = "sha256 over the name, a zero byte and the content of each file, in the order of the names."


def describe_run(manifest: Mapping[str, Any], folders: Sequence[str], folder: Path) -> dict[str, Any]:
    """Return the content of ``ro-crate-metadata.json``.

    Parameters
    ----------
    manifest : mapping
        As ``write_manifest.py`` makes it, with the report and the manifest itself among `outputs`.
    folders : sequence of str
        Folders of the workflow's code in the crate, beside `MAIN`.
    folder : Path
        What the manifest's relative paths are relative to.

    Returns
    -------
    dict
        JSON-LD. What came from the network is named by its URL, what lay on this machine by its ``file:`` URI; what the
        run made is part of the crate, below the same path.
    """
    made = {entry["path"]: entry for entry in (*manifest["outputs"], *manifest["inputs"]) if is_made(entry["path"])}
    results = [_result(entry, manifest) for entry in made.values()]
    data = _unique(_source(entry, folder, manifest) for entry in manifest["inputs"] if not is_made(entry["path"]))
    settings = [_setting(name, value) for name, value in _leaves(manifest["config"])]
    parameters, products = _parameters([*data, *settings]), _parameters(results)
    tools = [_tool(name, version) for name, version in _versions(manifest).items()]
    code = [{"@id": f"{name}/", "@type": "Dataset", "name": f"{name} of the workflow"} for name in folders]
    run = _run(manifest, [*data, *settings], results)
    graph = [
        *_root(manifest, [MAIN, *_ids(code), *_ids(data), *_ids(results)]),
        _workflow(manifest, parameters, products, tools),
        _language(manifest),
        *({"@id": at, "@type": "CreativeWork", "name": name, "version": v} for at, (name, v) in PROFILES.items()),
        *(run, *code, *data, *results, *settings, *parameters, *products, *tools),
    ]
    return {"@context": CONTEXT, "@graph": [*graph, *_licences(manifest), *_citations(manifest)]}


def is_made(path: str) -> bool:
    """Whether the run made a file or folder, so that it is part of the crate."""
    return PurePosixPath(path).parts[0] == "results"


def _root(manifest: Mapping[str, Any], parts: list[str]) -> list[Entity]:
    shown = ", ".join(sorted({row["dataset"] for row in manifest["datasets"]}))
    warnings = "".join(f" Warning: {text}." for text in manifest["warnings"])
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": _refs([CRATE, WORKFLOW_CRATE]),
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"cellweave on {shown}",
        "description": f"Cells of {shown}, segmented, measured, tracked and scored by cellweave.{warnings}",
        "datePublished": manifest["created_utc"],
        "license": _refs(dict.fromkeys([_licence(OWN_LICENCE), *map(_licence, _terms(manifest))])),
        "conformsTo": _refs(PROFILES),
        "hasPart": _refs(parts),
        "mainEntity": {"@id": MAIN},
        "mentions": {"@id": RUN},
    }
    return [descriptor, root]


def _workflow(
    manifest: Mapping[str, Any], parameters: list[Entity], products: list[Entity], tools: list[Entity]
) -> Entity:
    return {
        "@id": MAIN,
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "name": "cellweave",
        "description": "From raw live-cell microscopy to scored lineages.",
        "version": str(manifest["code"]["commit"]) + (" with changes" if manifest["code"]["dirty"] else ""),
        "encodingFormat": "text/plain",
        "conformsTo": {"@id": f"{BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"},
        "programmingLanguage": {"@id": LANGUAGE},
        "license": {"@id": _licence(OWN_LICENCE)},
        "input": _refs(_ids(parameters)),
        "output": _refs(_ids(products)),
        "softwareRequirements": _refs(_ids(tools)),
    }


def _language(manifest: Mapping[str, Any]) -> Entity:
    return {
        "@id": LANGUAGE,
        "@type": "ComputerLanguage",
        "name": "Snakemake",
        "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
        "url": {"@id": "https://snakemake.readthedocs.io"},
        "version": manifest["packages"].get("snakemake", "unknown"),
    }


def _run(manifest: Mapping[str, Any], used: list[Entity], results: list[Entity]) -> Entity:
    machine = manifest["machine"]
    return {
        "@id": RUN,
        "@type": "CreateAction",
        "name": "Run of cellweave",
        "description": f"{manifest['command']} (on {machine['platform']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB of memory)",
        "endTime": manifest["created_utc"],
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "instrument": {"@id": MAIN},
        "object": _refs(_ids(used)),
        "result": _refs(_ids(results)),
    }


def _result(entry: Mapping[str, Any], manifest: Mapping[str, Any]) -> Entity:
    path = PurePosixPath(entry["path"])
    kind = next((kind for pattern, kind in OUTPUTS.items() if path.match(pattern)), None)
    if kind is None:
        raise ValueError(f"no kind of output is known for {path}: add it to OUTPUTS")
    name, description = kind
    entity = _data(entry, quote(str(path)), _anchor("output", name), f"{path}: {description}")
    model = manifest["models"].get(path.parts[2]) if name == "trained model" else None
    if model:
        seen = ", ".join(f"{each['dataset']}/{each['sequence']}" for each in model["trained_on"])
        entity["description"] += f" Trained on {seen}. Commercial use: {model['commercial_use']}."
        entity["license"] = _refs(map(_licence, filter(None, model["licences"])))
    return entity


def _source(entry: Mapping[str, Any], folder: Path, manifest: Mapping[str, Any]) -> Entity:
    url = entry.get("url", "")
    place = url if is_remote(url) else (folder / entry["path"]).absolute().as_uri()
    licence, citation = entry.get("licence"), entry.get("citation")
    parameter = _anchor("input", "folder" if entry["is_folder"] else "file")
    entity = _data(entry, place, parameter, f"{entry['path']}, as the run read it.")
    entity |= {"license": {"@id": _licence(licence)}} if licence else {}
    entity |= {"citation": {"@id": _citation(citation)}} if citation else {}
    return entity | ({"sdDatePublished": manifest["created_utc"]} if is_remote(url) else {})


def _data(entry: Mapping[str, Any], place: str, parameter: str, description: str) -> Entity:
    """A file or folder that fills `parameter` of the workflow."""
    is_folder = entry["is_folder"]
    entity = {
        "@id": f"{place.rstrip('/')}/" if is_folder else place,
        "@type": "Dataset" if is_folder else "File",
        "name": PurePosixPath(entry["path"]).name,
        "description": f"{description} {FOLDER_HASH}" if is_folder else description,
        "exampleOfWork": {"@id": parameter},
        "contentSize": str(entry["bytes"]),
        "sha256": entry["sha256"],
    }
    return entity if is_folder else entity | {"encodingFormat": _format(entry["path"])}


def _format(path: str) -> str:
    known = {".parquet": "application/vnd.apache.parquet", ".tsv": "text/tab-separated-values"}
    suffix = PurePosixPath(path).suffix
    return known.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted names of the configuration's values; lists are values."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from _leaves(part, f"{name}.{key}" if name else str(key))
    elif name:
        yield name, value


def _setting(name: str, value: Any) -> Entity:
    plain = isinstance(value, str | bool | int | float)
    return {
        "@id": _anchor("value", name),
        "@type": "PropertyValue",
        "name": name,
        "value": value if plain else json.dumps(value, ensure_ascii=False, default=str),
        "exampleOfWork": {"@id": _anchor("parameter", name)},
    }


def _parameters(examples: list[Entity]) -> list[Entity]:
    """The places of a workflow that data and values fill."""
    groups: dict[str, list[Entity]] = {}
    for example in examples:
        groups.setdefault(example["exampleOfWork"]["@id"], []).append(example)
    return [
        {
            "@id": anchor,
            "@type": "FormalParameter",
            "additionalType": _alone(sorted({_type(example) for example in own})),
            "name": unquote(anchor.partition("-")[2]),
            "conformsTo": {"@id": f"{BIOSCHEMAS}/FormalParameter/1.0-RELEASE"},
            "workExample": _refs(_ids(own)),
        }
        for anchor, own in groups.items()
    ]


def _type(example: Entity) -> str:
    return TYPES.get(type(example["value"]), "Text") if "value" in example else example["@type"]


def _versions(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {f"pypi/{name}": version for name, version in manifest["packages"].items()} | {
        "generic/python": manifest["machine"]["python"]
    }


def _tool(name: str, version: str) -> Entity:
    return {
        "@id": f"pkg:{name}@{quote(version)}",
        "@type": "SoftwareApplication",
        "name": name.partition("/")[2],
        "softwareVersion": version,
    }


def _terms(manifest: Mapping[str, Any]) -> list[str]:
    """Return the licences of all that the run used."""
    data = [entry.get("licence") for entry in (*manifest["inputs"], *manifest["datasets"])]
    return sorted({text for text in (*data, *_of_models(manifest)) if text})


def _of_models(manifest: Mapping[str, Any]) -> list[str]:
    return [text for model in manifest["models"].values() for text in model["licences"]]


def _licences(manifest: Mapping[str, Any]) -> list[Entity]:
    texts = dict.fromkeys([OWN_LICENCE, *_terms(manifest)])
    return [{"@id": _licence(text), "@type": "CreativeWork", "name": text} for text in texts]


def _citations(manifest: Mapping[str, Any]) -> list[Entity]:
    texts = sorted({text for entry in manifest["inputs"] if (text := entry.get("citation"))})
    return [{"@id": _citation(text), "@type": "CreativeWork", "name": text} for text in texts]


def _licence(text: str) -> str:
    spdx = text.replace(" ", "-")
    return f"https://spdx.org/licenses/{spdx}" if SPDX.fullmatch(spdx) else _anchor("licence", text)


def _citation(text: str) -> str:
    return _anchor("citation", text)


def _anchor(kind: str, name: str) -> str:
    return f"#{kind}-{quote(name, safe='')}"


def _ids(entities: list[Entity]) -> list[str]:
    return [entity["@id"] for entity in entities]


def _refs(ids: Iterable[str]) -> Any:
    """References as compact JSON-LD has them: one stands alone."""
    return _alone([{"@id": each} for each in ids])


def _alone(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _unique(entities: Iterator[Entity]) -> list[Entity]:
    return list({entity["@id"]: entity for entity in entities}.values())
