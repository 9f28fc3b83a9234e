"""A stand-in for the few conda commands that Snakemake calls, on py-rattler: a fixture of the tests, not for use.

Usage: stand_in.py <folder of the installation> <URL of the channel> <arguments of conda>
Every channel of an environment file is that one channel, in which rattler solves and from which it installs.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

import rattler
import yaml

ACTIVATE = 'export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n'


def install(folder: Path, channel: str) -> dict[str, str]:
    """Make a `conda` in `folder` that knows one channel; return the environment variables that lead to it."""
    (folder / "bin").mkdir(parents=True)
    command = folder / "bin" / "conda"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "{folder}" "{channel}" "$@"\n')
    command.chmod(0o755)
    (folder / "bin" / "activate").write_text(ACTIVATE)
    return {"PATH": f"{folder}/bin:/usr/bin:/bin"}


def main(folder: Path, channel: str, arguments: list[str]) -> None:
    """Answer one call of conda."""
    match arguments:
        case ["--version"]:
            print("conda 25.1.1")
        case ["info", "--json"]:
            print(json.dumps({"conda_prefix": str(folder), "platform": "linux-64"}))
        case ["config", "--get", "channel_priority", "--json"]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["env", "create", *options]:
            parser = argparse.ArgumentParser()
            parser.add_argument("--file", type=Path, required=True)
            parser.add_argument("--prefix", type=Path, required=True)
            parser.add_argument("--quiet", action="store_true")
            parser.add_argument("--no-default-packages", action="store_true")
            asked = parser.parse_args(options)
            asyncio.run(create(asked.file, asked.prefix, channel, folder / "pkgs"))
        case ["clean", *_]:  # the next environment links to the same unpacked packages
            pass
        case _:
            sys.exit(f"the stand-in for conda does not know: {' '.join(arguments)}")


async def create(file: Path, prefix: Path, channel: str, cache: Path) -> None:
    """Solve an environment file strictly and install it."""
    specs = [rattler.MatchSpec(spec, strict=True) for spec in yaml.safe_load(file.read_text())["dependencies"]]
    records = await rattler.solve([channel], specs, platforms=["linux-64", "noarch"])
    await rattler.install(records, prefix, cache_dir=cache, show_progress=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
    sys.stdout.flush()
    os._exit(0)  # rattler's threads still let go of Python objects, which crashes an interpreter that is ending
