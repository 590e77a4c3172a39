# SPDX-License-Identifier: MIT
"""Brings engine, base images and bake definitions together: what a run builds with.

Nothing here starts before it is needed: a run whose wheels are all at hand needs no engine.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock

from muslwheels import bake, bases, engine, images
from muslwheels.architecture import Architecture
from muslwheels.bake import Definition
from muslwheels.bases import Base, Memory
from muslwheels.config import BaseMode, Config
from muslwheels.errors import BaseImageError, BuildError
from muslwheels.places import Places
from muslwheels.plan import Delivery, Step
from muslwheels.settings import Settings
from muslwheels.target import PythonVersion
from muslwheels.wheelhouse import storage_error

if TYPE_CHECKING:
    from muslwheels.buildx import Buildx
    from muslwheels.report import Reporter

CA_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")
SYSTEM_CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem")
NO_PYTHON = "available-pythons:"  # printed by the stage that looks for a Python's source


class EngineWorkshop:
    """Builds on the engine that the user has, or on the private one."""

    def __init__(
        self, config: Config, settings: Settings, places: Places, index_url: str, reporter: Reporter
    ) -> None:
        self._config = config
        self._index_url = index_url
        self._settings = settings
        self._project = places.project
        self._build = places.build
        self._reporter = reporter
        self._bases: dict[PythonVersion, Base] = {}
        self.may_start = True  # the engine; a plan only looks whether one runs

    @cached_property
    def engine(self) -> engine.Engine:
        """The engine, started if it has to be; raises EngineError."""
        return engine.ensure(self._project, builder=self._builder, report=self._reporter.say)

    @property
    def _builder(self) -> str | None:
        """The buildx builder asked for: by the command line, else by modules.toml."""
        here = Architecture.parse(platform.machine())
        return self._settings.builder or self._config.builders.get(here)

    @cached_property
    def buildx(self) -> Buildx:
        """The engine's client."""
        from muslwheels.buildx import Buildx  # slow to import

        return Buildx(self.engine)

    def base(self, python: PythonVersion) -> Base:
        """The base image of a Python; decided once a run, and said."""
        if python not in self._bases:
            mode = self._settings.base or self._config.base.mode
            base = bases.decide(
                python, self._config, mode, memory=self._memory, probe=self._answers
            )
            self._reporter.say(f"Base image of {base}")
            self._bases[python] = base
        return self._bases[python]

    @cached_property
    def _memory(self) -> Memory:
        return Memory(self._build / "cache" / "registry.json", time.time)

    def _can_ask(self, what: str) -> bool:
        """Whether there is an engine to ask; one that does not run is not started for a plan."""
        if self.may_start or engine.find(self._project, builder=self._builder):
            return True
        self._reporter.say(
            f"No engine runs, so {what} was not asked; a build may differ from this."
        )
        return False

    def _answers(self, image: str) -> bool | None:
        """Whether the registry has an image; None where there is no engine to ask with."""
        if not self._can_ask(f"the registry for {image}"):
            return None
        self._reporter.say(f"Asking the registry for {image} …")
        return self.buildx.image_platforms(image, timeout=bases.PROBE_SECONDS) is not None

    @cached_property
    def site(self) -> bake.Site:
        """What every definition of this run shares."""
        return bake.Site(
            project=self._project,
            build_arch=Architecture.parse(self.engine.architecture),
            debian=self._debian(),
            network_host=self.engine.network_host,
            secrets={
                **secrets(self._config.mirrors.ca_bundle, os.environ),
                **pip_secret(self._index_url, self._build / "secrets"),
            },
            args=addresses(self._config, self._index_url),
            jobs=os.cpu_count() or 1,
        )

    def _debian(self) -> str:
        """Named context of a Debian root: the registry's image, or one from the host's mirror."""
        image = bases.DEBIAN_IMAGE
        mode = self._settings.base or self._config.base.mode
        known = self._memory.recall(image)
        if known is None:
            known = mode is not BaseMode.SOURCE and bool(self._answers(image))
            self._memory.keep(image, answered=known)
        if known:
            return f"docker-image://{image}"
        return str(engine.debian_rootfs(self._project, self._reporter.say))

    def prepare(self, python: PythonVersion, arch: Architecture, *, building: bool) -> None:
        """Make the base image of a cell, and what builds need, before any of its wheels."""
        base = self.base(python)
        name = f"base-py{python}-{arch}"
        stage = bake.sysroot_name(python, arch) if building else bake.base_name(python, arch)
        definition = bake.base_definition(self.site, base, arch)
        if stage not in definition["target"]:
            return  # the registry has the whole of it
        # What was made before is in the engine's cache; if it is not any more, a cell makes it.
        ready = self._build / "bases" / f"{name}-{stage}.ready"
        state = self._state(definition)
        if read_json(ready) == state:
            return
        self._reporter.started(name)
        try:
            self._run(definition, stage, name, self._build / "bases")
        except BuildError as error:
            self._reporter.ended(name, good=False, text=error.headline)
            raise explain(error, python) from None
        self._reporter.ended(name, good=True, text="ready")
        ready.write_text(json.dumps(state))

    def _state(self, definition: Definition) -> str:
        """Digest of a definition and of all Dockerfiles and programs that it may use."""
        made = hashlib.sha256(json.dumps(definition, sort_keys=True).encode())
        for path in sorted((self._project / bake.DOCKERFILES).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                made.update(str(path).encode() + path.read_bytes())
        return made.hexdigest()

    def bake(self, recipe: bake.Recipe, on_stage: Callable[[str], None]) -> None:
        """See cell.Workshop."""
        cell = recipe.step.cell
        self._run(
            bake.cell_definition(self.site, self.base(cell.python), recipe),
            bake.CELL,
            cell.identifier,
            recipe.work,
            on_stage,
        )

    def _run(
        self,
        definition: Definition,
        target: str,
        name: str,
        folder: Path,
        on_stage: Callable[[str], None] | None = None,
    ) -> None:
        self.buildx.bake(
            definition,
            target,
            file=folder / f"{name}.bake.json",
            log=self._build / "logs" / f"{name}.log",
            on_stage=on_stage or (lambda stage: self._reporter.stage(name, stage)),
            cache=not self._settings.no_cache,
        )

    def mod_depends(self, step: Step) -> tuple[str, ...]:
        """Targets that a module's script wants built first; its output is kept by its content."""
        cell = step.cell
        script = self._project / "scripts" / f"{cell.name}.sh"
        text = script.read_bytes()
        if b"mod_depends" not in text:
            return ()
        key = hashlib.sha256(text + cell.identifier.encode()).hexdigest()
        answer = self._build / "cache" / "depends" / key
        if not answer.exists():
            if not self._can_ask(f"mod_depends of {script.name}"):
                return ()
            self._ask_script(step, answer)
        return tuple(answer.read_text().split())

    def _ask_script(self, step: Step, answer: Path) -> None:
        """Run mod_depends where all of a script runs: inside an image, not on the host."""
        name = f"depends-{step.cell.identifier}"
        work = self._build / "cells" / name
        definition = bake.depends_definition(self.site, self.base(step.cell.python), step, work)
        self._run(definition, bake.DEPENDS, name, work)
        answer.parent.mkdir(parents=True, exist_ok=True)
        (work / "out" / "depends").replace(answer)
        shutil.rmtree(work)

    def deliver(self, delivery: Delivery, wheels: Mapping[Architecture, tuple[Path, ...]]) -> str:
        """Put wheels into one multi-platform image in the engine; returns its reference.

        An image that holds exactly these wheels already is left as it is.
        """
        reference = images.reference(delivery, self._config)
        stamp = self._build / "images" / f"{images.file_name(reference)}.json"
        stamp.parent.mkdir(parents=True, exist_ok=True)
        content = images.content(wheels)
        with FileLock(stamp.with_suffix(".lock")):  # another run may be at the same image
            if not (read_json(stamp) == content and self._has(reference)):
                self._assemble(reference, delivery, wheels)
                stamp.write_text(json.dumps(content, indent=2))
        return reference

    def _has(self, reference: str) -> bool:
        """Whether the engine holds an image; one that is not running is not started to ask."""
        running = engine.find(self._project, builder=self._builder)
        if running is None:
            return True
        known = engine.has_image(running, reference)
        return self.buildx.has_image(reference) if known is None else known

    def _assemble(
        self, reference: str, delivery: Delivery, wheels: Mapping[Architecture, tuple[Path, ...]]
    ) -> None:
        name = images.file_name(reference)
        work = self._build / "images" / name
        shutil.rmtree(work, ignore_errors=True)
        try:
            for arch, paths in wheels.items():
                images.lay_out(work / images.folder_of(arch), paths)
        except OSError as error:
            raise storage_error(work, error) from error
        definition = images.definition(self._project, reference, delivery, work)
        self._reporter.started(reference)
        try:
            self._run(definition, images.TARGET, name, work)
        except BuildError as error:
            self._reporter.ended(reference, good=False, text=error.headline)
            raise
        self._reporter.ended(reference, good=True, text="in the engine")
        shutil.rmtree(work)

    def cancel(self) -> None:
        """See cell.Workshop."""
        if "buildx" in self.__dict__:
            self.buildx.cancel()


def secrets(configured: str | None, environ: Mapping[str, str]) -> dict[str, Path]:
    """Files that reach a build as secrets only, by id: the CA bundle, netrc, pip's configuration.

    The CA bundle is the configured one, else the one the host's tools were told to use, else the
    system's.
    """
    named = [configured, *(environ.get(name) for name in CA_BUNDLES), *SYSTEM_CA_BUNDLES]
    home = Path(environ.get("HOME", "/nonexistent"))
    candidates = {
        "ca": [Path(name) for name in named if name],
        "netrc": [Path(environ["NETRC"])] if environ.get("NETRC") else [home / ".netrc"],
    }
    found = {
        key: next((path for path in paths if path.is_file()), None)
        for key, paths in candidates.items()
    }
    return {key: path.resolve() for key, path in found.items() if path}


def addresses(config: Config, index_url: str) -> dict[str, str]:
    """Build arguments that name upstream servers and proxies; none holds a password.

    BuildKit knows the proxy arguments by itself and keeps them out of cache keys.
    """
    mirrors = config.mirrors
    named = {
        "DEBIAN_MIRROR": mirrors.debian,
        "ALPINE_MIRROR": mirrors.alpine,
        "CRATES_INDEX": mirrors.crates,
        "HTTP_PROXY": mirrors.http_proxy,
        "HTTPS_PROXY": mirrors.https_proxy,
        "NO_PROXY": mirrors.no_proxy,
        "PIP_INDEX_URL": None if urlsplit(index_url).username else index_url,
    }
    return {key: value for key, value in named.items() if value}


def pip_secret(index_url: str, folder: Path) -> dict[str, Path]:
    """An index address with a password in it as a pip.conf that reaches builds as a secret."""
    if not urlsplit(index_url).username:
        return {}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "pip.conf"
    path.touch(mode=0o600)
    path.write_text(f"[global]\nindex-url = {index_url}\n")
    return {"pip_conf": path}


def explain(error: BuildError, python: PythonVersion) -> BuildError | BaseImageError:
    """A failed base build in terms of what its user asked for."""
    lines = getattr(error, "lines", ())
    for line in lines:
        if line.startswith(NO_PYTHON):
            known = ", ".join(line.removeprefix(NO_PYTHON).split())
            return BaseImageError(
                f"There is no base image for Python {python}: the registry does not answer for it, "
                "and the Debian mirror has no source of it.",
                hint=f"The mirror has {known}: add one of them to the target, such as -py3.13.",
            )
    return BaseImageError(
        f"The base image of Python {python} cannot be built: {error.message}", hint=error.hint
    )


def read_json(path: Path) -> object:
    """A small JSON file; None where there is none, or not a whole one."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
