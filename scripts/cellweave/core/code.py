"""A hash of the code behind a rule: the script and every package module it imports.

Snakemake reruns a job when a script's own text changes, but not when a module that it imports does;
as a `param` of the rule this hash closes the gap. Comments and docstrings do not count.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

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
    text = "\n".join(f"{file.relative_to(script.parent)}:{_essence(file)}" for file in files)
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
    names = {name.split(".")[0] for name in _import_names(file)}
    return names - {PACKAGE}


def _scripts_folder(file: Path) -> Path:
    return next(parent for parent in file.resolve().parents if (parent / PACKAGE / "__init__.py").exists())


@cache
def _tree(file: Path, _mtime: int) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def _parse(file: Path) -> ast.Module:
    return _tree(file, file.stat().st_mtime_ns)


def _import_names(file: Path) -> set[str]:
    """All dotted names that may be modules: `from a.b import c` gives a.b and a.b.c."""
    names: set[str] = set()
    for node in ast.walk(_parse(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _package_imports(file: Path, root: Path) -> set[Path]:
    files: set[Path] = set()
    for name in _import_names(file):
        parts = name.split(".")
        if parts[0] != PACKAGE:
            continue
        for depth in range(1, len(parts) + 1):
            stem = root.joinpath(*parts[:depth])
            files |= {path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()}
    return files


def _essence(file: Path) -> str:
    """The syntax tree without docstrings, as text."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and _is_string(body[0].value):
            body[0] = ast.Pass()
    return ast.dump(tree)


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
