# SPDX-License-Identifier: MIT
"""Makes a root of Debian stable from the host's mirror, for builds without a registry.

mmdebstrap makes it, unpacked and not installed; the result depends on the mirror's packages alone,
so that equal roots are equal for BuildKit's cache too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from muslwheels.engine import packages
from muslwheels.engine.apt import (
    STABLE,
    UNSTABLE,
    Apt,
    apt_configuration,
    is_debian_like,
    run_or_explain,
    unpack,
)
from muslwheels.engine.private import PrivateEngine
from muslwheels.engine.sources import ARCHIVE_KEYRING, Mirror
from muslwheels.errors import EngineError

OLD_STABLE = "bookworm"  # has Pythons that newer suites have dropped
DATE = "1754697600"  # 2025-08-09, Debian 13's release: newer files carry it instead of their own
DOCKERFILE = "# Made by musl-wheels.\nFROM scratch\nADD rootfs.tar /\n"
APT_OPTIONS = (
    'Acquire::Languages "none"',
    'Acquire::Retries "3"',
    'APT::Install-Recommends "false"',
)
HOST_OPTIONS = ("Acquire::Check-Date", "Acquire::Check-Valid-Until")  # a mirror may be a snapshot
DPKG_OPTIONS = (
    "force-unsafe-io",  # a layer is thrown away when its build fails: nothing to sync
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/man/*",
)
# Its own sources, and nothing of the host it was made on. $1 is the root.
CUSTOMIZE = (
    'rm -f "$1/etc/apt/sources.list" "$1"/etc/apt/sources.list.d/*'
    ' "$1/etc/resolv.conf" "$1/etc/hostname" "$1"/var/cache/debconf/*-old'
    ' && cp "$SOURCES" "$1/etc/apt/sources.list.d/debian.sources"'
)


def sources(mirror: Mirror) -> str:
    """Apt sources inside the root: programs from stable alone, sources from wherever they are."""
    return "\n".join(
        (
            mirror.deb822("deb", STABLE, signed_by=ARCHIVE_KEYRING),
            mirror.deb822("deb-src", STABLE, OLD_STABLE, UNSTABLE, signed_by=ARCHIVE_KEYRING),
        )
    )


def make(engine: PrivateEngine, report: Callable[[str], None]) -> Path:
    """The folder with the root as a build context, made unless it is there; whole or not at all.

    Raises EngineError when this machine cannot make one.
    """
    context = engine.folder / "debian" / STABLE
    if context.exists():
        return context
    if not is_debian_like() or os.geteuid() != 0:
        raise EngineError(
            "A Debian root for the toolchain can only be made on Debian, by root.",
            hint="Let the engine reach its registry: `docker pull debian` must work.",
        )
    with engine.lock(report):
        if not context.exists():
            report(f"Making a Debian {STABLE} root from this machine's mirror")
            _make(context, engine.folder)
    return context


def _make(context: Path, folder: Path) -> None:
    mirror = packages.required_mirror()
    context.parent.mkdir(exist_ok=True)
    with packages.scratch_folder(folder) as scratch:
        new = scratch / "context"
        new.mkdir()
        unpack(Apt(scratch / "apt", mirror, STABLE).download("mmdebstrap"), scratch / "tool")
        (scratch / "inside.sources").write_text(sources(mirror), encoding="utf-8")
        (scratch / "outside.sources").write_text(mirror.deb822("deb", STABLE), encoding="utf-8")
        tool, tar = scratch / "tool/usr/bin/mmdebstrap", new / "rootfs.tar"
        run_or_explain(
            [str(tool), *options(mirror), STABLE, str(tar), str(scratch / "outside.sources")],
            f"A Debian {STABLE} root could not be made",
            env=environment(scratch),
        )
        (new / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        new.rename(context)


def options(mirror: Mirror) -> list[str]:
    """Mmdebstrap's options."""
    return [
        "--quiet",
        "--mode=root",
        "--variant=minbase",
        "--format=tar",
        *([] if mirror.uri.startswith("http:") else ["--include=ca-certificates"]),
        *(f"--aptopt={option}" for option in (*APT_OPTIONS, *apt_configuration(*HOST_OPTIONS))),
        *(f"--dpkgopt={option}" for option in DPKG_OPTIONS),
        f"--customize-hook={CUSTOMIZE}",
    ]


def environment(scratch: Path) -> dict[str, str]:
    """Mmdebstrap's environment: ours, its own helper programs and a fixed date."""
    path = os.environ.get("PATH", os.defpath)
    return {
        **os.environ,
        "PATH": f"{scratch / 'tool/usr/bin'}{os.pathsep}{path}",
        "SOURCES": str(scratch / "inside.sources"),
        "SOURCE_DATE_EPOCH": DATE,
        "TMPDIR": str(scratch),
    }
