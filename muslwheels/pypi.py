# SPDX-License-Identifier: MIT
"""The only module that speaks to package indexes.

Pages are kept for a day, then asked for again with what they were served with (ETag, date);
while the network is down an older one serves, and a note says how old it is. Metadata is kept
for ever, under the hash of the file it comes from.
"""

from __future__ import annotations

import configparser
import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from muslwheels import metadata, page
from muslwheels.config import Config
from muslwheels.errors import (
    IntegrityError,
    MuslWheelsError,
    NetworkError,
    ReleaseError,
    WheelhouseError,
)
from muslwheels.release import File, Metadata, Project
from muslwheels.settings import Settings
from muslwheels.web import Answer, Web, without_credentials

FRESH = 24 * 3600.0  # seconds a page is taken as it is
ABSENT_FRESH = 600.0  # seconds we take it that a project does not exist
THREADS = 12
TAIL = 64 * 1024  # bytes from the end of a wheel that nearly always hold its METADATA

HTML = frozenset({"text/html", "application/vnd.pypi.simple.v1+html"})
JSON = frozenset({"application/json", "application/vnd.pypi.simple.v1+json"})
ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.5, text/html;q=0.1"
)


class PyPI:
    """One package index (PEP 503, PEP 691) with a cache in a folder.

    `url` None is pip's own default. Implements `release.Index`.
    """

    def __init__(
        self,
        url: str | None,
        folder: Path,
        web: Web,
        *,
        clean: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._given = url
        self._web = web
        self._now = now
        self._folder = folder
        key = hashlib.sha256(url.encode()).hexdigest()[:12] if url else "default"
        self._pages = folder / "pages" / key
        if clean:
            shutil.rmtree(folder / "pages", ignore_errors=True)
        self._projects: dict[NormalizedName, Project | MuslWheelsError] = {}
        self._metadata: dict[tuple[NormalizedName, Version], Metadata | MuslWheelsError] = {}
        self._oldest_stale = 0.0  # age in seconds
        self._unsaved = ""

    @classmethod
    def from_settings(
        cls, config: Config, settings: Settings, folder: Path, say: Callable[[str], None]
    ) -> PyPI:
        """The index that options, modules.toml or pip's own configuration name."""
        url = settings.index or config.mirrors.pypi or pip_index(os.environ)
        web = Web(say, ca_bundle=config.mirrors.ca_bundle, proxies=proxies(config))
        return cls(url, folder, web, clean=settings.clean_cache)

    @cached_property
    def url(self) -> str:
        """Address of the index with a slash at its end; it may hold credentials."""
        if self._given is None:
            from pypi_simple import PYPI_SIMPLE_ENDPOINT  # slow to import

            return PYPI_SIMPLE_ENDPOINT
        return self._given.rstrip("/") + "/"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the answers given so far."""
        notes = []
        if self._oldest_stale:
            notes.append(
                f"The index cannot be reached: using pages up to {duration(self._oldest_stale)} old."
            )
        if self._unsaved:
            notes.append(f"Pages of the index could not be cached: {self._unsaved}.")
        return tuple(notes)

    # release.Index

    def exists(self, name: NormalizedName) -> bool:
        """Whether the index has the project. Raises NetworkError."""
        try:
            self.project(name)
        except ReleaseError:
            return False
        return True

    def project(self, name: NormalizedName) -> Project:
        """All releases of a project. Raises ReleaseError if there is none, NetworkError."""
        if name not in self._projects:
            self._projects[name] = caught(lambda: self._load(name))
        return returned(self._projects[name])

    def metadata(self, name: NormalizedName, version: Version) -> Metadata:
        """What a release states about its dependencies. Raises NetworkError, IntegrityError."""
        key = (name, version)
        if key not in self._metadata:
            self._metadata[key] = caught(lambda: self._find_metadata(name, version))
        return returned(self._metadata[key])

    def prefetch(self, names: Iterable[NormalizedName]) -> None:
        """Fetch several pages at once; what goes wrong shows when a page is asked for."""
        missing = [name for name in names if name not in self._projects]
        stored = {name: self._read(name) for name in missing}
        for name, entry in stored.items():
            if entry is not None and self._is_fresh(entry):
                self._projects[name] = caught(lambda name=name, entry=entry: project(name, entry))
        at_once(self.project, ((name,) for name in missing if name not in self._projects))

    def prefetch_metadata(self, releases: Iterable[tuple[NormalizedName, Version]]) -> None:
        """The same for metadata."""
        missing = [release for release in releases if release not in self._metadata]
        for name, version in missing:
            files = self._best_sources(name, version)
            if files and (found := self._stored(files[0])) is not None and found.known:
                self._metadata[name, version] = found
        at_once(self.metadata, (one for one in missing if one not in self._metadata))

    def known_names(self) -> tuple[str, ...]:
        """Names of projects that were found so far, in this run or an earlier one."""
        return tuple(sorted(path.stem for path in self._pages.glob("*.json")))

    # Files

    def download(self, file: File, folder: Path) -> Path:
        """Fetch a file whole and checked into a folder; one already there is only checked.

        Raises NetworkError, IntegrityError if its hash is not the index's, WheelhouseError if it
        cannot be stored. Nothing half-written is left under its name.
        """
        target = folder / file.filename
        if file.sha256 and is_intact(target, file.sha256):
            return target
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".incoming-") as incoming:
                self._web.download(self._address(file), file.filename, incoming)  # type: ignore[arg-type]
                incoming.flush()
                check_hash(file, incoming)
                os.fsync(incoming.fileno())
                place(Path(incoming.name), target)
        except OSError as error:
            raise storage_error(file.filename, folder, error) from error
        return target
