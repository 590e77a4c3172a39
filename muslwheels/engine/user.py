# SPDX-License-Identifier: MIT
"""Finds the engine that the user has: whatever their `docker` and `docker buildx` reach."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from muslwheels.engine.client import Engine, Kind
from muslwheels.errors import EngineError

ANSWER_SECONDS = 10.0  # a remote engine may need some; a dead one must not hold us up
OLDEST_BUILDX = (0, 13)  # links one platform's target into another's (DESIGN.md section 3)
WISHES = ("BUILDX_BUILDER", "DOCKER_HOST", "DOCKER_CONTEXT")

Ask = Callable[[Sequence[str]], str | None]  # a command's output; None: it failed or took too long


@dataclass(frozen=True, kw_only=True, slots=True)
class Builder:
    """What `docker buildx inspect` says of a builder."""

    driver: str
    platforms: tuple[str, ...]
    error: str


def wish(environ: Mapping[str, str], builder: str | None) -> str:
    """How the user named the engine they want, such as `DOCKER_HOST=tcp://…`; empty: not at all."""
    if builder:
        return f"--builder {builder}"
    return next((f"{name}={environ[name]}" for name in WISHES if environ.get(name)), "")


def find(environ: Mapping[str, str], builder: str | None) -> Engine:
    """The user's engine; raises EngineError that says why there is none to be used."""
    docker = shutil.which("docker", path=environ.get("PATH"))
    if docker is None:
        raise EngineError("There is no `docker` client in PATH.")
    return inspect(Path(docker), builder or environ.get("BUILDX_BUILDER"), ask)


def inspect(docker: Path, builder: str | None, ask: Ask) -> Engine:
    """What a client reaches; raises EngineError that says what is missing."""
    client = str(docker)
    version = ask([client, "buildx", "version"])
    if version is None or parse_version(version) < OLDEST_BUILDX:
        oldest = ".".join(map(str, OLDEST_BUILDX))
        raise EngineError(f"`docker buildx` {oldest} or newer is missing.")
    if builder is None and not ask([client, "info", "--format", "{{.ServerVersion}}"]):
        raise EngineError("`docker info` does not answer.")
    found = parse_builder(ask([client, "buildx", "inspect", *([builder] if builder else [])]) or "")
    if found.error or not found.platforms:
        raise EngineError(f"`docker buildx inspect` says: {found.error or 'no platforms'}.")
    return Engine(
        kind=Kind.USER,
        docker=docker,
        builder=builder,
        platforms=found.platforms,
        network_host=found.driver == "docker" and _lacks_bridge(client, ask),
    )


def _lacks_bridge(client: str, ask: Ask) -> bool:
    networks = ask([client, "network", "ls", "--format", "{{.Name}}"])
    return networks is not None and "bridge" not in networks.split()


def parse_version(text: str) -> tuple[int, ...]:
    """Major and minor number in the output of `docker buildx version`; (0, 0) if there is none."""
    match = re.search(r"\bv?(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def parse_builder(text: str) -> Builder:
    """Read the output of `docker buildx inspect`; platforms that emulation gives are in it too."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip(), value.strip())  # of several nodes the first counts
    platforms = (word.strip().rstrip("*") for word in fields.get("Platforms", "").split(","))
    return Builder(
        driver=fields.get("Driver", ""),
        platforms=tuple(dict.fromkeys(filter(None, platforms))),
        error=fields.get("Error", ""),
    )


def ask(argv: Sequence[str]) -> str | None:
    """Run a command of the user's client; its output, or None if it failed or took too long."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
