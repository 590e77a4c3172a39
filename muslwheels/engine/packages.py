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

from muslwheels.engine.apt import STABLE, UNSTABLE, Apt, host_codename, host_mirror, unpack
from muslwheels.engine.sources import Mirror
from muslwheels.errors import EngineError

BUILDX = "usr/libexec/docker/cli-plugins/docker-buildx"


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageSet:
    """Packages that belong together, and how to see that they run."""

    packages: tuple[str, ...]
    programs: tuple[tuple[str, ...], ...]  # paths below the root, with arguments
    suites: tuple[str, ...]  # newest first


ENGINE = PackageSet(
    packages=("docker.io", "docker-cli", "docker-buildx", "containerd", "tini-static"),
    programs=(
        ("usr/sbin/dockerd", "--version"),
        ("usr/bin/docker", "--version"),
        ("usr/bin/containerd", "--version"),
        ("usr/bin/containerd-shim-runc-v2", "-v"),
        ("usr/bin/tini-static", "--version"),
        (BUILDX, "version"),
    ),
    suites=(UNSTABLE, STABLE),
)


def runc_from(codename: str) -> PackageSet:
    """Runc alone, since it asks more of the host's libraries; in the end the host's own runs."""
    return PackageSet(
        packages=("runc",),
        programs=(("usr/sbin/runc", "--version"),),
        suites=tuple(dict.fromkeys((UNSTABLE, STABLE, codename))),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """Fetches packages of one mirror; each suite's lists are read once."""

    folder: Path
    mirror: Mirror
    report: Callable[[str], None]
    _suites: dict[str, Apt] = field(default_factory=dict)

    def unpack_newest(self, wanted: PackageSet) -> Path:
        """Unpack the newest of a set that can be had and runs on this host.

        Raises EngineError, with what each suite lacks, if there is none.
        """
        reasons = []
        for suite in wanted.suites:
            root = self.folder / f"{wanted.packages[0]}-{suite}"
            self.report(f"Engine: fetching {', '.join(wanted.packages)} from Debian {suite}")
            try:
                unpack(self._suite(suite).download(*wanted.packages), root)
            except EngineError as error:  # a mirror without this suite, or one out of step
                reasons.append(error.message)
                continue
            if all(runs(root, program) for program in wanted.programs):
                return root
            reasons.append(f"{wanted.packages[0]} of Debian {suite} does not run on this machine")
        raise EngineError(
            "No engine can be put together from Debian packages:\n" + "\n".join(reasons),
            hint="Check the disk, the network and `apt-get update`. Or install Docker with buildx, "
            "or set DOCKER_HOST.",
        )

    def _suite(self, suite: str) -> Apt:
        if suite not in self._suites:
            self._suites[suite] = Apt(self.folder / suite, self.mirror, suite)
        return self._suites[suite]


def runs(root: Path, program: Sequence[str]) -> bool:
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
        new = shelf.unpack_newest(ENGINE)
        runc = shelf.unpack_newest(runc_from(host_codename()))
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
