# SPDX-License-Identifier: MIT
"""One command from its targets to its wheels: plan, base images, cells, images, table."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from muslwheels import report
from muslwheels.architecture import Architecture
from muslwheels.build import Outcome, carry_out
from muslwheels.cell import CellMaker
from muslwheels.config import Config
from muslwheels.errors import BuildError, TargetError
from muslwheels.places import Places
from muslwheels.plan import Action, Cell, Delivery, Plan, PlanOptions
from muslwheels.planner import make_plan
from muslwheels.pypi import PyPI
from muslwheels.settings import Settings
from muslwheels.target import PythonVersion, Ssl, Target, parse_targets
from muslwheels.wheelhouse import Wheelhouse
from muslwheels.workshop import EngineWorkshop

Matrix = frozenset[tuple[PythonVersion, Architecture]]


class Run:
    """A command line and what came of it so far; nox's sessions of one command share it."""

    def __init__(self, config: Config, settings: Settings, places: Places) -> None:
        self.config = config
        self.settings = settings
        self.places = places
        self.reporter = report.reporter()
        self.index = PyPI.from_settings(config, settings, places.build / "cache", self.reporter.say)
        self.wheelhouse = Wheelhouse(places.wheels, default_ssl=config.ssl_default)
        self.workshop = EngineWorkshop(config, settings, places, self.index.url, self.reporter)
        self.plans: list[Plan] = []
        self.outcomes: dict[Cell, Outcome] = {}

    # What is wanted

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The targets of the command line; raises TargetError when there is none."""
        if not self.settings.targets:
            raise TargetError(
                "No target is given.",
                hint="Name what to build after --, such as: nox -s build -- paramiko-amd64",
            )
        names = self.config.names
        parsed = parse_targets(
            self.settings.targets,
            lambda name: name in names or self.index.exists(name),
            known=names,
        )
        for note in (*self.settings.notes, *parsed.notes):
            self.reporter.say(note)
        return self.config.expand(parsed.targets)

    @cached_property
    def wanted(self) -> Matrix:
        """The cells of the matrix that a target wants."""
        return frozenset(
            (python, arch)
            for target in self.targets
            for python in self.config.pythons_of(target)
            for arch in self.config.architectures_of(target)
        )

    def why_not(self, python: str, arch: str) -> str:
        """Why a cell of the matrix is not built; empty where a target wants it."""
        if cell_of(python, arch) in self.wanted:
            return ""
        return f"no target wants Python {python} on {arch}"

    # Planning

    def show_plan(self) -> None:
        """Print the plan of all targets; nothing is built, and no engine is started."""
        self.workshop.may_start = False
        plan = self._plan(None)
        report.print_text(report.plan_json(plan) if self.settings.json else report.plan_text(plan))

    def _plan(self, cells: Matrix | None) -> Plan:
        """The plan of all targets, or of their part in some cells of the matrix."""
        depends: dict[NormalizedName, tuple[str, ...]] = {}
        while True:
            options = self._options(cells, depends)
            plan = make_plan(self.targets, self.config, options, self.index, self.wheelhouse)
            news = self._ask_scripts(plan, depends)
            if not any(news.values()):
                return plan
            depends.update(news)

    def _options(
        self, cells: Matrix | None, depends: Mapping[NormalizedName, tuple[str, ...]]
    ) -> PlanOptions:
        return PlanOptions(
            available=frozenset({Architecture.parse(platform.machine())}),
            base_has=self._ssl_of_bases,
            flavours=self.settings.flavours,
            no_binary=self.settings.no_binary,
            no_build=self.settings.no_build,
            cells=cells,
            scripts=self._scripts,
            extra_depends=depends,
        )

    @cached_property
    def _ssl_of_bases(self) -> frozenset[Ssl]:
        """SSL libraries of the base images; asked for only where a target wants a second one."""
        if not any(target.ssl is Ssl.LIBRESSL for target in self.targets):
            return frozenset({Ssl.OPENSSL})
        pythons = {python for python, _ in self.wanted}
        return frozenset.intersection(*(self.workshop.base(each).ssl for each in pythons))

    @cached_property
    def _scripts(self) -> frozenset[NormalizedName]:
        """Modules that have a script."""
        folder = self.places.project / "scripts"
        return frozenset(canonicalize_name(path.stem) for path in folder.glob("*.sh"))

    def _ask_scripts(
        self, plan: Plan, known: Mapping[NormalizedName, tuple[str, ...]]
    ) -> dict[NormalizedName, tuple[str, ...]]:
        """What mod_depends prints in the scripts of this plan that nobody asked yet."""
        steps = {
            step.cell.name: step
            for step in plan.steps
            if step.script and step.action is Action.BUILD and step.cell.name not in known
        }
        return {name: self.workshop.mod_depends(step) for name, step in sorted(steps.items())}

    # Building

    def build(self, python: str, arch: str) -> None:
        """Make every wheel that the targets want in one cell of the matrix.

        Raises BuildError if one of them failed; the others are kept.
        """
        if not self.plans and len(self.wanted) > 1:
            self._plan(None)  # a mistake in any target shows before anything is built
        cell = cell_of(python, arch)
        plan = self._plan(frozenset({cell}))
        if self.settings.noop:
            report.print_text(report.plan_text(plan))
            return
        self.plans.append(plan)
        with self.reporter:
            outcomes = self._carry_out(plan, cell)
        self.outcomes.update((outcome.cell, outcome) for outcome in outcomes)
        missing = sum(not outcome.status.good for outcome in outcomes) + len(plan.failed)
        if missing:
            report.print_text(report.failures(outcomes, plan.failed))
            raise BuildError(f"Python {python} on {arch}: {missing} of the wheels are missing.")

    def _carry_out(
        self, plan: Plan, cell: tuple[PythonVersion, Architecture]
    ) -> tuple[Outcome, ...]:
        self.reporter.say(report.plan_summary(plan))
        work = [step for step in plan.steps if step.action in (Action.TAKE, Action.BUILD)]
        if work:
            building = any(step.action is Action.BUILD for step in work)
            self.workshop.prepare(*cell, building=building)
        self.reporter.expect(len(work))
        maker = CellMaker(
            index=self.index,
            workshop=self.workshop,
            wheelhouse=self.wheelhouse,
            reporter=self.reporter,
            folder=self.places.build,
        )
        return carry_out(plan, maker, self.reporter, jobs=self.settings.jobs or os.cpu_count() or 1)

    # Delivering

    def deliver(self) -> None:
        """Put what is complete into images, and show what became of every cell."""
        images = [
            self.workshop.deliver(delivery, self._wheels(delivery))
            for delivery in merge(each for plan in self.plans for each in plan.deliveries)
            if self._complete(delivery)
        ]
        if self.outcomes:
            report.print_text(report.outcome_table(self.outcomes.values()))
        for image in images:
            report.print_text(f"image: {image}")

    def _complete(self, delivery: Delivery) -> bool:
        """Whether every wheel of an image is there."""
        cells = (cell for cells in delivery.cells.values() for cell in cells)
        outcomes = (self.outcomes.get(cell) for cell in cells)
        return all(outcome is not None and outcome.status.good for outcome in outcomes)

    def _wheels(self, delivery: Delivery) -> dict[Architecture, tuple[Path, ...]]:
        """The wheels of an image, by architecture, each once."""
        return {
            arch: tuple(sorted({wheel for cell in cells if (wheel := self.outcomes[cell].wheel)}))
            for arch, cells in delivery.cells.items()
        }


def cell_of(python: str, arch: str) -> tuple[PythonVersion, Architecture]:
    """A cell of the matrix from nox's parameters."""
    return PythonVersion.parse(python), Architecture.parse(arch)


def merge(deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    """Deliveries of several cells of the matrix as one image each, over all architectures."""
    merged: dict[tuple[object, ...], Delivery] = {}
    for each in deliveries:
        key = (each.name, each.version, each.python, each.ssl, each.flavour)
        if first := merged.get(key):
            each = replace(first, cells={**first.cells, **each.cells})  # noqa: PLW2901  # one entry grows
        merged[key] = each
    return tuple(merged.values())
