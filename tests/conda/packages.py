"""A conda channel in a folder, made from the wheels that are installed here: a fixture of the tests.

It proves how the workflow is wired to its environments and that these are complete and apart from each other. It
does not prove that conda-forge's solver finds the same pins: these packages say of themselves what their wheels do.
"""

import hashlib
import io
import json
import sys
import tarfile
import zipfile
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distribution
from pathlib import Path

from numcodecs.zstd import Zstd
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIP_NAMES = {"pytorch": "torch", "snakemake-minimal": "snakemake"}
CONDA_NAMES = {pip: conda for conda, pip in PIP_NAMES.items()}
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
FAST = 1  # level of compression: the channel lives as long as the tests


@dataclass
class Package:
    """What a conda package says of itself, and its files: path -> content, or the target of a link."""

    record: dict
    files: dict[str, bytes | Path] = field(default_factory=dict)
    entry_points: list[str] = field(default_factory=list)

    @property
    def file_name(self) -> str:
        """Return name-version-build.conda."""
        return "{name}-{version}-{build}.conda".format(**self.record)


def closure(names: set[str]) -> set[str]:
    """Return conda names of the installed distributions behind `names` and of all that they require."""
    found, waiting = set(), names - {"python"}
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= {conda_name(each.name) for each in requirements(installed(name))} - found
    return found


def installed(conda: str) -> Distribution:
    """Return the installed distribution behind a conda package."""
    return distribution(PIP_NAMES.get(conda, conda))


def conda_name(pip: str) -> str:
    """Return what a distribution is called on conda-forge."""
    name = canonicalize_name(pip)
    return CONDA_NAMES.get(name, name)


def requirements(wheel: Distribution) -> list[Requirement]:
    """Return what a distribution requires here; as in conda packages, extras are nobody's requirement."""
    parsed = [Requirement(line) for line in wheel.requires or []]
    return [each for each in parsed if each.marker is None or each.marker.evaluate({"extra": ""})]


def of_wheel(conda: str) -> Package:
    """Return an installed wheel as a package: its modules, what it requires, its commands."""
    wheel = installed(conda)
    files = {
        f"site-packages/{file}": Path(file.locate()).read_bytes()
        for file in wheel.files or []
        if file.parts[0] != ".." and "__pycache__" not in file.parts
    }
    depends = sorted({f"{conda_name(each.name)} {each.specifier}".strip() for each in requirements(wheel)})
    record = {"name": conda, "version": wheel.version.partition("+")[0], "noarch": "python", "subdir": "noarch"}
    commands = [f"{each.name} = {each.value}" for each in wheel.entry_points.select(group="console_scripts")]
    return Package(record | {"build": "wheel_0", "depends": ["python", *depends]}, files, commands)


def of_python() -> Package:
    """Return this machine's interpreter as a package: a link to it, its site-packages those of the environment."""
    interpreter = Path(sys.executable).resolve()
    version = "{}.{}.{}".format(*sys.version_info)
    config = f"home = {interpreter.parent}\ninclude-system-site-packages = false\nversion = {version}\n"
    files = {"bin/python": interpreter, f"bin/{PYTHON}": interpreter, "pyvenv.cfg": config.encode()}
    record = {"name": "python", "version": version, "build": "link_0", "subdir": "linux-64", "depends": []}
    return Package(record | {"python_site_packages_path": f"lib/{PYTHON}/site-packages"}, files)


def write_channel(names: set[str], folder: Path) -> None:
    """Write a channel with the packages `names`, all that they require, and Python."""
    listed = {"noarch": {}, "linux-64": {}}
    for package in (of_python(), *map(of_wheel, sorted(closure(names)))):
        subdir = package.record["subdir"]
        package.record.update(build_number=0, license="see the wheel")
        (folder / subdir).mkdir(parents=True, exist_ok=True)
        content = archive(package)
        (folder / subdir / package.file_name).write_bytes(content)
        hashed = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        listed[subdir][package.file_name] = package.record | hashed
    for subdir, packages in listed.items():
        data = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": packages, "repodata_version": 1}
        (folder / subdir / "repodata.json").write_text(json.dumps(data))


def archive(package: Package) -> bytes:
    """Return a package in conda's second format: a zip of two compressed tars."""
    paths = [described(path, content) for path, content in package.files.items()]
    about = {"info/index.json": package.record, "info/paths.json": {"paths": paths, "paths_version": 1}}
    if "noarch" in package.record:
        noarch = {"type": "python", "entry_points": package.entry_points}
        about["info/link.json"] = {"noarch": noarch, "package_metadata_version": 1}
    info = {path: json.dumps(content).encode() for path, content in about.items()}
    stem = package.file_name.removesuffix(".conda")
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as members:
        members.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
        members.writestr(f"pkg-{stem}.tar.zst", tarred(package.files))
        members.writestr(f"info-{stem}.tar.zst", tarred(info))
    return whole.getvalue()


def described(path: str, content: bytes | Path) -> dict:
    """Return the entry of a file or link in a package's list of paths."""
    if isinstance(content, Path):
        return {"_path": path, "path_type": "softlink"}
    hashed = {"sha256": hashlib.sha256(content).hexdigest(), "size_in_bytes": len(content)}
    return {"_path": path, "path_type": "hardlink"} | hashed


def tarred(files: dict[str, bytes | Path]) -> bytes:
    """Return a compressed tar of contents and links."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.mode = 0o755 if "/bin/" in path else 0o644
            if isinstance(content, Path):
                member.type, member.linkname = tarfile.SYMTYPE, str(content)
                tar.addfile(member)
            else:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return Zstd(FAST).encode(whole.getvalue())
