# SPDX-License-Identifier: MIT
"""What is to be done for some targets, as data: `planner` decides it, `build` carries it out."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from packaging.utils import NormalizedName
from packaging.version import Version

from muslwheels.architecture import Architecture
from muslwheels.config import Module
from muslwheels.release import File
from muslwheels.target import Flavour, PythonVersion, Ssl

EVERYTHING = ":all:"  # pip's own word in --no-binary


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One wheel for one Python on one architecture: the unit that is planned, built and tested."""

    name: NormalizedName
    version: Version
    python: PythonVersion
    arch: Architecture
    flavour: Flavour = Flavour.SHARED
    ssl: Ssl | None = None  # None where neither it nor anything it needs links an SSL library

    @property
    def identifier(self) -> str:
        """Unique within a plan and fit for a file name: `cryptography46.0.3-py3.14-amd64`."""
        ssl = "-libressl" if self.ssl is Ssl.LIBRESSL else ""
        flavour = "+no-shared" if self.flavour is Flavour.NO_SHARED else ""
        return f"{self.name}{ssl}{self.version}-py{self.python}-{self.arch}{flavour}"

    def __str__(self) -> str:
        return self.identifier


class Action(Enum):
    """How a cell comes by its wheel."""

    REUSE = "reuse"  # the wheel is at hand, or an earlier step of the plan makes it
    TAKE = "take"  # the index has a fitting wheel
    BUILD = "build"  # from the sdist
    FAIL = "fail"  # known beforehand to be impossible here


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One cell and what is done for it.

    Everything in `requires`, `build_requires` and `source` stands in an earlier level.
    """

    cell: Cell
    action: Action
    file: File | None = None  # TAKE: the wheel; BUILD: the sdist; REUSE of a step: that step's file
    wheel: str | None = None  # REUSE, TAKE: the wheel's file name, where known beforehand
    source: Cell | None = None  # REUSE: the cell of this plan whose wheel serves here, too
    requires: tuple[Cell, ...] = ()  # direct run-time dependencies
    build_requires: tuple[Cell, ...] = ()  # wheels the module's script wants built first
    module: Module
    reason: str  # why this action; for FAIL what is the matter
    hint: str = ""  # FAIL: what the user can do
    wanted: bool = False  # asked for by name, not only as a dependency
    script: bool = False  # scripts/<module>.sh takes part in the build


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """Something asked for that the configuration or the module itself rules out; no failure."""

    what: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """Something asked for that has no cell: no release or no dependencies fit. A failure."""

    what: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One image: a module for one Python, with everything it needs, for each architecture."""

    name: NormalizedName
    version: Version
    python: PythonVersion
    ssl: Ssl | None  # None where nothing in it links an SSL library
    flavour: Flavour
    cells: Mapping[Architecture, tuple[Cell, ...]]  # the module's own cell first


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Steps by level (those of one level are independent), and what is not going to happen."""

    levels: tuple[tuple[Step, ...], ...] = ()
    skipped: tuple[Skipped, ...] = ()
    failed: tuple[Failed, ...] = ()
    notes: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, dependencies first."""
        return tuple(step for level in self.levels for step in level)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanOptions:
    """What a run decides beside targets and configuration."""

    available: frozenset[Architecture]  # architectures that can be built and tested here
    base_has: frozenset[Ssl] = frozenset({Ssl.OPENSSL})  # SSL libraries of the base image
    flavours: tuple[Flavour, ...] = (Flavour.SHARED,)
    no_binary: Container[str] = frozenset()  # names, or EVERYTHING: build in spite of a wheel
    no_build: bool = False  # only wheels at hand or on the index
    cells: frozenset[tuple[PythonVersion, Architecture]] | None = None  # None: no restriction
    scripts: frozenset[NormalizedName] = frozenset()  # modules with a scripts/<module>.sh
    # What the scripts' mod_depends printed: targets to build first.
    extra_depends: Mapping[NormalizedName, tuple[str, ...]] = field(default_factory=dict)


class AtHand(Protocol):
    """The wheels in `wheels/`."""

    def fitting(self, cell: Cell, *, built_only: bool) -> str | None:
        """File name of a wheel of the cell's version, SSL variant and fitting tags, if any.

        `built_only` leaves out wheels that were taken from the index.
        """
        ...
