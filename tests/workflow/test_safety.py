"""Nothing from a configuration, a table or a checkpoint is ever run: no shell, no pickle, no unsafe YAML."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "scripts").rglob("*.py"))
RULES = [ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk"))]
NEVER = {
    *("eval", "exec", "os.system", "os.popen", "yaml.load", "yaml.full_load", "yaml.unsafe_load", "joblib.load"),
    *("pickle.load", "pickle.loads", "pd.read_pickle", "instantiate", "hydra.utils.instantiate"),
}


def dangers(text: str) -> list[str]:
    """Return the calls in a Python file that could run what a file holds."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        unsafe = name in NEVER or "True" in (given.get("shell"), given.get("allow_pickle"))
        loads_weights = name == "torch.load" or "load_from_checkpoint" in name or "ckpt_path" in given
        if unsafe or (loads_weights and given.get("weights_only") != "True"):
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_module_runs_what_a_file_holds(file):
    assert dangers(file.read_text()) == []


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.name)
def test_rules_run_scripts_and_never_a_shell(file):
    text = file.read_text()
    assert re.findall(r"^\s*(?:shell|run|notebook|wrapper|cwl|template_engine):", text, re.M) == []
    assert re.findall(r"\b(?:shell|eval|exec|system|popen|yaml\.\w*load)\(", text.replace("yaml.safe_load(", "")) == []


@pytest.mark.parametrize(
    "call",
    [
        "yaml.load(stream, Loader=yaml.Loader)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "trainer.fit(module, ckpt_path=last)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(command, shell=True)",
        "os.system(command)",
    ],
)
def test_the_search_finds_what_it_is_for(call):
    assert dangers(call) == [call]
