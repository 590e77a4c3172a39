# SPDX-License-Identifier: MIT
"""An index made of plain data: strict, so that what nobody prepared fails the test."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from muslwheels import metadata
from muslwheels.errors import MuslWheelsError, ReleaseError
from muslwheels.page import version_text
from muslwheels.plan import Cell
from muslwheels.release import File, Metadata, Project


def file(name: str, *, python: str = "", yanked: str | None = None) -> File:
    """A file on an index."""
    return File(
        filename=name,
        url=f"https://index.test/files/{name}",
        sha256=f"sha256-of-{name}",
        requires_python=SpecifierSet(python) if python else None,
        yanked=yanked,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """Files of one version, and what it needs."""

    files: tuple[File, ...]
    requires: tuple[str, ...] = ()
    python: str = ""
    known: bool = True


def release(
    *names: str,
    requires: Iterable[str] = (),
    python: str = "",
    yanked: str | None = None,
    known: bool = True,
) -> Release:
    """A release of files with these names."""
    files = tuple(file(name, python=python, yanked=yanked) for name in names)
    return Release(files=files, requires=tuple(requires), python=python, known=known)


def sdist(name: str, version: str) -> str:
    """File name of an sdist."""
    return f"{name.replace('-', '_')}-{version}.tar.gz"


def pure(name: str, version: str) -> str:
    """File name of a wheel without machine code."""
    return f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def native(name: str, version: str, *, tag: str = "cp314-cp314", machine: str = "x86_64") -> str:
    """File name of a musl wheel."""
    return f"{name.replace('-', '_')}-{version}-{tag}-musllinux_1_2_{machine}.whl"


@dataclass
class FakeIndex:
    """Implements `release.Index`; `broken` projects raise what stands there."""

    projects: Mapping[str, Iterable[Release]]
    broken: Mapping[str, MuslWheelsError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def _releases(self, name: NormalizedName) -> dict[Version, Release]:
        found: dict[Version, Release] = {}
        for each in self.projects[name]:
            text = version_text(name, each.files[0].filename)
            assert text is not None, f"{each.files[0].filename} is not of {name}"
            found[Version(text)] = each
        return {version: found[version] for version in sorted(found, reverse=True)}

    def exists(self, name: NormalizedName) -> bool:
        return name in self.projects

    def project(self, name: NormalizedName) -> Project:
        self.asked.append(name)
        if name in self.broken:
            raise self.broken[name]
        if name not in self.projects:
            raise ReleaseError(f"There is no module named {name}.", hint="Check its spelling.")
        releases = {version: each.files for version, each in self._releases(name).items()}
        return Project(name=name, releases=releases)

    def metadata(self, name: NormalizedName, version: Version) -> Metadata:
        found = self._releases(name)[version]
        return metadata.of(
            requires_dist=found.requires, requires_python=found.python, known=found.known
        )

    def prefetch(self, names: Collection[NormalizedName]) -> None:
        assert all(name == canonicalize_name(name) for name in names)

    def prefetch_metadata(self, releases: Iterable[tuple[NormalizedName, Version]]) -> None:
        assert all(version in self._releases(name) for name, version in releases)

    def known_names(self) -> tuple[str, ...]:
        return tuple(self.projects)


@dataclass
class FakeAtHand:
    """Wheels at hand by cell; `taken` ones came from the index."""

    wheels: Mapping[Cell, str] = field(default_factory=dict)
    taken: frozenset[Cell] = frozenset()

    def fitting(self, cell: Cell, *, built_only: bool) -> str | None:
        if built_only and cell in self.taken:
            return None
        return self.wheels.get(cell)
