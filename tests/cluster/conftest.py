"""A throw-away Slurm cluster of two nodes with fake GPUs on this machine, from Debian's packages."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import pytest

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
NODES = {"weave1": "a100", "weave2": "h100"}
GPUS_PER_NODE = 2
# The nested srun of the executor drops every SLURM_ variable, so that the default place must lead to our file.
DEFAULT_CONF = Path("/etc/slurm/slurm.conf")
HERE = Path(__file__).parent


@dataclass
class Slurm:
    """The daemons of the cluster, started in `root` and stopped together."""

    root: Path
    daemons: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self) -> None:
        """Write the configuration, start all daemons and wait until both nodes take jobs."""
        self._configure()
        # Only the leading folders' permissions are in munge's way below a temporary folder: --force.
        self._daemon("munged", "--foreground", "--force", *self._munge_files())
        self.wait_until((self.root / "munge.sock").is_socket, 10, "munged")
        self._daemon("slurmctld", "-D")
        self.wait_until(lambda: "UP" in query("scontrol", "ping"), 20, "slurmctld")
        for node in NODES:
            self.start_node(node)

    def start_node(self, node: str) -> None:
        """Start a node and wait until it takes jobs."""
        self._daemon(node, "-D", "-N", node, program="slurmd")
        self.wait_until(lambda: query("sinfo", "-h", "-n", node, "-o", "%T") in ("idle", "mixed"), 30, node)

    def kill_node(self, node: str) -> None:
        """Let a node die as in a power cut: its daemon, its step managers and its jobs, by SIGKILL."""
        self.daemons.pop(node).kill()
        tasks = [pid for pid in processes() if f"SLURMD_NODENAME={node}\0" in environment(pid)]
        managers = {parent(pid) for pid in tasks} & {pid for pid in processes() if name(pid) == "slurmstepd"}
        for pid in [*managers, *tasks]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def restart_nodes(self) -> None:
        """Start the nodes that died."""
        for node in NODES.keys() - self.daemons.keys():
            self.start_node(node)

    def jobs(self, folder: Path, rule: str = "") -> list[dict[str, str]]:
        """Return the jobs that were submitted from `folder`, finished ones too, oldest first; of one rule if given."""
        lines = query("scontrol", "--oneliner", "show", "jobs").splitlines()
        jobs = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]
        mine = [job for job in jobs if job.get("WorkDir") == str(folder)]
        of_rule = [job for job in mine if job.get("Comment", "").startswith(f"rule_{rule}")]
        return sorted(of_rule, key=lambda job: int(job["JobId"]))

    def running(self, folder: Path, rule: str) -> dict[str, str] | None:
        """Return a running job of a rule."""
        return next((job for job in self.jobs(folder, rule) if job["JobState"] == "RUNNING"), None)

    @staticmethod
    def wait_until(condition: Callable[[], object], seconds: float, what: str) -> object:
        """Return the first true value of `condition`, asked four times a second; fail after `seconds`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := condition():
                return value
            time.sleep(0.25)
        raise AssertionError(f"after {seconds:g} s still waiting for {what}")

    def stop(self) -> None:
        """Cancel what runs, stop the daemons, remove the link to the configuration."""
        if "slurmctld" in self.daemons:
            query("scancel", "--quiet", "--full", "--user", str(os.getuid()))
            busy = ("squeue", "-h", "-t", "R,CG", "-o", "%i")
            with suppress(AssertionError):  # the daemons go all the same
                self.wait_until(lambda: not query(*busy), 10, "cancelled jobs")
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
        self.daemons.clear()
        if DEFAULT_CONF.is_symlink() and DEFAULT_CONF.readlink() == self.root / "slurm.conf":
            DEFAULT_CONF.unlink()

    def _daemon(self, name: str, *arguments: str, program: str | None = None) -> None:
        # --pdeathsig: even when the tests are killed, no daemon outlives them.
        command = ["setpriv", "--pdeathsig", "TERM", program or name, *arguments]
        with (self.root / f"{name}.out").open("wb") as out:
            self.daemons[name] = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)

    def _munge_files(self) -> list[str]:
        files = {"key-file": "munge.key", "socket": "munge.sock", "pid-file": "munged.pid"}
        files |= {"log-file": "munged.log", "seed-file": "munge.seed"}
        return [f"--{option}={self.root / file}" for option, file in files.items()]

    def _configure(self) -> None:
        self.root.chmod(0o755)
        key = self.root / "munge.key"
        key.touch(0o400)
        key.write_bytes(os.urandom(128))
        (self.root / "state").mkdir()
        values = {"root": self.root, "host": socket.gethostname().split(".")[0], "controller_port": free_port()}
        values |= {f"port{number}": free_port() for number in (1, 2)}
        conf = Template((HERE / "slurm.conf").read_text()).substitute(values)
        (self.root / "slurm.conf").write_text(conf)
        (self.root / "cgroup.conf").write_text("CgroupAutomount=no\n")
        (self.root / "gres.conf").write_text("\n".join(self._gpus(node, model) for node, model in NODES.items()))
        DEFAULT_CONF.parent.mkdir(exist_ok=True)
        DEFAULT_CONF.unlink(missing_ok=True)  # of tests that were killed
        DEFAULT_CONF.symlink_to(self.root / "slurm.conf")
        os.environ["SLURM_CONF"] = str(self.root / "slurm.conf")

    def _gpus(self, node: str, model: str) -> str:
        folder = self.root / "dev" / node
        folder.mkdir(parents=True)
        for number in range(GPUS_PER_NODE):
            # Twins of /dev/null: Slurm hands out character devices only.
            os.mknod(folder / f"nvidia{number}", 0o666 | 0o020000, os.makedev(1, 3))
        return f"NodeName={node} Name=gpu Type={model} File={folder}/nvidia[0-{GPUS_PER_NODE - 1}]"


def query(*command: str) -> str:
    """Return what a client command prints; empty when it fails."""
    finished = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return finished.stdout.strip() if finished.returncode == 0 else ""


def free_port() -> int:
    """Return a TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes() -> list[int]:
    """Return the ids of all processes."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def environment(pid: int) -> str:
    """Return the environment a process started with, empty when it is gone."""
    return _read(pid, "environ")


def name(pid: int) -> str:
    """Return the name of a process, empty when it is gone."""
    return _read(pid, "comm").strip()


def parent(pid: int) -> int:
    """Return the parent of a process, 0 when it is gone."""
    return int((_read(pid, "stat").rpartition(")")[2].split() or [0, 0])[1])


def _read(pid: int, file: str) -> str:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _install() -> None:
    """Install Debian's packages without letting them start anything."""
    policy = Path("/usr/sbin/policy-rc.d")
    own = not policy.exists()
    if own:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 300}
        subprocess.run(["apt-get", "update"], **quiet)
        command = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
        subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, **quiet)
    finally:
        if own:
            policy.unlink()


def _left_over() -> bool:
    """Return whether the configuration is that of killed tests, whose controller went with them."""
    if not DEFAULT_CONF.is_symlink() or "ClusterName=throwaway\n" not in DEFAULT_CONF.read_text():
        return False
    pid = DEFAULT_CONF.readlink().parent / "slurmctld.pid"
    return not pid.exists() or name(int(pid.read_text())) != "slurmctld"


def _why_not() -> str | None:
    """Return why this machine cannot be a cluster, installing what is missing where that is welcome."""
    if os.getuid() != 0:
        return "needs root: slurmd starts jobs and makes fake devices"
    if DEFAULT_CONF.exists() and not _left_over():
        return f"{DEFAULT_CONF} belongs to a cluster in use; not touched"
    missing = [
        program for program in ("slurmctld", "slurmd", "sbatch", "munged", "setpriv") if not shutil.which(program)
    ]
    if missing and os.environ.get("CELLWEAVE_APT") == "1" and shutil.which("apt-get"):
        _install()
        missing = [program for program in missing if not shutil.which(program)]
    if missing:
        todo = f"apt-get install {' '.join(PACKAGES)}, or set CELLWEAVE_APT=1 to let the test do it"
        return f"no {', '.join(missing)} ({todo})"
    return None


@pytest.fixture(scope="session")
def slurm(tmp_path_factory) -> Iterator[Slurm]:
    """A running cluster, stopped at the end whatever happened."""
    if reason := _why_not():
        pytest.skip(f"no Slurm here: {reason}")
    cluster = Slurm(tmp_path_factory.mktemp("slurm"))
    atexit.register(cluster.stop)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
