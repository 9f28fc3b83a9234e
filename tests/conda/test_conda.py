"""The workflow as users of conda run it: a host environment, and one environment for each stage.

The channel is made from the wheels installed here, and a stand-in on rattler plays conda (`packages.py`,
`stand_in.py`): this proves that the environments are complete, apart from each other and rightly wired to the rules,
not that conda-forge's solver finds the pins.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

rattler = pytest.importorskip("rattler", reason="needs `make extra NAME=rattler`")
from packages import closure, write_channel  # noqa: E402
from stand_in import install  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
ENVS = sorted((ROOT / "envs").glob("*.yaml"))
SCORES = "results/score/scores.tsv"
ON_DEMAND = {"annotator", "correct", "live", "scale", "zoo"}  # stages of targets that a plain run does not make
TINY = ["--configfile", *(str(ROOT / "tests" / path) for path in ("workflow/tiny.yaml", "cluster/small.yaml"))]


def specs(env: Path) -> list[str]:
    """Return what an environment file asks for."""
    return yaml.safe_load(env.read_text())["dependencies"]


def names(env: Path) -> set[str]:
    """Return the packages that an environment file names."""
    return {rattler.MatchSpec(spec).name.normalized for spec in specs(env)}


@pytest.fixture(scope="module")
def conda(tmp_path_factory) -> dict[str, str]:
    """Environment variables with a `conda` on the path that knows one channel with all pinned packages."""
    channel = tmp_path_factory.mktemp("channel")
    write_channel(set().union(*map(names, ENVS)), channel)
    variables = install(tmp_path_factory.mktemp("conda") / "base", channel.as_uri())
    return variables | {"HOME": os.environ["HOME"], "OMP_NUM_THREADS": "1", "PYTHONNOUSERSITE": "1"}


@pytest.fixture(scope="module")
def run_folder(conda, tmp_path_factory) -> Path:
    """The folder of a finished run: `conda env create` for the host, then `snakemake --sdm conda`."""
    folder = tmp_path_factory.mktemp("run")
    host = ["conda", "env", "create", "--file", ROOT / "envs" / "snakemake.yaml", "--prefix", folder / "host"]
    subprocess.run(host, env=conda, check=True)
    snakemake = [folder / "host" / "bin" / "snakemake", "--sdm", "conda", "--cores", "2", *TINY]
    run(*snakemake, "--snakefile", ROOT / "Snakefile", "--directory", folder, env=conda)
    return folder


def run(*command: object, env: dict[str, str]) -> None:
    """Run a workflow to its end."""
    finished = subprocess.run([str(word) for word in command], env=env, capture_output=True, text=True, timeout=3600)
    assert finished.returncode == 0, (finished.stdout + finished.stderr)[-6000:]


@pytest.mark.parametrize("env", ENVS, ids=lambda env: env.stem)
def test_pins_parse_strictly(env):
    for spec in specs(env):
        assert rattler.MatchSpec(spec, strict=True).version is not None, spec


@pytest.mark.conda
def test_every_stage_has_its_own_environment_with_its_own_packages(run_folder):
    """Exactly those that its file names and what they require: nothing leaks in from the host or a neighbour."""
    made = {file.read_text(): file.with_suffix("") for file in (run_folder / ".snakemake/conda").glob("*.yaml")}
    used = {env: made[env.read_text()] for env in ENVS if env.read_text() in made}
    assert {env.stem for env in used} == {env.stem for env in ENVS} - {"snakemake", "download"} - ON_DEMAND
    for env, prefix in used.items():
        listed = {json.loads(file.read_text())["name"] for file in (prefix / "conda-meta").glob("*.json")}
        assert listed == closure(names(env)) | {"python"}, env.name


@pytest.mark.conda
def test_the_run_gives_the_scores_of_the_pinned_install(run_folder, tmp_path):
    pinned = [sys.executable, "-m", "snakemake", SCORES, "--cores", "2", *TINY]
    run(*pinned, "--snakefile", ROOT / "Snakefile", "--directory", tmp_path, env=dict(os.environ))
    assert (run_folder / SCORES).read_bytes() == (tmp_path / SCORES).read_bytes()
    assert (run_folder / "results/report/report.html").is_file()


@pytest.mark.conda
def test_containerize_puts_every_environment_into_one_image(conda, run_folder, tmp_path):
    snakemake = [run_folder / "host/bin/snakemake", "--containerize", "--snakefile", ROOT / "Snakefile", *TINY]
    printed = subprocess.run(
        [*snakemake, "--directory", tmp_path], env=conda, capture_output=True, text=True, check=True
    )
    assert printed.stdout.startswith("FROM condaforge/miniforge3")
    for env in ENVS:
        assert (f"envs/{env.name}" in printed.stdout) == (env.stem != "snakemake"), env.name
