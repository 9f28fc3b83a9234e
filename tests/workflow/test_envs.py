"""Each rule's environment holds what its script imports, nothing more, at the version of the pinned install."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from cellweave.core.code import imported_files, third_party_imports

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
# Names of modules where they differ from the names of conda packages.
PACKAGES = {
    "PIL": "pillow",
    "cc3d": "connected-components-3d",
    "faster_coco_eval": "faster-coco-eval",
    "hydra": "hydra-core",
    "jinja2": "jinja2",
    "ome_zarr": "ome-zarr",
    "pytorch_lightning": "pytorch-lightning",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "torch": "pytorch",
    "yaml": "pyyaml",
}
# Needed without being imported by name: pandas' Parquet engine, Lightning's logger, codecs of tifffile.
IMPLIED = {"pandas": {"pyarrow"}, "pytorch-lightning": {"tensorboard"}, "tifffile": {"imagecodecs"}}
# Extras (envs/extras): asked for by the error message where they are needed.
OPTIONAL = {
    "bioio",
    "bioimageio",
    "ctc_metrics",
    "dask_image",
    "imageio_ffmpeg",
    "laptrack",
    "openvino",
    "traccuracy",
    "trackastra",
}
# Modules that a script loads by name.
PLUGINS = {"link_cells.py": "track/trackers"}
PIP_NAMES = {"pytorch": "torch", "snakemake-minimal": "snakemake"}


def rules() -> list[tuple[str, str, str]]:
    """Return (rule, env, script) of every rule that runs a script."""
    found = []
    for file in sorted((ROOT / "rules").glob("*.smk")):
        for text in re.split(r"\n(?=rule )", file.read_text()):
            name = re.match(r"rule (\w+):", text)
            script = re.search(r'"\.\./scripts/([\w.]+)"', text)
            if name and script:
                env = re.search(r'"\.\./envs/([\w.]+)"', text)
                assert env, f"rule {name[1]} names no environment"
                found.append((name[1], env[1], script[1]))
    return found


@cache
def pins(env: str) -> dict[str, str]:
    """Return package -> version of one environment file."""
    content = yaml.safe_load((ROOT / "envs" / env).read_text())
    assert content["channels"][0] == "conda-forge" and content["channels"][-1] == "nodefaults"
    return dict(re.fullmatch(r"([\w.-]+) =([\w.]+)", spec).groups() for spec in content["dependencies"])


def needed(script: str) -> set[str]:
    """Return the packages that a script and the modules it imports need."""
    import sys

    files = {SCRIPTS / script}
    files |= set((SCRIPTS / "cellweave" / PLUGINS[script]).glob("*.py")) if script in PLUGINS else set()
    files |= set().union(*(imported_files(file) for file in files))
    modules = {name for file in files for name in third_party_imports(file)} - set(sys.stdlib_module_names) - OPTIONAL
    packages = {PACKAGES.get(name, name.replace("_", "-")) for name in modules}
    return packages | {extra for name in packages for extra in IMPLIED.get(name, ())}


@pytest.mark.parametrize(("rule", "env", "script"), rules(), ids=[rule for rule, _, _ in rules()])
def test_the_environment_has_what_the_script_imports(rule, env, script):
    assert (SCRIPTS / script).stem == rule, "a rule and its script share their name"
    assert needed(script) - set(pins(env)) == set(), f"missing from envs/{env}"


@pytest.mark.parametrize("env", sorted({env for _, env, _ in rules()}))
def test_the_environment_has_nothing_else(env):
    used = set().union(*(needed(script) for _, name, script in rules() if name == env))
    assert set(pins(env)) - used - {"python"} == set()


@pytest.mark.parametrize("env", sorted(file.name for file in (ROOT / "envs").glob("*.yaml")))
def test_versions_agree_with_the_pinned_install(env):
    lines = (line.partition("==") for line in (ROOT / "envs/requirements.txt").read_text().splitlines() if "==" in line)
    installed = {name.lower().replace("_", "-"): version for name, _, version in lines}
    for package, version in pins(env).items():
        if package == "python":
            assert version == "3.11"
        else:
            assert installed[PIP_NAMES.get(package, package)] == version, package


def test_images_copy_what_exists_and_install_the_pins():
    docker, apptainer = (ROOT / "Dockerfile").read_text(), (ROOT / "envs/cellweave.def").read_text()
    copied = re.findall(r"^COPY (\S+)", docker, re.M) + re.findall(r"^    (\S+) /opt/", apptainer, re.M)
    assert {"envs/requirements.txt", "Snakefile", "rules", "scripts", "config"} <= set(copied)
    assert [path for path in copied if not (ROOT / path).exists()] == []
    base = re.search(r"^FROM (\S+)", docker, re.M)[1], re.search(r"^From: (\S+)", apptainer, re.M)[1]
    assert base[0] == base[1] == "python:3.11-slim-bookworm"
