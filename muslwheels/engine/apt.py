# SPDX-License-Identifier: MIT
"""The edge to apt and dpkg: fetches Debian packages and unpacks them, and installs none.

apt works in a folder of its own (`-o Dir::…`), so the system's lists, caches and status stay
untouched; the host's configuration (proxy, certificates, credentials) holds all the same.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from muslwheels.engine.sources import (
    Mirror,
    Source,
    find_mirror,
    parse_deb822,
    parse_one_line,
    parse_os_release,
)
from muslwheels.errors import EngineError

STABLE = "trixie"  # the Debian whose toolchain we use (DESIGN.md section 4)
TESTING = "testing"
UNSTABLE = "sid"

# The host's hooks after an update clean up the system's own folders: not ours to run.
_CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::CNF;
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log "{folder}/log";
"""


def is_debian_like() -> bool:
    """Whether this machine has what it takes to fetch and unpack Debian packages."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb") and shutil.which("dpkg"))


def host_codename(etc: Path = Path("/etc")) -> str:
    """Codename of the host's release; `sid` where os-release names none, as Debian sid's does."""
    try:
        release = parse_os_release((etc / "os-release").read_text(encoding="utf-8"))
    except OSError:
        return UNSTABLE
    return release.get("VERSION_CODENAME", UNSTABLE)


def host_mirror(etc: Path = Path("/etc")) -> Mirror | None:
    """The Debian mirror that the host's own apt uses."""
    return find_mirror(_host_sources(etc / "apt"), host_codename(etc))


def _host_sources(apt: Path) -> list[Source]:
    sources: list[Source] = []
    for path in (apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))):
        if path.suffix in (".list", ".sources") and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            sources += parse_deb822(text) if path.suffix == ".sources" else parse_one_line(text)
    return sources


def apt_configuration(*names: str) -> tuple[str, ...]:
    """Those of the named options that the host's apt configuration sets, as it writes them."""
    done = subprocess.run(
        ["apt-config", "--no-empty", "--format", '%f "%v"%n', "dump", *names],
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(done.stdout.splitlines())


class Apt:
    """apt on one suite of a mirror, at work in a folder of its own."""

    def __init__(self, folder: Path, mirror: Mirror, suite: str) -> None:
        self._folder = folder
        self._suite = suite
        for name in ("state/lists/partial", "cache/archives/partial", "log"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        (folder / "apt.conf").write_text(_CONFIGURATION.format(folder=folder), encoding="utf-8")
        (folder / "debian.sources").write_text(mirror.deb822("deb", suite), encoding="utf-8")
        self._run("update", "--error-on=any")

    def download(self, *packages: str) -> list[Path]:
        """Fetch packages, signatures and hashes checked; their `.deb` files.

        Raises EngineError when the mirror lacks one or does not answer.
        """
        debs = self._folder / "debs"
        debs.mkdir(exist_ok=True)
        before = set(debs.iterdir())
        self._run("download", *packages, cwd=debs)
        return sorted(set(debs.iterdir()) - before)

    def _run(self, *arguments: str, cwd: Path | None = None) -> None:
        argv = ["apt-get", "--quiet", f"--config-file={self._folder / 'apt.conf'}", *arguments]
        run_or_explain(argv, f"apt could not fetch from Debian {self._suite}", cwd=cwd)


def unpack(debs: Sequence[Path], root: Path) -> None:
    """Unpack packages into a folder; no script of theirs runs."""
    root.mkdir(exist_ok=True)
    for deb in debs:
        run_or_explain(["dpkg-deb", "--extract", str(deb), str(root)], f"{deb.name} is broken")


def run_or_explain(
    argv: Sequence[str], failure: str, *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> None:
    """Run a program; raises EngineError with `failure` and the end of what it said."""
    done = subprocess.run(
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-5:])
        raise EngineError(
            f"{failure}:\n{said}",
            hint="Check the disk, the network and `apt-get update`, or use an engine of your own: "
            "start Docker with buildx, or set DOCKER_HOST.",
        )
