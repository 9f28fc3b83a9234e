"""The handbook of the configuration, written from its schema so that both agree."""

import json
from collections.abc import Iterator
from typing import Any

INTRODUCTION = """# Configuration

`config/config.yaml` says what to run, `config/hydra/` how to train, `config/profiles/` where to run.
Override single keys with `--config key=value`, whole parts with `--configfile mine.yaml`; later files win, key by key.
This page is written by `make handbook` from `config/schema/config.schema.yaml`; a test holds both together.
"""


def handbook(schema: dict[str, Any]) -> str:
    """Return the handbook as Markdown: one table per part of the configuration.

    Parameters
    ----------
    schema : dict
        JSON Schema of the configuration.
    """
    parts = [INTRODUCTION, _table("Top level", schema)]
    for name, part in schema["properties"].items():
        if "properties" in part:
            parts.append(_table(f"`{name}`", part))
    for name, part in schema["$defs"].items():
        if "properties" in part:
            parts.append(_table(f"Each `{name}`", part))
    return "\n".join(parts)


def _table(title: str, schema: dict[str, Any]) -> str:
    rows = "\n".join(f"| {' | '.join(cells)} |" for cells in _rows(schema))
    return f"\n## {title}\n\n| key | meaning | values | default |\n|---|---|---|---|\n{rows}\n"


def _rows(schema: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for key, part in schema["properties"].items():
        default = f"`{json.dumps(part['default'])}`" if "default" in part else ""
        yield f"`{key}`", part.get("description", f"see *{_name(part)}* below"), _values(part), default


def _name(part: dict[str, Any]) -> str:
    return f"Each `{part['$ref'].removeprefix('#/$defs/')}`" if "$ref" in part else "the table"


def _values(part: dict[str, Any]) -> str:
    if "enum" in part:
        return " ".join(f"`{value}`" for value in part["enum"])
    if "anyOf" in part:
        return " or ".join(filter(None, map(_values, part["anyOf"])))
    if "const" in part:
        return f"`{part['const']}`"
    kind = part.get("type", "")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    return {"object": "map", "array": "list"}.get(kind, kind)
