# SPDX-License-Identifier: MIT
"""The edge to the machine's container engine: finds the user's, else runs a private one.

The order is DESIGN.md's (section 3). Docker itself is driven by muslwheels/buildx.py.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from muslwheels.engine import client, rootfs, user
from muslwheels.engine.apt import host_mirror, is_debian_like
from muslwheels.engine.client import Engine, Kind
from muslwheels.engine.private import PrivateEngine
from muslwheels.errors import EngineError

__all__ = [
    "Engine",
    "Kind",
    "Status",
    "debian_rootfs",
    "ensure",
    "find",
    "has_image",
    "logs",
    "remove",
    "status",
    "stop",
]

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """Which engine builds use, and how it is."""

    engine: Engine | None
    address: str
    versions: Mapping[str, str] = field(default_factory=dict)
    uptime: float | None = None  # seconds; None: not ours to know
    disk: int | None = None  # bytes below .engine/

    def __str__(self) -> str:
        kind = self.engine.kind.value if self.engine else Kind.PRIVATE.value
        rows = {
            "engine": f"{kind}, {'running' if self.engine else 'not running'}",
            "address": self.address,
            "platforms": ", ".join(self.engine.platforms) if self.engine else "",
            "versions": ", ".join(f"{part} {text}" for part, text in self.versions.items()),
            "uptime": "" if self.uptime is None else _duration(self.uptime),
            "disk": "" if self.disk is None else f"{self.disk / 1e9:.1f} GB",
        }
        return "\n".join(f"{name:10} {text}" for name, text in rows.items() if text)


def ensure(
    project: Path,
    *,
    builder: str | None,
    report: Report,
    environ: Mapping[str, str] = os.environ,
) -> Engine:
    """The engine to build with: the user's if it answers, else the private one, started if need be.

    Raises EngineError naming the remedies when neither can be had.
    """
    private = PrivateEngine(project=project.resolve())
    wish = _wish(private, builder, environ)
    engine = None if wish else private.find(environ)
    if engine is not None:
        return engine
    try:
        return user.find(environ, builder)
    except EngineError as error:
        reason = f"{wish}: {error.message}" if wish else error.message
    if builder or environ.get("BUILDX_BUILDER"):
        raise EngineError(
            f"The builder asked for cannot be used. {reason}",
            hint="`docker buildx ls` lists those there are; without --builder and BUILDX_BUILDER "
            "another engine is looked for.",
        )
    _require_debian_root(reason)
    report(f"Engine: none of yours can be used ({reason.rstrip('.')}), so a private one is")
    return private.ensure(report)


def find(
    project: Path, *, builder: str | None = None, environ: Mapping[str, str] = os.environ
) -> Engine | None:
    """The engine that `ensure` would give, if it runs; nothing is started."""
    private = PrivateEngine(project=project.resolve())
    engine = None if _wish(private, builder, environ) else private.find(environ)
    if engine is not None:
        return engine
    try:
        return user.find(environ, builder)
    except EngineError:
        return private.find(environ)


def _wish(private: PrivateEngine, builder: str | None, environ: Mapping[str, str]) -> str:
    """The user's wish for an engine of theirs; our own address in DOCKER_HOST is none."""
    wish = user.wish(environ, builder)
    return "" if wish == f"DOCKER_HOST={private.address}" else wish


def _require_debian_root(reason: str) -> None:
    """Raise EngineError unless a private engine can be run here."""
    if is_debian_like() and os.geteuid() == 0 and host_mirror() is not None:
        return
    raise EngineError(
        f"No container engine can be used. {reason}",
        hint="Either install and start Docker with buildx (or point DOCKER_HOST, DOCKER_CONTEXT "
        "or --builder at one), or run this as root on Debian, where a private engine is set up.",
    )


def has_image(running: Engine, reference: str) -> bool | None:
    """Whether an engine's store holds an image; None when its API is not on a unix socket.

    Quicker than the client, which takes most of a second to load.
    """
    scheme, _, path = running.environment.get("DOCKER_HOST", "").partition("://")
    if scheme != "unix":
        return None
    return client.get(Path(path), f"/images/{quote(reference, safe=':/')}/json") is not None


def stop(project: Path, *, report: Report) -> None:
    """Stop the private engine; the user's is never touched."""
    ran = PrivateEngine(project=project.resolve()).stop(report)
    report("Engine: stopped" if ran else "Engine: no private one is running")


def remove(project: Path, *, report: Report) -> None:
    """Stop the private engine and delete it with its images and caches."""
    PrivateEngine(project=project.resolve()).remove(report)
    report("Engine: removed")


def status(project: Path) -> Status:
    """Which engine builds would use, and how it is; starts none."""
    private = PrivateEngine(project=project.resolve())
    engine = find(project)
    disk = _disk_used(private.folder)
    if engine is not None and engine.kind is Kind.USER:
        return Status(engine=engine, address=user.wish(os.environ, None) or "default", disk=disk)
    return Status(
        engine=engine,
        address=private.address,
        versions=client.versions(private.socket) if engine else {},
        uptime=time.time() - private.socket.stat().st_ctime if engine else None,
        disk=disk,
    )


def _disk_used(folder: Path) -> int | None:
    if not folder.exists():
        return None
    done = subprocess.run(
        ["du", "--summarize", "--block-size=1", "--one-file-system", folder],
        capture_output=True,
        text=True,
        check=False,  # files come and go while it counts
    )
    return int(done.stdout.split()[0]) if done.stdout else None


def _duration(seconds: float) -> str:
    minutes, hours = int(seconds // 60 % 60), int(seconds // 3600)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {int(seconds % 60)} s"


def logs(project: Path, *, lines: int, follow: bool) -> None:
    """Show the end of the private engine's log; with `follow`, what is added until Ctrl-C, too.

    Raises EngineError when there is none.
    """
    log = PrivateEngine(project=project.resolve()).log
    if not log.exists():
        raise EngineError(
            "The private engine has not run yet: there is no log.",
            hint="`invoke engine.status` shows which engine builds use.",
        )
    more = ["--follow=name", "--retry"] if follow else []
    with contextlib.suppress(KeyboardInterrupt):
        subprocess.run(["tail", f"--lines={lines}", *more, log], check=False)


def debian_rootfs(project: Path, report: Report) -> Path:
    """A folder to build from: a Dockerfile and `rootfs.tar`, a minimal root of Debian stable.

    Its apt sources point at this machine's mirror. Made once, under a lock, whole or not at all.
    Raises EngineError when this machine cannot make one.
    """
    return rootfs.make(PrivateEngine(project=project.resolve()), report)
