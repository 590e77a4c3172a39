# SPDX-License-Identifier: MIT
"""Decides where the Python base images come from: the registry, or our own source build.

Pure but for the probe and the memory handed in. DESIGN.md section 2: both worlds share one
Dockerfile, and which one applies is decided once a run, per Python, and said.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from muslwheels.config import BaseMode, Config
from muslwheels.errors import BaseImageError
from muslwheels.target import PythonVersion, Ssl

DEBIAN_IMAGE = "debian:trixie-slim"  # root of the toolchain, where a registry answers
PROBE_SECONDS = 8.0  # how long a registry may take to answer for a base image
MEMORY_SECONDS = 3600.0  # how long its answer holds


class World(Enum):
    """Where a base image comes from."""

    REGISTRY = "registry"
    SOURCE = "source"


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """The base image of one Python."""

    python: PythonVersion
    world: World
    image: str  # reference in the registry; what it would have been for a source build

    @property
    def ssl(self) -> frozenset[Ssl]:
        """SSL libraries that can be had on this base: Alpine has both, Debian's sources one."""
        return frozenset(Ssl) if self.world is World.REGISTRY else frozenset({Ssl.OPENSSL})

    def __str__(self) -> str:
        if self.world is World.REGISTRY:
            return f"Python {self.python}: {self.image}"
        return f"Python {self.python}: built from source with Debian's packages"


class Memory:
    """Remembers for an hour which images a registry had, in one small JSON file."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self._path = path
        self._now = now

    def recall(self, image: str) -> bool | None:
        """Whether the registry had the image; None when that is not known (any more)."""
        known = self._read().get(image)
        if known is None or self._now() - known["at"] > MEMORY_SECONDS:
            return None
        return bool(known["answered"])

    def keep(self, image: str, *, answered: bool) -> None:
        """Note what the registry said."""
        known = {**self._read(), image: {"answered": answered, "at": self._now()}}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(known))

    def _read(self) -> dict[str, dict[str, float]]:
        try:
            known = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def decide(
    python: PythonVersion,
    config: Config,
    mode: BaseMode,
    *,
    memory: Memory,
    probe: Callable[[str], bool | None],
) -> Base:
    """The base of one Python.

    `probe` asks the registry for an image when memory has no answer; None means that it could not
    ask, and is not remembered. In mode registry a missing image is a BaseImageError.
    """
    image = config.base.reference(python)
    if mode is BaseMode.SOURCE:
        return Base(python=python, world=World.SOURCE, image=image)
    answered = memory.recall(image)
    if answered is None:
        answered = probe(image)
        if answered is not None:
            memory.keep(image, answered=answered)
    if not answered and mode is BaseMode.REGISTRY:
        raise BaseImageError(
            f"The registry does not answer for {image}.",
            hint="Check the network and `docker login`, name another image in [base] of "
            "modules.toml, or build the base from source with --base source.",
        )
    return Base(python=python, world=World.REGISTRY if answered else World.SOURCE, image=image)
