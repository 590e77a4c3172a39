# SPDX-License-Identifier: MIT
"""Stand-ins for the outside worlds: strict, so that a call nobody prepared fails the test."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from muslwheels.architecture import Architecture
from muslwheels.bake import Recipe
from muslwheels.build import Outcome
from muslwheels.config import Module
from muslwheels.errors import MuslWheelsError
from muslwheels.plan import Action, Cell, Plan, Step
from muslwheels.release import File
from muslwheels.target import Flavour, PythonVersion, Ssl

PYTHON = PythonVersion(3, 14)


def cell(
    name: str,
    version: str = "1.0",
    *,
    python: PythonVersion = PYTHON,
    arch: Architecture = Architecture.AMD64,
    flavour: Flavour = Flavour.SHARED,
    ssl: Ssl | None = None,
) -> Cell:
    """A cell with the usual surroundings."""
    return Cell(
        name=canonicalize_name(name),
        version=Version(version),
        python=python,
        arch=arch,
        flavour=flavour,
        ssl=ssl,
    )


def step(
    of: Cell,
    action: Action = Action.BUILD,
    *,
    requires: tuple[Cell, ...] = (),
    file: File | None = None,
    source: Cell | None = None,
    module: Module | None = None,
) -> Step:
    """A step with the usual surroundings."""
    return Step(
        cell=of,
        action=action,
        file=file,
        source=source,
        requires=requires,
        module=module or Module(name=of.name),
        reason="a test wants it",
    )


def plan(*levels: tuple[Step, ...]) -> Plan:
    """A plan of steps."""
    return Plan(levels=levels)


def wheel(folder: Path, name: str, content: str = "") -> Path:
    """A zip file with a wheel's name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("module.py", content)
    return path


@dataclass
class FakeMaker:
    """Makes what it was told to; remembers the order and the dependencies it was given."""

    answers: Mapping[Cell, Outcome | MuslWheelsError | BaseException]
    made: list[Cell] = field(default_factory=list)
    given: dict[Cell, tuple[Path, ...]] = field(default_factory=dict)
    cancelled: bool = False

    def make(self, step: Step, dependencies: tuple[Path, ...]) -> Outcome:
        self.made.append(step.cell)
        self.given[step.cell] = dependencies
        answer = self.answers[step.cell]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class FakeDownloads:
    """An index that serves files from a folder, by name."""

    folder: Path
    asked: list[str] = field(default_factory=list)

    def download(self, file: File, _: Path) -> Path:
        self.asked.append(file.filename)
        path = self.folder / file.filename
        assert path.exists(), f"nobody prepared {file.filename}"
        return path


@dataclass
class FakeWorkshop:
    """An engine that exports what a function makes of a recipe."""

    export: Callable[[Recipe, Path], None]
    recipes: list[Recipe] = field(default_factory=list)
    cancelled: bool = False

    def bake(self, recipe: Recipe, on_stage: Callable[[str], None]) -> None:
        self.recipes.append(recipe)
        on_stage("test")
        self.export(recipe, recipe.work / "out")

    def cancel(self) -> None:
        self.cancelled = True


def export_wheel(name: str, needed: tuple[str, ...] = ()) -> Callable[[Recipe, Path], None]:
    """An export of one wheel with its result.json."""

    def export(_: Recipe, out: Path) -> None:
        wheel(out, name)
        (out / "result.json").write_text(json.dumps({"needed": list(needed)}))

    return export


@dataclass
class RecordingReporter:
    """Remembers all it is told."""

    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.lines.append(text)

    def started(self, name: str) -> None:
        self.lines.append(f"started {name}")

    def stage(self, name: str, stage: str) -> None:
        self.lines.append(f"stage {name} {stage}")

    def ended(self, name: str, *, good: bool, text: str) -> None:
        self.lines.append(f"ended {name} {good} {text}")
