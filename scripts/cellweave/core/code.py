"""A hash of the code behind a rule: the script and every package module it imports.

Snakemake reruns a job when a script's own text changes, but not when a module that it imports does;
as a `param` of the rule this hash closes the gap. Comments and docstrings do not count.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = "cellweave"


def code_hash(script: str | Path, *templates: str | Path) -> str:
    """Return a short hash of `script` and the modules of the package it imports, directly or not.

    Parameters
    ----------
    script : str or Path
        A file of the folder that holds the package `cellweave`.
    *templates : str or Path
        Other files that the code reads, of which every byte counts; or plug-ins that it loads by name, which count as
        code.

    Returns
    -------
    str
        12 hexadecimal digits; equal for files that differ in comments, docstrings or layout only.
    """
    script, paths = Path(script), [Path(template) for template in templates]
    code = {script} | {path for path in paths if path.suffix == ".py"}
    files = sorted(code.union(*(imported_files(file) for file in code)))
    text = "\n".join(f"{file.relative_to(script.parent)}:{_read(file).digest}" for file in files)
    text += "".join(path.read_text(encoding="utf-8") for path in paths if path not in code)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def imported_files(file: Path) -> set[Path]:
    """Return the files of the package's modules that `file` imports, directly or not (packages included)."""
    root = _scripts_folder(file)
    found: set[Path] = set()
    todo = [file]
    while todo:
        for imported in _package_imports(todo.pop(), root):
            if imported not in found:
                found.add(imported)
                todo.append(imported)
    return found


def third_party_imports(file: Path) -> set[str]:
    """Return the top-level names of all non-package modules that `file` imports anywhere in its text."""
    names = {name.split(".")[0] for name in _read(file).imports}
    return names - {PACKAGE}


def _scripts_folder(file: Path) -> Path:
    return next(parent for parent in file.resolve().parents if (parent / PACKAGE / "__init__.py").exists())


class _Read(NamedTuple):
    """What a file's text says: dotted names that it imports, and a digest of all but comments and docstrings."""

    imports: frozenset[str]
    digest: str


def _read(file: Path) -> _Read:
    return _read_once(file, file.stat().st_mtime_ns)


@cache
def _read_once(file: Path, _mtime: int) -> _Read:
    """Read a file once: dozens of rules import the same modules."""
    tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    nodes = list(ast.walk(tree))
    imports = frozenset(name for node in nodes for name in _imported_names(node))
    for node in nodes:
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and _is_string(body[0].value):
            body[0] = ast.Pass()
    return _Read(imports, hashlib.sha256(ast.dump(tree).encode()).hexdigest())


def _imported_names(node: ast.AST) -> set[str]:
    """All dotted names that may be modules: `from a.b import c` gives a.b and a.b.c."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return set()


def _package_imports(file: Path, root: Path) -> set[Path]:
    return {path for name in _read(file).imports for path in _module_files(name, root)}


@cache
def _module_files(name: str, root: Path) -> frozenset[Path]:
    """The files behind a dotted name of the package, those of the packages around it included."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return frozenset()
    stems = [root.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    return frozenset(
        path for stem in stems for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()
    )


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
