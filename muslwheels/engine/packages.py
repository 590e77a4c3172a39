# SPDX-License-Identifier: MIT
"""Puts the programs of the private engine together from Debian packages, unpacked in a folder.

The newest set whose programs run on this host is taken. They are run to know: nothing else tells
whether the host's libraries are new enough for them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree, rmtree

from muslwheels.engine.apt import STABLE, TESTING, UNSTABLE, Apt, host_codename, host_mirror, unpack
from muslwheels.engine.sources import Mirror
from muslwheels.errors import EngineError

BUILDX = "usr/libexec/docker/cli-plugins/docker-buildx"


Program = tuple[str, ...]  # path below the root, and arguments with which it only says its version

ENGINE_PROGRAMS: tuple[Program, ...] = (
    ("usr/sbin/dockerd", "--version"),
    ("usr/bin/docker", "--version"),
    ("usr/bin/docker-init", "--version"),
    ("usr/bin/containerd", "--version"),
    ("usr/bin/containerd-shim-runc-v2", "-v"),
    (BUILDX, "version"),
)
RUNC_PROGRAMS: tuple[Program, ...] = (("usr/sbin/runc", "--version"),)


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageSet:
    """Packages that belong together, from one suite."""

    suite: str
    packages: tuple[str, ...]

    def __str__(self) -> str:
        return f"{', '.join(self.packages)} from Debian {self.suite}"


# Newest first. Not stable's: its buildx (0.13) drops `network` from bake files, and without a
# bridge every RUN step needs that.
ENGINE = tuple(
    PackageSet(
        suite=suite,
        packages=("docker.io", "docker-cli", "docker-buildx", "containerd", "tini-static"),
    )
    for suite in (UNSTABLE, TESTING)
)


def runc_from(*suites: str) -> tuple[PackageSet, ...]:
    """What runc alone comes from, since it asks more of the host's libraries than the rest."""
    return tuple(PackageSet(suite=suite, packages=("runc",)) for suite in dict.fromkeys(suites))


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """Fetches packages of one mirror; each suite's lists are read once."""

    folder: Path
    mirror: Mirror
    report: Callable[[str], None]
    _suites: dict[str, Apt] = field(default_factory=dict)

    def unpack_newest(self, sets: Sequence[PackageSet], programs: Sequence[Program]) -> Path:
        """Unpack the first set that can be had and whose programs run on this host.

        Raises EngineError, with what is wrong with each, if there is none.
        """
        reasons = []
        for wanted in sets:
            root = self.folder / f"{wanted.packages[0]}-{wanted.suite}"
            self.report(f"Engine: fetching {wanted}")
            try:
                unpack(self._suite(wanted.suite).download(*wanted.packages), root)
            except EngineError as error:  # a mirror without this suite, or one out of step
                reasons.append(error.message)
                continue
            if all(runs(root, program) for program in programs):
                return root
            reasons.append(f"{wanted} does not run on this machine")
        raise EngineError(
            "No engine can be put together from Debian packages:\n" + "\n".join(reasons),
            hint="Check the disk, the network and `apt-get update`. Or install Docker with buildx, "
            "or set DOCKER_HOST.",
        )

    def _suite(self, suite: str) -> Apt:
        if suite not in self._suites:
            self._suites[suite] = Apt(self.folder / suite, self.mirror, suite)
        return self._suites[suite]


def runs(root: Path, program: Program) -> bool:
    """Whether a program of an unpacked root runs on this host."""
    path, *arguments = program
    try:
        done = subprocess.run(
            [root / path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def install(root: Path, report: Callable[[str], None]) -> None:
    """Make `root` with all the engine's programs, unless it is there; whole or not at all.

    Raises EngineError when the host's mirror cannot be found or has nothing that runs here.
    """
    if root.exists():
        return
    mirror = required_mirror()
    with scratch_folder(root.parent) as scratch:
        shelf = Shelf(folder=scratch, mirror=mirror, report=report)
        new = shelf.unpack_newest(ENGINE, ENGINE_PROGRAMS)
        runc = shelf.unpack_newest(runc_from(UNSTABLE, STABLE, host_codename()), RUNC_PROGRAMS)
        copytree(runc, new, symlinks=True, dirs_exist_ok=True)
        rmtree(new / "usr/share")
        new.rename(root)


def required_mirror() -> Mirror:
    """The host's Debian mirror; raises EngineError where its apt names none."""
    mirror = host_mirror()
    if mirror is None:
        raise EngineError(
            "This machine's apt sources name no mirror of Debian's main archive.",
            hint="Use an engine of your own: start Docker with buildx, or set DOCKER_HOST.",
        )
    return mirror


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder to work in, gone afterwards; one that a killed run left behind is emptied first.

    The caller holds the lock of `parent`.
    """
    scratch = parent / "new"
    rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        rmtree(scratch, ignore_errors=True)
