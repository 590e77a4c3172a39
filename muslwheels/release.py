# SPDX-License-Identifier: MIT
"""What a package index knows about a project, as plain data, and what we ask an index for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One file on the index (PEP 503, PEP 691): a wheel or an sdist."""

    filename: str
    url: str
    sha256: str = ""  # hexadecimal; empty where the index gives none
    requires_python: SpecifierSet | None = None
    yanked: str | None = None  # PEP 592: the reason, maybe empty; None for a file in good standing
    upload_time: str | None = None  # PEP 700, ISO 8601
    metadata_sha256: str | None = (
        None  # PEP 658, maybe empty; None: METADATA is not served by itself
    )

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel; everything else we keep is an sdist."""
        return self.filename.endswith(".whl")


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project's releases, newest version first; a release may have no file we can use."""

    name: NormalizedName
    releases: Mapping[Version, tuple[File, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """The part of a release's core metadata that decides its dependencies.

    `known` is False where neither a wheel nor the sdist states them without being built.
    """

    requires_dist: tuple[Requirement, ...] = ()
    requires_python: SpecifierSet | None = None
    provides_extra: frozenset[str] = frozenset()
    known: bool = True


class Index(Protocol):
    """A package index; `muslwheels.pypi.PyPI` is the real one."""

    def exists(self, name: NormalizedName) -> bool:
        """Whether the index has the project. Raises NetworkError."""
        ...

    def project(self, name: NormalizedName) -> Project:
        """All releases of a project. Raises ReleaseError if there is none of that name."""
        ...

    def metadata(self, name: NormalizedName, version: Version) -> Metadata:
        """Dependencies of a release that `project` lists. Raises NetworkError."""
        ...

    def prefetch(self, names: Collection[NormalizedName]) -> None:
        """Fetch pages that will be asked for, at the same time; failures show when asked for."""
        ...

    def prefetch_metadata(self, releases: Iterable[tuple[NormalizedName, Version]]) -> None:
        """The same for metadata."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the answers given so far."""
        ...

    def known_names(self) -> tuple[str, ...]:
        """Names of projects met so far, for suggestions in error messages."""
        ...
