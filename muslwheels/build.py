# SPDX-License-Identifier: MIT
"""Carries out a plan: cells in dependency order, several at once, one failure stopping no other.

Sees the outside world only through the Protocols below; `cell.CellMaker` is the real maker.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Protocol

from muslwheels.errors import MuslWheelsError
from muslwheels.plan import Action, Cell, Plan, Step


class Status(Enum):
    """How a cell ended."""

    AT_HAND = "local"
    TAKEN = "PyPI"
    BUILT = "built"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def good(self) -> bool:
        """Whether there is a wheel."""
        return self in (Status.AT_HAND, Status.TAKEN, Status.BUILT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a step."""

    step: Step
    status: Status
    wheel: Path | None = None
    size: int = 0  # bytes
    seconds: float = 0.0  # wall time of this run; 0 for a wheel at hand
    tested: str = ""  # where the wheel was imported, or why it was not
    error: str = ""  # FAILED, SKIPPED: what happened and what to do

    @property
    def cell(self) -> Cell:
        """The cell it is about."""
        return self.step.cell


class Maker(Protocol):
    """Makes one cell."""

    def make(self, step: Step, dependencies: tuple[Path, ...]) -> Outcome:
        """Come by the wheel of a step; raises MuslWheelsError when there is none.

        `dependencies` are the wheels of everything it needs at run time, or first.
        """
        ...

    def cancel(self) -> None:
        """End what is being made; `make` raises in its own thread."""
        ...


class Reporter(Protocol):
    """Shows a run to its user."""

    def started(self, name: str) -> None:
        """Work on something began."""
        ...

    def stage(self, name: str, stage: str) -> None:
        """It reached a stage."""
        ...

    def ended(self, name: str, *, good: bool, text: str) -> None:
        """It ended."""
        ...


def carry_out(plan: Plan, maker: Maker, reporter: Reporter, *, jobs: int) -> tuple[Outcome, ...]:
    """Make every cell of a plan, dependencies first, `jobs` at once; outcomes in plan order.

    A cell whose dependency failed is skipped with the reason. Ctrl-C ends what runs and is
    raised again.
    """
    run = _Run(plan, maker, reporter)
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="cell") as pool:
        try:
            run.loop(pool)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            maker.cancel()
            raise
    return tuple(run.outcomes[step.cell] for step in plan.steps)


class _Run:
    """The state of one `carry_out`; touched by its thread alone."""

    def __init__(self, plan: Plan, maker: Maker, reporter: Reporter) -> None:
        self._steps = {step.cell: step for step in plan.steps}
        self._maker = maker
        self._reporter = reporter
        self.outcomes: dict[Cell, Outcome] = {}

    def loop(self, pool: ThreadPoolExecutor) -> None:
        """Hand out what is ready until everything has an outcome."""
        order: TopologicalSorter[Cell] = TopologicalSorter(
            {cell: predecessors(step) for cell, step in self._steps.items()}
        )
        order.prepare()
        running: dict[Future[Outcome], Cell] = {}
        while order.is_active():
            for cell in order.get_ready():
                running[pool.submit(self._one, self._steps[cell])] = cell
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                cell = running.pop(future)
                self.outcomes[cell] = future.result()
                order.done(cell)

    def _one(self, step: Step) -> Outcome:
        if failed := [cell for cell in predecessors(step) if not self.outcomes[cell].status.good]:
            reason = f"needs {failed[0]}, which {self.outcomes[failed[0]].status.value}"
            return Outcome(step=step, status=Status.SKIPPED, error=reason)
        if step.action is Action.FAIL:
            reason = f"{step.reason}\n{step.hint}".rstrip()
            return Outcome(step=step, status=Status.FAILED, error=reason)
        try:
            return self._maker.make(step, tuple(self._wheels_below(step)))
        except MuslWheelsError as error:
            return Outcome(step=step, status=Status.FAILED, error=str(error))

    def _wheels_below(self, step: Step) -> Iterator[Path]:
        """Wheels of everything a step needs, dependencies of dependencies too, each once."""
        seen: set[Cell] = set()
        waiting = [*step.requires, *step.build_requires]
        while waiting:
            cell = waiting.pop()
            if cell in seen:
                continue
            seen.add(cell)
            waiting.extend(self._steps[cell].requires)
            if wheel := self.outcomes[cell].wheel:
                yield wheel


def predecessors(step: Step) -> tuple[Cell, ...]:
    """Cells that must be made before a step."""
    source = () if step.source is None else (step.source,)
    return (*step.requires, *step.build_requires, *source)
