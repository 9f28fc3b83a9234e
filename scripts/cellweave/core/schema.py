"""The configuration against its JSON Schema: defaults filled, unknown keys refused with a hint."""

import copy
from collections.abc import Iterator
from typing import Any

from cellweave.core.errors import InputError
from cellweave.core.registry import closest


def checked(config: dict[str, Any], schema: dict[str, Any], where: str = "config") -> dict[str, Any]:
    """Return `config` with the schema's defaults filled in.

    Parameters
    ----------
    config : dict
        Merged configuration.
    schema : dict
        JSON Schema (2020-12), ``additionalProperties: false`` throughout. Below an object marked ``x-partial: true``
        no defaults are filled in.

    Raises
    ------
    InputError
        Names the key, what is wrong with it, and the nearest known key.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    _check_keys(config, where)
    filled = copy.deepcopy(config)
    _fill(filled, schema, schema)
    validator = Draft202012Validator(schema)
    error = best_match(validator.iter_errors(filled))
    if error is not None:
        key = ".".join(str(part) for part in error.absolute_path) or "top level"
        raise InputError(_reason(error), where=f"{where}, key {key}", todo=_hint(error))
    return filled


def _check_keys(config: dict[str, Any], where: str) -> None:
    """YAML takes 01 for a number and yes for a truth value, also as a key; none of ours is one."""
    places: list[tuple[str, Any]] = [(where, config)]
    seen: set[int] = set()  # an alias may be part of itself
    while places:
        place, value = places.pop()
        if id(value) in seen or not isinstance(value, dict | list):
            continue
        seen.add(id(value))
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(value, dict) and not isinstance(key, str):
                raise InputError(f"key {key!r} is no text", where=place, todo="put it in quotes")
            places.append((f"{place}, {key}", part))


def _reason(error: Any) -> str:
    if error.validator == "additionalProperties":
        return f"unknown key {', '.join(repr(name) for name in _extras(error))}"
    return error.message


def _hint(error: Any) -> str:
    if error.validator == "additionalProperties":
        return closest(_extras(error)[0], sorted(error.schema.get("properties", {})))
    return error.schema.get("description", "see config/README.md")


def _extras(error: Any) -> list[str]:
    return [str(key) for key in error.instance if key not in error.schema.get("properties", {})]


def _fill(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> None:
    schema = _resolved(schema, root)
    if schema.get("x-partial"):
        return
    if isinstance(value, dict):
        for key, part in schema.get("properties", {}).items():
            part = _resolved(part, root)
            if key not in value and "default" in part:
                value[key] = copy.deepcopy(part["default"])
        for key, part in _parts(value, schema):
            _fill(value[key], part, root)
    elif isinstance(value, list) and "items" in schema:
        for item in value:
            _fill(item, schema["items"], root)


def _parts(value: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    rest = schema.get("additionalProperties")
    for key in value:
        if key in schema.get("properties", {}):
            yield key, schema["properties"][key]
        elif isinstance(rest, dict):
            yield key, rest


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Follow one local reference, and pick the object branch of ``anyOf`` with null."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return {**root["$defs"][name], **{key: part for key, part in schema.items() if key != "$ref"}}
    for branch in schema.get("anyOf", ()):
        branch = _resolved(branch, root)
        if branch.get("type") == "object":
            return {**branch, **{key: part for key, part in schema.items() if key == "default"}}
    return schema
