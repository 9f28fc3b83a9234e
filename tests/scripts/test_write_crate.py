"""write_crate: a run as a Workflow Run RO-Crate that holds what it names and that the official validator accepts."""

import json
import subprocess
from pathlib import Path

import pytest

import write_crate
import write_manifest
from cellweave.core.files import sha256_of

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".snakemake" / "rocrate" / "bin" / "python"  # of `make test-crate`
TERMS = "Challenge terms: cite, no re-hosting"
URL = "https://data.org/a/U373%201.zip"
WEIGHTS, LABELS = "results/train/unet@a/model.ckpt", "results/infer/unet/a/01/labels.ome.zarr"
SCORES, RES = "results/score/scores.tsv", "results/track/unet/weave/a/01/RES"


@pytest.fixture
def crate(tmp_path, monkeypatch) -> Path:
    """The crate of a run on a download and on a user's own folder, with a name that a URI must quote."""
    monkeypatch.chdir(tmp_path)
    download = Path("resources/downloads/data.org/a/U373%201.zip")
    files = [download, Path("my movies/t0.tif"), *map(Path, (WEIGHTS, SCORES, f"{LABELS}/zarr.json", f"{RES}/m0.tif"))]
    for number, file in enumerate(files):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes([number]) * 9)
    origin = {"dataset": "a", "sequence": "01", "licence": TERMS}
    write_manifest.main(
        config={"seed": 1, "zoom": {}, "run": {"a": {"test": ["01"]}}, "mirror": None, "allow": False},
        datasets=[{"dataset": "a", "licence": TERMS}],
        notes=[],
        warnings=["contaminated: a/01 is scored"],
        models={"unet@a": {"licences": [TERMS, "CC BY-NC 4.0"], "commercial_use": "no", "trained_on": [origin]}},
        sources={
            str(download): {"url": URL, "licence": TERMS, "citation": "Maška 2023"},
            "my movies": {"url": "my movies", "licence": "", "citation": ""},
        },
        inputs=[download, Path("my movies"), Path(WEIGHTS)],
        outputs=[Path(SCORES), Path(LABELS), Path(RES)],
        manifest=Path("results/report/manifest.json"),
        repository=tmp_path,
    )
    Path("results/report/report.html").write_text("<html></html>")
    paths = {"manifest": Path("results/report/manifest.json"), "report": Path("results/report/report.html")}
    write_crate.main(**paths, workflow=ROOT, crate=tmp_path / "crate")
    return tmp_path / "crate"


def validate(crate: Path) -> tuple[bool, str]:
    """Whether the official validator finds all that the profile requires, and what it printed."""
    command = [PYTHON, ROOT / "tests" / "rocrate_offline.py", "-y", "--disable-color", "validate", "--no-cache", "-v"]
    command += ["--no-paging", "-p", "workflow-run-crate", "-l", "required", "--skip-availability-check", crate]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return finished.returncode == 0, finished.stdout + finished.stderr


def read(crate: Path) -> dict[str, dict]:
    entities = json.loads((crate / "ro-crate-metadata.json").read_text())["@graph"]
    assert len({entity["@id"] for entity in entities}) == len(entities), "an id names one thing"
    return {entity["@id"]: entity for entity in entities}


def ids(value) -> list[str]:
    return [each["@id"] for each in (value if isinstance(value, list) else [value])]


def test_it_says_what_ran_on_what_under_which_licence(crate):
    graph = read(crate)
    download = graph[URL]
    assert download["sha256"] == sha256_of("resources/downloads/data.org/a/U373%201.zip")
    assert graph[download["license"]["@id"]]["name"] == TERMS
    assert graph[download["citation"]["@id"]]["name"] == "Maška 2023"
    own = graph[f"{Path('my movies').absolute().as_uri()}/"]
    assert own["sha256"] == sha256_of("my movies") and "license" not in own
    weights = graph["results/train/unet%40a/model.ckpt"]
    assert [graph[each]["name"] for each in ids(weights["license"])] == [TERMS, "CC BY-NC 4.0"]
    assert "Trained on a/01. Commercial use: no." in weights["description"]
    assert {"https://spdx.org/licenses/MIT", "https://spdx.org/licenses/CC-BY-NC-4.0"} < set(
        ids(graph["./"]["license"])
    )
    assert "Warning: contaminated: a/01 is scored" in graph["./"]["description"]
    values = {graph[each]["name"]: graph[each].get("value") for each in ids(graph["#run"]["object"])}
    assert values["seed"] == 1 and values["run.a.test"] == '["01"]' and values["allow"] is False
    tools = {graph[each]["name"]: graph[each] for each in ids(graph["workflow/Snakefile"]["softwareRequirements"])}
    assert tools["numpy"]["softwareVersion"] and tools["python"]["@type"] == "SoftwareApplication"


def test_it_holds_the_files_that_it_names(crate):
    for place in ids(read(crate)["./"]["hasPart"]):
        entity = read(crate)[place]
        if ":" not in place:
            path = crate / place.replace("%40", "@")
            assert path.is_dir() == (entity["@type"] == "Dataset"), place
            assert "sha256" not in entity or entity["sha256"] == sha256_of(path)
    assert (crate / SCORES).stat().st_ino == Path(SCORES).stat().st_ino, "a second name, no second copy"
    assert (crate / "workflow/rules/report.smk").read_bytes() == (ROOT / "rules/report.smk").read_bytes()


def test_it_has_what_the_profiles_require(crate):
    """The MUSTs and most SHOULDs of RO-Crate 1.1, Process Run and Workflow Run Crate 0.5, read from their pages."""
    graph = read(crate)
    root, run, main = graph["./"], graph["#run"], graph["workflow/Snakefile"]
    assert ids(graph["ro-crate-metadata.json"]["about"]) == ["./"]
    assert "https://w3id.org/ro/crate/1.1" in ids(graph["ro-crate-metadata.json"]["conformsTo"])
    profiles = {f"https://w3id.org/ro/wfrun/{name}/0.5" for name in ("process", "workflow")}
    assert profiles < set(ids(root["conformsTo"]))
    assert all(root[key] for key in ("name", "description", "datePublished", "license"))
    assert ids(root["mainEntity"]) == ids(run["instrument"]) == [main["@id"]] and main["@id"] in ids(root["hasPart"])
    assert main["@type"] == ["File", "SoftwareSourceCode", "ComputationalWorkflow"] and main["version"]
    assert graph[main["programmingLanguage"]["@id"]]["@type"] == "ComputerLanguage"
    assert ids(root["mentions"]) == ["#run"] and run["@type"] == "CreateAction" and run["endTime"]
    used, made = ids(run["object"]), ids(run["result"])
    assert {URL, "#value-seed"} < set(used) and "results/train/unet%40a/model.ckpt" in made
    for key, own in (("input", used), ("output", made)):
        parameters = [graph[each] for each in ids(main[key])]
        assert {each["@type"] for each in parameters} == {"FormalParameter"}
        assert all(each["additionalType"] and each["name"] for each in parameters)
        assert sorted(example for each in parameters for example in ids(each["workExample"])) == sorted(own)
        for parameter in parameters:
            assert {graph[each]["exampleOfWork"]["@id"] for each in ids(parameter["workExample"])} == {parameter["@id"]}


def test_nothing_is_referred_to_that_is_not_described(crate):
    graph = read(crate)
    outside = ("https://w3id.org/ro/crate", "https://bioschemas.org", "http://schema.org", "https://doi.org")
    outside += ("https://snakemake.readthedocs.io",)
    for entity in graph.values():
        for key, value in entity.items():
            parts = [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]
            assert all(part["@id"] in graph or part["@id"].startswith(outside) for part in parts), (entity["@id"], key)


def test_an_output_of_no_known_kind_is_an_error(crate):
    record = json.loads(Path("results/report/manifest.json").read_text())
    record["outputs"].append({**record["outputs"][0], "path": "results/new/thing.bin"})
    with pytest.raises(ValueError, match=r"no kind of output is known for results/new/thing\.bin"):
        write_crate.describe_run(record, [], Path.cwd())


@pytest.mark.skipif(not PYTHON.exists(), reason="the profiles' validator is not installed: make test-crate")
def test_the_validator_of_the_profiles_accepts_it(crate):
    accepted, printed = validate(crate)
    assert accepted, printed
    content = json.loads((crate / "ro-crate-metadata.json").read_text())
    content["@graph"] = [each for each in content["@graph"] if each["@id"] != "#run"]
    (crate / "ro-crate-metadata.json").write_text(json.dumps(content))
    accepted, printed = validate(crate)
    assert not accepted and "instrument" in printed, "a crate without the run is refused"
