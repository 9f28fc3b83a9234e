"""The handbook of the configuration, written from its schema so that both agree."""

import json
from collections.abc import Iterator
from typing import Any

INTRODUCTION = """# Configuration

`config/config.yaml` says what to run, `config/hydra/` how to train, `config/profiles/` where to run.
Override single keys with `--config key=value`, whole parts with `--configfile mine.yaml`; later files win, key by key.
This page is written by `make handbook` from `config/schema/config.schema.yaml`; a test holds both together. Units stand
in [ ].

An editor with the YAML language server (VS Code's YAML extension, Neovim, Emacs) completes the keys and shows
what they mean in a file that begins with a line such as this one of `config/config.yaml`:

```yaml
# yaml-language-server: $schema=schema/config.schema.yaml
```
"""


def handbook(schema: dict[str, Any]) -> str:
    """Return the handbook as Markdown: one table per part of the configuration.

    Parameters
    ----------
    schema : dict
        JSON Schema of the configuration; ``x-when`` of a key says when to change it, ``x-notes`` of a part are
        Markdown to stand below its table.
    """
    parts = [INTRODUCTION, _table("Top level", schema)]
    parts += [_table(title, part) for title, part in _below(schema["properties"], "`{}`")]
    parts += [_table(title, part) for title, part in _below(schema["$defs"], "Each `{}`")]
    return "\n".join(parts)


def _below(parts: dict[str, Any], title: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part that has keys of its own, and those within it (`model.disturb`)."""
    for name, part in parts.items():
        if "properties" in part:
            yield title.format(name), part
            yield from _below({f"{name}.{key}": inner for key, inner in part["properties"].items()}, title)


def _table(title: str, schema: dict[str, Any]) -> str:
    rows = "\n".join(f"| {' | '.join(cells)} |" for cells in _rows(schema))
    head = f"\n## {title}\n\n| key | meaning | values | default | when to change it |\n|---|---|---|---|---|\n"
    return head + rows + "\n" + (f"\n{schema['x-notes']}" if "x-notes" in schema else "")


def _rows(schema: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, part in schema["properties"].items():
        default = f"`{json.dumps(part['default'])}`" if "default" in part else ""
        yield f"`{key}`", part["description"], _values(part), default, part["x-when"]


def _values(part: dict[str, Any]) -> str:
    if "enum" in part:
        return " ".join(f"`{value}`" for value in part["enum"])
    if "anyOf" in part:
        return " or ".join(filter(None, map(_values, part["anyOf"])))
    if "const" in part:
        return f"`{part['const']}`"
    if "$ref" in part and part["$ref"].endswith("/sequences"):
        return "list or map"
    kind = part.get("type", "map" if "$ref" in part else "")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    return {"object": "map", "array": "list"}.get(kind, kind)
