# SPDX-License-Identifier: MIT
"""Makes one cell: fetch, hand to the engine, check, store. One verb a method, in that order."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from filelock import BaseFileLock, FileLock, Timeout

from muslwheels.bake import Recipe
from muslwheels.build import Outcome, Reporter, Status
from muslwheels.config import Module
from muslwheels.errors import BuildError, IntegrityError, MuslWheelsError
from muslwheels.plan import Action, Cell, Step
from muslwheels.release import File
from muslwheels.sdist import Needs, inspect
from muslwheels.storage import digest, link
from muslwheels.wheelhouse import BUILT, TAKEN, Receipt, Wheelhouse, storage_error


class Downloads(Protocol):
    """Fetches files of the index."""

    def download(self, file: File, folder: Path) -> Path:
        """The file in a folder, its hash checked. Raises NetworkError, IntegrityError."""
        ...


class Workshop(Protocol):
    """Builds and tests what a recipe says; `workshop.EngineWorkshop` is the real one."""

    def bake(self, recipe: Recipe, on_stage: Callable[[str], None]) -> None:
        """Leave a tested wheel and its result.json in `out/`; raises BuildError, EngineError."""
        ...

    def cancel(self) -> None:
        """End all builds that run."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What the test stage says of the wheel that it lets out (result.json)."""

    wheel: Path
    needed: tuple[str, ...]  # libraries outside the wheel


@dataclass(frozen=True, kw_only=True, slots=True)
class CellMaker:
    """Makes cells with an index, a workshop and a wheelhouse. Safe to use from several threads."""

    index: Downloads
    workshop: Workshop
    wheelhouse: Wheelhouse
    reporter: Reporter
    folder: Path  # build/: everything there may be deleted between runs
    clock: Callable[[], float] = time.monotonic
    cancelled: threading.Event = field(default_factory=threading.Event)

    def make(self, step: Step, dependencies: tuple[Path, ...]) -> Outcome:
        """Come by the wheel of a step; see build.Maker."""
        if found := self._at_hand(step):
            return found
        name = step.cell.identifier
        with self._alone(step.cell):
            # Another run may have made it while this one waited for the lock.
            if found := self._at_hand(step):
                self.reporter.ended(name, good=True, text="made by another run")
                return found
            self.reporter.started(name)
            try:
                outcome = self._make(step, dependencies)
            except MuslWheelsError as error:
                self.reporter.ended(name, good=False, text=error.headline)
                raise
            self.reporter.ended(name, good=True, text=outcome.status.value)
            return outcome

    def cancel(self) -> None:
        """End what is being made."""
        self.cancelled.set()
        self.workshop.cancel()

    def _at_hand(self, step: Step) -> Outcome | None:
        """The outcome of a cell whose wheel is in `wheels/` already."""
        built_only = step.action is Action.BUILD
        name = self.wheelhouse.fitting(step.cell, built_only=built_only)
        if name is None:
            return None
        path = self.wheelhouse.path(step.cell, name)
        return Outcome(
            step=step,
            status=Status.AT_HAND,
            wheel=path,
            size=path.stat().st_size,
            tested=self.wheelhouse.receipts(path.parent)[name].tested,
        )

    @contextmanager
    def _alone(self, cell: Cell) -> Iterator[None]:
        """Hold the cell's lock; says so when another run has it."""
        locks = self.folder / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        lock = FileLock(locks / f"{cell.identifier}.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            self.reporter.stage(cell.identifier, "waiting for another run that makes it")
            self._await(lock, cell)
        try:
            yield
        finally:
            lock.release()

    def _await(self, lock: BaseFileLock, cell: Cell) -> None:
        """Wait for a lock unless cancelled; Ctrl-C reaches no thread that waits for good."""
        while not self.cancelled.is_set():
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=0.5)
                return
        raise BuildError(f"{cell}: cancelled.")

    def _make(self, step: Step, dependencies: tuple[Path, ...]) -> Outcome:
        began = self.clock()
        name = step.cell.identifier
        work = self.folder / "cells" / name
        try:
            recipe = self._recipe(step, dependencies, work)
            self.workshop.bake(recipe, lambda stage: self.reporter.stage(name, stage))
            result = read_result(work / "out", step.cell)
            if recipe.taken:
                expect_same(result.wheel, work / "taken" / result.wheel.name, step.cell)
            receipt = self._receipt(step, result, self.clock() - began)
            path = self.wheelhouse.accept(step.cell, result.wheel, receipt)
            shutil.rmtree(work)
        except OSError as error:
            raise storage_error(work, error) from error
        return Outcome(
            step=step,
            status=Status.TAKEN if receipt.origin == TAKEN else Status.BUILT,
            wheel=path,
            size=path.stat().st_size,
            seconds=receipt.seconds,
            tested=receipt.tested,
        )

    def _recipe(self, step: Step, dependencies: tuple[Path, ...], work: Path) -> Recipe:
        """Lay out the folders that the engine will read."""
        shutil.rmtree(work, ignore_errors=True)
        for room in ("sdist", "taken", "dependencies", "out"):
            (work / room).mkdir(parents=True)
        origin = self._origin(step)
        taken = origin.suffix == ".whl"
        link(origin, work / ("taken" if taken else "sdist"))
        for wheel in dependencies:
            link(wheel, work / "dependencies")
        return Recipe(
            step=step,
            work=work,
            taken=taken,
            needs=Needs() if taken else needs_of(step.module, origin),
            sha256=digest(origin),
        )

    def _origin(self, step: Step) -> Path:
        """The sdist or wheel a cell starts from."""
        if step.source is not None and (name := self.wheelhouse.fitting(step.source)):
            return self.wheelhouse.path(step.source, name)
        if step.file is None:
            raise BuildError(
                f"{step.cell}: the wheel that should serve here is gone from wheels/.",
                hint="Run the same command again to make it anew.",
            )
        return self.index.download(step.file, self.folder / "cache" / "files")

    def _receipt(self, step: Step, result: Result, seconds: float) -> Receipt:
        taken = step.action is not Action.BUILD
        return Receipt(
            wheel=result.wheel.name,
            sha256=digest(result.wheel),
            origin=TAKEN if taken else BUILT,
            mode="" if taken else "cross",
            seconds=round(seconds, 1),
            tested=f"py{step.cell.python} {step.cell.arch}",
            needed=result.needed,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def needs_of(module: Module, sdist: Path) -> Needs:
    """Toolchain parts a build needs: as configured, else as the sdist shows."""
    seen = inspect(sdist)
    return Needs(
        rust=seen.rust if module.rust is None else module.rust,
        cxx=seen.cxx if module.cxx is None else module.cxx,
    )


def read_result(out: Path, cell: Cell) -> Result:
    """What the engine exported for a cell; raises IntegrityError unless it is one wheel."""
    wheels = sorted(out.glob("*.whl"))
    if len(wheels) != 1:
        names = ", ".join(wheel.name for wheel in wheels) or "none"
        raise IntegrityError(f"{cell}: one wheel expected from the engine, got {names}.")
    try:
        facts = json.loads((out / "result.json").read_text())
        needed = tuple(str(name) for name in facts["needed"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"{cell}: the engine's result.json cannot be read.") from error
    return Result(wheel=wheels[0], needed=needed)


def expect_same(wheel: Path, original: Path, cell: Cell) -> None:
    """Raise IntegrityError if a wheel that was only to be tested came back changed."""
    if not original.exists() or digest(wheel) != digest(original):
        raise IntegrityError(f"{cell}: {wheel.name} was changed while it was tested.")
