# SPDX-License-Identifier: MIT
"""The only module that speaks to package indexes.

Pages are kept for a day, then asked for again with what they were served with (ETag, date);
while the network is down an older one serves, and a note says how old it is. Metadata is kept
for ever, under the hash of the file it comes from.
"""

from __future__ import annotations

import ast
import configparser
import errno
import hashlib
import importlib.util
import io
import json
import os
import shutil
import tarfile
import time
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from packaging.utils import NormalizedName
from packaging.version import Version

from muslwheels import metadata, page
from muslwheels.config import Config
from muslwheels.decide import best_sdist
from muslwheels.errors import (
    ConfigError,
    IntegrityError,
    MuslWheelsError,
    NetworkError,
    ReleaseError,
    WheelhouseError,
)
from muslwheels.release import File, Metadata, Project
from muslwheels.settings import Settings
from muslwheels.storage import digest, digest_of, replacing
from muslwheels.web import Answer, Web, without_credentials
from muslwheels.wheel import is_pure

FRESH = 24 * 3600.0  # seconds a page is taken as it is
FORMAT = 1  # of stored pages; others are fetched anew
THREADS = 6  # each has a TLS handshake to pay; more are slower for some tens of pages
TAIL = 64 * 1024  # bytes from the end of a wheel that nearly always hold its METADATA

HTML = frozenset({"text/html", "application/vnd.pypi.simple.v1+html"})
JSON = frozenset({"application/json", "application/vnd.pypi.simple.v1+json"})
ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.5, text/html;q=0.1"
)

Entry = dict[str, Any]  # a stored page
Result = TypeVar("Result")


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
        return (self._given or default_index()).rstrip("/") + "/"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the answers given so far."""
        notes = []
        if self._oldest_stale:
            notes.append(
                "The index cannot be reached: "
                f"using pages up to {duration(self._oldest_stale)} old."
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

    def prefetch(self, names: Collection[NormalizedName]) -> None:
        """Fetch several pages at once; what goes wrong shows when a page is asked for."""
        for name in names:
            entry = None if name in self._projects else self._read(name)
            if entry is not None and self._is_fresh(entry):
                self._projects[name] = project_of(name, entry)
        at_once(self.project, ((name,) for name in names if name not in self._projects))

    def prefetch_metadata(self, releases: Iterable[tuple[NormalizedName, Version]]) -> None:
        """The same for metadata."""
        missing = [release for release in releases if release not in self._metadata]
        for name, version in missing:
            for file in sources(self.project(name).releases[version])[:1]:
                if (found := self._stored(file)) is not None and found.known:
                    self._metadata[name, version] = found
        at_once(self.metadata, (one for one in missing if one not in self._metadata))

    def known_names(self) -> tuple[str, ...]:
        """Names of projects that were found so far, in this run or an earlier one."""
        return tuple(sorted(path.stem for path in self._pages.glob("*.json")))

    # Files

    def download(self, file: File, folder: Path) -> Path:
        """Fetch a file whole and checked into a folder; one already there is only checked.

        Raises NetworkError, IntegrityError if its hash is not the index's, WheelhouseError if it
        cannot be stored. Nothing half-written is ever seen under its name.
        """
        target = folder / file.filename
        try:
            if file.sha256 and target.is_file() and digest(target) == file.sha256:
                return target
            with replacing(target) as incoming:
                self._web.download(self._address(file.url), file.filename, incoming)
                check_hash(file.filename, file.sha256, digest_of(incoming))
                os.fsync(incoming.fileno())  # a page lost to a power cut is fetched anew, not this
        except OSError as error:
            raise storage_error(file.filename, folder, error) from error
        return target

    def _address(self, url: str) -> str:
        """A file's address, with the index's own credentials if it is on the same host."""
        login, _, host = urlsplit(self.url).netloc.rpartition("@")
        parts = urlsplit(url)
        if not login or parts.netloc != host:
            return url
        return urlunsplit(parts._replace(netloc=f"{login}@{host}"))

    # Pages

    def _load(self, name: NormalizedName) -> Project:
        entry = self._read(name)
        if entry is not None and self._is_fresh(entry):
            return project_of(name, entry)
        try:
            entry = self._fetch(name, entry)
        except NetworkError:
            if entry is None:
                raise
            self._oldest_stale = max(self._oldest_stale, self._now() - float(entry["fetched"]))
        return project_of(name, entry)

    def _read(self, name: NormalizedName) -> Entry | None:
        """A stored page; None if there is none, or one that cannot be used."""
        try:
            entry = json.loads((self._pages / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None
        return entry if isinstance(entry, dict) and entry.get("format") == FORMAT else None

    def _is_fresh(self, entry: Entry) -> bool:
        return 0 <= self._now() - float(entry["fetched"]) < FRESH

    def _fetch(self, name: NormalizedName, old: Entry | None) -> Entry:
        """Ask the index for a page, or whether the stored one still holds."""
        headers = {"Accept": ACCEPT, **({} if old is None else conditions(old))}
        answer = self._web.get(
            f"{self.url}{name}/",
            f"the page of {name}",
            headers=headers,
            expected=frozenset({200, 304, 404}),
        )
        if answer.status == HTTPStatus.NOT_FOUND:
            raise ReleaseError(
                f"There is no module named {name} on {without_credentials(self.url)}.",
                hint="Check its spelling.",
            )
        if answer.status == HTTPStatus.NOT_MODIFIED and old is not None:
            entry = {**old, "fetched": self._now()}
        else:
            entry = {
                "format": FORMAT,
                "fetched": self._now(),
                "etag": answer.headers.get("ETag"),
                "modified": answer.headers.get("Last-Modified"),
                "releases": page.group(name, rows(answer)),
            }
        self._store(self._pages / f"{name}.json", entry)
        return entry

    def _store(self, path: Path, content: Mapping[str, object]) -> None:
        """Write to the cache; a cache that cannot be written costs time only."""
        try:
            with replacing(path) as file:
                file.write(json.dumps(content, separators=(",", ":")).encode())
        except OSError as error:
            self._unsaved = f"{path.parent}: {error.strerror}"

    # Metadata

    def _find_metadata(self, name: NormalizedName, version: Version) -> Metadata:
        """Ask the sources of a release in turn until one knows its dependencies."""
        for file in sources(self.project(name).releases[version]):
            found = self._stored(file)
            if found is None and (found := self._extract(file)) is not None and file.sha256:
                self._store(self._metadata_path(file), metadata.to_json(found))
            if found is not None and found.known:
                return found
        return metadata.UNKNOWN

    def _metadata_path(self, file: File) -> Path:
        return self._folder / "metadata" / f"{file.sha256}.json"

    def _stored(self, file: File) -> Metadata | None:
        try:
            return metadata.of(**json.loads(self._metadata_path(file).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def _extract(self, file: File) -> Metadata | None:
        """Metadata of a file, fetching as little of it as the server allows."""
        if file.metadata_sha256 is not None:
            return self._served(file)
        if not file.is_wheel:
            return self._from_archive(file, metadata.from_sdist)
        text = self._from_tail(file)
        if text is not None:
            return metadata.from_wheel(text)
        return self._from_archive(file, metadata_in)

    def _served(self, file: File) -> Metadata | None:
        """PEP 658; None where the index does not keep its promise."""
        answer = self._web.get(
            self._address(f"{file.url}.metadata"),
            f"the metadata of {file.filename}",
            expected=frozenset({200, 404}),
        )
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        actual = hashlib.sha256(answer.body).hexdigest()
        check_hash(f"{file.filename}.metadata", file.metadata_sha256 or "", actual)
        return metadata.from_wheel(answer.body.decode(errors="replace"))

    def _from_archive(self, file: File, read: Callable[[Path], Metadata]) -> Metadata:
        """Metadata of a whole file, which is kept: it is likely to be wanted next."""
        path = self.download(file, self._folder / "files")
        try:
            return read(path)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, KeyError) as error:
            raise IntegrityError(f"{file.filename} is not a sound archive: {error}.") from error

    def _from_tail(self, file: File) -> str | None:
        """METADATA of a wheel from its last bytes; None where the server sends no ranges."""
        url, what = self._address(file.url), f"the metadata of {file.filename}"

        def fetch(span: str) -> Answer | None:
            return self._web.probe(url, what, {"Range": f"bytes={span}"})

        tail = fetch(f"-{TAIL}")
        if tail is None:
            return None
        try:
            with zipfile.ZipFile(io.BufferedReader(_Remote(tail, fetch), TAIL)) as archive:
                return metadata_text(archive)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError):
            return None  # a server with odd ranges: the whole file, checked, will tell


class _Remote(io.RawIOBase):
    """A file on a server, read in ranges; its end is here already."""

    def __init__(self, tail: Answer, fetch: Callable[[str], Answer | None]) -> None:
        self._size = int(tail.headers.get("Content-Range", "").rpartition("/")[2])
        self._tail = tail.body
        self._fetch = fetch
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        start, end = self._position, min(self._size, self._position + len(buffer))
        data = self._between(start, end) if start < end else b""
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _between(self, start: int, end: int) -> bytes:
        before = self._size - len(self._tail)
        if start >= before:
            return self._tail[start - before : end - before]
        answer = self._fetch(f"{start}-{min(end, before) - 1}")
        if answer is None:
            raise OSError("the server stopped sending ranges")
        return answer.body


def project_of(name: NormalizedName, entry: Entry) -> Project:
    """A project from its stored page."""
    return Project(name=name, releases=page.Releases(entry["releases"]))


def rows(answer: Answer) -> Iterator[page.Row]:
    """The files of a page by what the server says it is. Raises NetworkError if it is none."""
    if answer.media_type in JSON:
        try:
            return page.from_json(json.loads(answer.body), answer.url)
        except ValueError as error:
            raise NetworkError(f"{answer.url} is broken JSON: {error}.") from error
    if answer.media_type in HTML:
        return page.from_html(answer.body.decode(errors="replace"), answer.url)
    raise NetworkError(
        f"{answer.url} is {answer.media_type or 'of no known type'}, not an index page.",
        hint="Is this the address of an index (PEP 503), with /simple/ at its end?",
    )


def conditions(entry: Entry) -> dict[str, str]:
    """Headers that ask for a page only if it changed."""
    known = {"If-None-Match": entry.get("etag"), "If-Modified-Since": entry.get("modified")}
    return {name: str(value) for name, value in known.items() if value}


def sources(files: Iterable[File]) -> tuple[File, ...]:
    """Files of a release to ask for its metadata, the cheapest and surest first."""
    files = tuple(files)
    served = [file for file in files if file.metadata_sha256 is not None]
    wheels = sorted((file for file in files if file.is_wheel), key=preference)
    sdist = best_sdist(files)
    chosen = (*sorted(served, key=preference)[:1], *wheels[:1], *([sdist] if sdist else ()))
    return tuple(dict.fromkeys(chosen))


def preference(file: File) -> tuple[bool, bool, bool, str]:
    """Wheels before sdists, and those first that are ours, or small."""
    name = file.filename
    return not file.is_wheel, not is_pure(name), "musllinux" not in name, name


def metadata_text(archive: zipfile.ZipFile) -> str:
    """METADATA of a wheel. Raises KeyError if there is none."""
    for name in archive.namelist():
        if name.count("/") == 1 and name.endswith(".dist-info/METADATA"):
            return archive.read(name).decode(errors="replace")
    raise KeyError("no .dist-info/METADATA")


def metadata_in(path: Path) -> Metadata:
    """Metadata of a wheel at hand."""
    with zipfile.ZipFile(path) as archive:
        return metadata.from_wheel(metadata_text(archive))


def caught(ask: Callable[[], Result]) -> Result | MuslWheelsError:
    """An answer, or the error in its place: asked twice, an index is silent in the same way."""
    try:
        return ask()
    except MuslWheelsError as error:
        return error


def returned(answer: Result | MuslWheelsError) -> Result:
    """The opposite of `caught`."""
    if isinstance(answer, MuslWheelsError):
        raise answer
    return answer


def at_once(ask: Callable[..., object], questions: Iterable[tuple[object, ...]]) -> None:
    """Ask several questions in threads; errors are kept where the answers are."""
    waiting = list(questions)
    if not waiting:
        return
    with ThreadPoolExecutor(min(THREADS, len(waiting)), thread_name_prefix="index") as pool:
        for future in [pool.submit(caught, partial(ask, *question)) for question in waiting]:
            future.result()


def check_hash(filename: str, expected: str, actual: str) -> None:
    """Raise IntegrityError unless the hash is the one the index gives, if it gives one."""
    if expected and actual != expected:
        raise IntegrityError(
            f"{filename} is not what the index promises: sha256 {actual}, expected {expected}.",
            hint="It was not kept. A proxy or mirror may have changed it; try again, "
            "or use another index (PYPI_INDEX).",
        )


def storage_error(filename: str, folder: Path, error: OSError) -> WheelhouseError:
    """A file that could not be written."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return WheelhouseError(
        f"{filename} cannot be stored in {folder}: {(error.strerror or str(error)).lower()}.",
        hint="Free some space and run the same command again."
        if full
        else "Check the folder's owner and permissions.",
    )


def proxies(config: Config) -> dict[str, str]:
    """Proxies that modules.toml names; without any, the environment's are used."""
    named = {
        "http": config.mirrors.http_proxy,
        "https": config.mirrors.https_proxy,
        "no_proxy": config.mirrors.no_proxy,
    }
    return {scheme: address for scheme, address in named.items() if address}


def default_index() -> str:
    """The index of everybody who names none, as pypi-simple has it.

    Read, not imported: its HTML parsers take up to a second, and this is all we want of it.
    """
    spec = importlib.util.find_spec("pypi_simple")
    source = Path(spec.origin).read_text() if spec and spec.origin else ""
    for node in ast.parse(source).body:
        match node:
            case ast.AnnAssign(
                target=ast.Name("PYPI_SIMPLE_ENDPOINT"), value=ast.Constant(str(url))
            ):
                return url
            case ast.Assign(
                targets=[ast.Name("PYPI_SIMPLE_ENDPOINT")], value=ast.Constant(str(url))
            ):
                return url
    raise ConfigError(
        "No package index is named.", hint="Name one with PYPI_INDEX, or in modules.toml."
    )


def pip_index(environ: Mapping[str, str]) -> str | None:
    """`index-url` of pip's configuration files, in pip's order of precedence; None if unset."""
    home = Path(environ.get("HOME", "~")).expanduser()
    user = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [
        *(
            Path(one) / "pip/pip.conf"
            for one in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")
        ),
        Path("/etc/pip.conf"),
        home / ".pip/pip.conf",
        user / "pip/pip.conf",
        *([Path(environ["PIP_CONFIG_FILE"])] if environ.get("PIP_CONFIG_FILE") else ()),
    ]
    parser = configparser.RawConfigParser()
    try:
        parser.read(files)
    except configparser.Error as error:
        raise ConfigError(f"pip's configuration cannot be read: {error}.") from error
    return parser.get("global", "index-url", fallback=None)


def duration(seconds: float) -> str:
    """A length of time for people."""
    hours = seconds / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"  # noqa: PLR2004
