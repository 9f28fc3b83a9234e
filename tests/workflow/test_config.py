"""The configuration as a user meets it: handbook in step with the schema, mistakes explained before anything runs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from cellweave.core.handbook import handbook

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "config/schema/config.schema.yaml"
CONFIGS = sorted(
    [
        *(ROOT / "config").glob("*.yaml"),
        *(ROOT / "config/benchmark").glob("*.yaml"),
        *(ROOT / "config/examples").glob("*.yaml"),
    ]
)


def keys(part: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every key that a user may write, with its schema."""
    for name, inner in part.get("properties", {}).items():
        yield f"{place}.{name}", inner
        yield from keys(inner, f"{place}.{name}")


def test_every_key_says_what_it_means_and_when_to_change_it():
    schema = yaml.safe_load(SCHEMA.read_text())
    found = [*keys(schema, "config"), *(key for name, part in schema["$defs"].items() for key in keys(part, name))]
    assert len(found) > 80
    assert [key for key, part in found if not part.get("description")] == []
    assert [key for key, part in found if not part.get("x-when")] == [], "add `x-when`: when to change it"


UNITS = {
    "px": "px|pixels",
    "um": "um|micrometers",
    "um2": "square micrometers",
    "min": "min|minutes",
    "frames": "frames",
}


def test_a_unit_in_the_name_of_a_key_stands_in_its_meaning_too():
    schema = yaml.safe_load(SCHEMA.read_text())
    found = [*keys(schema, "config"), *(key for name, part in schema["$defs"].items() for key in keys(part, name))]
    named = [(key, part, UNITS.get(key.rpartition("_")[2])) for key, part in found if "_" in key.rpartition(".")[2]]
    assert sum(unit is not None for *_, unit in named) >= 9
    assert [
        key for key, part, unit in named if unit and not re.search(rf"\b({unit})\b", part["description"], re.I)
    ] == []


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_an_editor_finds_the_schema_and_has_no_complaint(file):
    """As the YAML language server does it: the file alone, against the schema that its comment names."""
    named = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", file.read_text(), re.M)
    assert len(named) == 1
    assert (file.parent / named[0]).resolve() == SCHEMA
    errors = Draft202012Validator(yaml.safe_load(SCHEMA.read_text())).iter_errors(yaml.safe_load(file.read_text()))
    assert [error.message for error in errors] == []


def test_handbook_is_in_step_with_the_schema():
    schema = yaml.safe_load(SCHEMA.read_text())
    assert (ROOT / "config/README.md").read_text() == handbook(schema), "run `make handbook`"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("devise=cpu", "unknown key 'devise'"),
        ("datasets_table=absent.tsv", "no table of data sets at"),
        ("run={simulated: {test: ['03'], models: [unet]}}", "unknown sequence '03' of simulated"),
        ("run={simulatd: {test: ['01'], models: [unet]}}", "unknown dataset 'simulatd'"),
        ("run={simulated: {test: ['01'], models: [unett]}}", "unknown model 'unett'"),
        ("run={simulated: {test: ['02'], models: [unet], trackers: [wave]}}", "unknown tracker 'wave'"),
        ("models={unet: {experiment: defualt}}", "defualt"),
        ("input=no/such/folder", "no such file or folder: no/such/folder"),
    ],
)
def test_a_mistake_ends_in_one_message_without_a_traceback(snakemake, override, message):
    finished = snakemake("--dry-run", "--config", override)
    assert finished.returncode != 0
    assert message in finished.stderr + finished.stdout
    assert "Traceback" not in finished.stderr + finished.stdout
