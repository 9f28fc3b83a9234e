"""The rules of the house that a machine can check."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "scripts" / "cellweave"
MODULES = sorted(PACKAGE.rglob("*.py"))
SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))
STAGES = {"simulate", "learn", "correct", "segment", "measure", "track", "score", "report"}
RUNS_A_NETWORK = {
    f"{name}.py"
    for name in ("calibrate_scores", "export_zoo", "train_model", "predict_maps", "suggest_tiles", "time_network")
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("file", MODULES, ids=relative)
def test_imports_go_down_only(file):
    floor = file.relative_to(PACKAGE).parts[0]
    allowed = {"core": {"core"}, "formats": {"core", "formats"}}.get(floor, {"core", "formats", floor})
    own = {name.split(".")[1] for name in imports(file) if name.startswith("cellweave.")}
    if floor == "segment":  # the one sideways step: segmentation runs what was trained
        own.discard("learn")
    assert own <= allowed


@pytest.mark.parametrize("file", MODULES + SCRIPTS, ids=relative)
def test_sizes(file):
    text = file.read_text()
    assert text.count("\n") <= (150 if file in SCRIPTS else 400), "file too long"
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and _code_lines(node) > 50
    ]
    assert long == [], "functions too long (docstring not counted)"


def _code_lines(node: ast.FunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (node.end_lineno - body[0].lineno + 1) if body else 0


@pytest.mark.parametrize("file", MODULES + SCRIPTS, ids=relative)
def test_public_functions_are_typed_and_documented(file):
    bad = []
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            arguments = [*node.args.args, *node.args.kwonlyargs]
            if not ast.get_docstring(node) or node.returns is None or any(a.annotation is None for a in arguments):
                bad.append(node.name)
    assert bad == []


def test_only_scripts_that_run_a_network_import_torch():
    others = sorted(script.stem for script in SCRIPTS if script.name not in RUNS_A_NETWORK)
    probe = f"""
import sys
sys.path.insert(0, "scripts")
for name in {others}:
    __import__(name)
    assert "torch" not in sys.modules, name + " imports torch"
for name in {sorted(Path(name).stem for name in RUNS_A_NETWORK)}:
    __import__(name)
assert "torch" in sys.modules
"""
    finished = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr


def test_scripts_read_snakemake_in_their_guard_only():
    for script in SCRIPTS:
        tree = ast.parse(script.read_text())
        for node in tree.body:
            guard = isinstance(node, ast.If)
            used = any(isinstance(part, ast.Name) and part.id == "snakemake" for part in ast.walk(node))
            assert guard or not used, script.name


@pytest.mark.parametrize("file", sorted((ROOT / "rules").glob("*.smk")), ids=relative)
def test_rule_files_keep_the_contract(file):
    text = file.read_text()
    if file.name in ("common.smk", "shown.smk", "common_scale.smk"):
        assert not re.search(r"^(rule|checkpoint) ", text, re.M)
        return
    assert re.match(r'""".+\n\nInputs: (.|\n)+\nOutputs: (.|\n)+"""', text), "header: sentence, Inputs, Outputs"
    assert not re.search(r"^\s+(run|retries|group):", text, re.M)
    for rule in re.split(r"\n(?=rule )", text)[1:]:
        for directive in ("log:", "benchmark:", "conda:", "threads:", "mem_mb=", "runtime=", "code=code("):
            assert directive in rule, f"{rule.splitlines()[0]} lacks {directive}"
        constants = re.findall(r"(?:mem_mb|runtime)=\d", rule)
        assert constants == [], f"{rule.splitlines()[0]}: use sized(), growing with input and attempt"
