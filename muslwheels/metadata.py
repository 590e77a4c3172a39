# SPDX-License-Identifier: MIT
"""Core metadata as far as it decides dependencies: from METADATA, or from an sdist unbuilt.

Sources: the core metadata specification (PEP 566, 643), PEP 621, and for old sdists the
`requires.txt` that setuptools has always put into their egg-info. Nothing is ever executed.
"""

from __future__ import annotations

import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from muslwheels.page import specifier
from muslwheels.release import Metadata

DYNAMIC_SINCE = Version("2.2")  # PEP 643: from here on PKG-INFO says what it leaves open
UNKNOWN = Metadata(known=False)
SECTION = re.compile(r"\[(?P<extra>[^:\]]*)(?::(?P<marker>.*))?\]")


def of(
    *,
    requires_dist: Iterable[str],
    requires_python: str | None,
    provides_extra: Iterable[str] = (),
    known: bool = True,
) -> Metadata:
    """Metadata from its fields; a requirement nobody can read makes it not wholly known."""
    requirements: list[Requirement] = []
    for text in requires_dist:
        try:
            requirements.append(Requirement(text))
        except InvalidRequirement:
            known = False
    return Metadata(
        requires_dist=tuple(requirements),
        requires_python=specifier(requires_python),
        provides_extra=frozenset(provides_extra),
        known=known,
    )


def to_json(metadata: Metadata) -> dict[str, object]:
    """Fields for storage; `of` reads them back."""
    return {
        "requires_dist": [str(one) for one in metadata.requires_dist],
        "requires_python": None
        if metadata.requires_python is None
        else str(metadata.requires_python),
        "provides_extra": sorted(metadata.provides_extra),
        "known": metadata.known,
    }


def from_wheel(text: str) -> Metadata:
    """A wheel's METADATA, which is always complete."""
    headers = HeaderParser().parsestr(text)
    return of(
        requires_dist=headers.get_all("Requires-Dist", []),
        requires_python=headers.get("Requires-Python"),
        provides_extra=headers.get_all("Provides-Extra", []),
    )


def from_sdist(path: Path) -> Metadata:
    """What an sdist states without being built; UNKNOWN if it leaves the dependencies open.

    Raises OSError, tarfile.TarError, zipfile.BadZipFile or EOFError for an unreadable archive.
    """
    texts = dict(read(path))
    found = (
        from_pkg_info(texts.get("PKG-INFO", "")),
        from_pyproject(texts.get("pyproject.toml", "")),
        from_egg_info(texts),
    )
    return next((one for one in found if one is not None), UNKNOWN)


def read(path: Path) -> Iterator[tuple[str, str]]:
    """The files of an sdist that may state metadata, by their path in the project."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if inside := telling(name):
                    yield inside, archive.read(name).decode(errors="replace")
        return
    with tarfile.open(path) as tar:
        for member in tar:
            if (inside := telling(member.name)) and (file := tar.extractfile(member)):
                yield inside, file.read().decode(errors="replace")


def telling(name: str) -> str:
    """Path below the archive's one folder, if it is a file we read; else empty."""
    parts = PurePosixPath(name).parts[1:]
    inside = "/".join(parts)
    if inside in {"PKG-INFO", "pyproject.toml"}:
        return inside
    egg_info = len(parts) in {2, 3} and parts[-2].endswith(".egg-info")
    return f"{parts[-1]}@egg-info" if egg_info and parts[-1] in {"requires.txt", "PKG-INFO"} else ""


def from_pkg_info(text: str) -> Metadata | None:
    """PKG-INFO, where PEP 643 vouches for its dependencies."""
    headers = HeaderParser().parsestr(text)
    try:
        if Version(headers.get("Metadata-Version", "0")) < DYNAMIC_SINCE:
            return None
    except InvalidVersion:
        return None
    dynamic = {field.lower() for field in headers.get_all("Dynamic", [])}
    return None if "requires-dist" in dynamic else from_wheel(text)


def from_pyproject(text: str) -> Metadata | None:
    """`[project]` in pyproject.toml, where PEP 621 makes its dependencies static."""
    try:
        project = tomllib.loads(text).get("project")
    except tomllib.TOMLDecodeError:
        return None
    if not isinstance(project, Mapping):
        return None
    if {"dependencies", "optional-dependencies"} & set(project.get("dynamic", ())):
        return None
    extras = project.get("optional-dependencies", {})
    return of(
        requires_dist=[
            *project.get("dependencies", ()),
            *(with_extra(one, extra) for extra, some in extras.items() for one in some),
        ],
        requires_python=project.get("requires-python"),
        provides_extra=extras,
    )


def from_egg_info(texts: Mapping[str, str]) -> Metadata | None:
    """`requires.txt`; a setuptools sdist without one has no dependencies."""
    if "PKG-INFO@egg-info" not in texts:
        return None
    requires: list[str] = []
    extras: set[str] = set()
    extra, marker = "", ""
    for line in map(str.strip, texts.get("requires.txt@egg-info", "").splitlines()):
        if section := SECTION.fullmatch(line):
            extra, marker = section["extra"], section["marker"] or ""
            extras |= {extra} - {""}
        elif line:
            conditioned = f"{line} ; {marker}" if marker else line
            requires.append(with_extra(conditioned, extra) if extra else conditioned)
    headers = HeaderParser().parsestr(texts["PKG-INFO@egg-info"])
    return of(
        requires_dist=requires,
        requires_python=headers.get("Requires-Python"),
        provides_extra=extras,
    )


def with_extra(requirement: str, extra: str) -> str:
    """A requirement that only holds when an extra is asked for."""
    text, _, marker = requirement.partition(";")
    condition = f"extra == '{extra}'"
    return f"{text} ; ({marker.strip()}) and {condition}" if marker else f"{text} ; {condition}"
