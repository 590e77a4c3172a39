# SPDX-License-Identifier: MIT
"""Decides what is to be done for some targets.

Pure: the index and the wheels at hand are asked through Protocols; equal answers give equal plans.
Mistakes in any target are raised before anything is planned; what turns out to be impossible for
one cell becomes a failed cell, and the rest is planned all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName
from packaging.version import Version

from muslwheels.architecture import Architecture
from muslwheels.config import Config, Module
from muslwheels.decide import Decider, closure, levels
from muslwheels.errors import IntegrityError, MuslWheelsError, NetworkError, ReleaseError
from muslwheels.plan import (
    Action,
    AtHand,
    Cell,
    Delivery,
    Failed,
    Plan,
    PlanOptions,
    Skipped,
    Step,
)
from muslwheels.refusal import PythonRefused, because
from muslwheels.release import Index
from muslwheels.resolve import Environment, Resolution, Resolver
from muslwheels.target import ALL, Flavour, Target, parse_targets


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One target in one environment."""

    target: Target
    where: Environment


def requests(
    targets: Iterable[Target], config: Config, options: PlanOptions
) -> tuple[tuple[Request, ...], tuple[Skipped, ...]]:
    """What targets ask for, each once, and what the configuration excludes; asks no index."""
    wanted: dict[Request, None] = {}
    skipped: dict[Skipped, None] = {}
    for target in targets:
        for python in config.pythons_of(target):
            for arch in config.architectures_of(target):
                if options.cells is not None and (python, arch) not in options.cells:
                    continue
                where = Environment(python=python, arch=arch)
                if reason := exclusion(target.name, where, config):
                    skipped[Skipped(what=f"{target.name}-py{python}-{arch}", reason=reason)] = None
                else:
                    wanted[Request(target=target, where=where)] = None
    return tuple(wanted), tuple(skipped)


def exclusion(name: NormalizedName, where: Environment, config: Config) -> str:
    """Why the configuration keeps a module from an environment; empty if it does not."""
    if reason := config.excluded.get(where.arch):
        return reason
    return config.module(name, where.python, where.arch).excluded


def make_plan(
    targets: Sequence[Target],
    config: Config,
    options: PlanOptions,
    index: Index,
    at_hand: AtHand,
) -> Plan:
    """Plan all targets.

    Raises ReleaseError for a target whose project or version does not exist, NetworkError when
    the index cannot even be asked for the targets themselves.
    """
    wanted, skipped = requests(targets, config, options)
    if not wanted:
        return Plan(skipped=skipped)
    planner = _Planner(config, options, index, at_hand)
    planner.check([request.target for request in wanted])
    planner.prefetch(wanted)
    for request in wanted:
        planner.add(request)
    return planner.plan(skipped)


class _Planner:
    """One plan in the making."""

    def __init__(self, config: Config, options: PlanOptions, index: Index, at_hand: AtHand) -> None:
        self._config = config
        self._options = options
        self._index = index
        self._at_hand = at_hand
        self._resolver = Resolver(index, config.names)
        self._needs: dict[Cell, tuple[Cell, ...]] = {}  # cell to direct dependencies
        self._roots: dict[tuple[Target, Cell], None] = {}
        self._notes: dict[str, None] = {}
        self._skipped: dict[Skipped, None] = {}
        self._failed: dict[Failed, None] = {}

    def check(self, targets: Iterable[Target]) -> None:
        """Raise ReleaseError for targets that name what does not exist, all in one message."""
        unique = list(dict.fromkeys(targets))
        self._index.prefetch({target.name for target in unique})
        errors: list[ReleaseError] = []
        for target in unique:
            try:
                self._resolver.check(target.name, target.version)
            except ReleaseError as error:
                errors.append(error)
            else:
                self._note_yanked(target)
        if errors:
            raise errors[0] if len(errors) == 1 else ReleaseError("\n".join(map(str, errors)))

    def _note_yanked(self, target: Target) -> None:
        if target.version is None:
            return
        reason = self._resolver.yanked(target.name, target.version)
        if reason is not None:
            self._note(
                f"{target.name} {target.version} was yanked by its authors{because(reason)}. "
                "It is used because the target names this very version."
            )

    def prefetch(self, wanted: Iterable[Request]) -> None:
        """Fetch what the resolution is going to ask for, in as few rounds as its depth."""
        first: dict[NormalizedName, tuple[Version | None, Environment]] = {}
        for request in wanted:
            first.setdefault(request.target.name, (request.target.version, request.where))
        self._resolver.prefetch(first)

    def _note(self, text: str) -> None:
        self._notes[text] = None

    # From targets to cells.

    def add(self, request: Request) -> None:
        """Resolve one request into cells of every flavour; what is impossible is put on record."""
        target, where = request.target, request.where
        try:
            resolution = self._resolve(target, where)
        except PythonRefused as error:
            if target.python is ALL:
                self._skip(target, where, error.message)
            else:
                self._fail(target, where, error)
        except (ReleaseError, NetworkError, IntegrityError) as error:
            self._fail(target, where, error)
        else:
            self._add_cells(target, where, resolution)

    def _resolve(self, target: Target, where: Environment) -> Resolution:
        version = self._resolver.choose(target.name, target.version, where)
        return self._resolver.resolve(target.name, version, where)

    def _add_cells(self, target: Target, where: Environment, resolution: Resolution) -> None:
        for name in resolution.versions:
            if reason := exclusion(name, where, self._config):
                needed = "" if name == target.name else f"It needs {name}: "
                return self._skip(target, where, f"{needed}{reason}")
        for note in resolution.notes:
            self._note(note)
        for flavour in self._options.flavours:
            root = self._cells(target, where, resolution, flavour)
            self._roots[target, root] = None
        return None

    def _cells(
        self, target: Target, where: Environment, resolution: Resolution, flavour: Flavour
    ) -> Cell:
        """Enter a project and its dependencies into the graph; the project's own cell."""
        linking = self._linking(where, resolution)
        variant = target.ssl or self._config.ssl_default
        if target.ssl and target.name not in linking:
            self._note(
                f"{target}: neither {target.name} nor anything it needs links an SSL library "
                f"(ssl = true in modules.toml), so -{target.ssl} changes nothing."
            )
        cells = {
            name: Cell(
                name=name,
                version=version,
                python=where.python,
                arch=where.arch,
                flavour=flavour,
                ssl=variant if name in linking else None,
            )
            for name, version in resolution.versions.items()
        }
        for name, cell in cells.items():
            self._needs.setdefault(cell, tuple(cells[one] for one in resolution.requires[name]))
        return cells[target.name]

    def _linking(self, where: Environment, resolution: Resolution) -> set[NormalizedName]:
        """Projects that link an SSL library, or need one that does."""
        linking = {name for name in resolution.versions if self._module(name, where).ssl}
        while linking:
            more = {
                name
                for name, needs in resolution.requires.items()
                if name not in linking and not linking.isdisjoint(needs)
            }
            if not more:
                break
            linking |= more
        return linking

    def _module(self, name: NormalizedName, where: Environment) -> Module:
        return self._config.module(name, where.python, where.arch)

    def _skip(self, target: Target, where: Environment, reason: str) -> None:
        what = f"{target.name}-py{where.python}-{where.arch}"
        self._skipped[Skipped(what=what, reason=reason)] = None

    def _fail(self, target: Target, where: Environment, error: MuslWheelsError) -> None:
        what = f"{target.name}-py{where.python}-{where.arch}"
        self._failed[Failed(what=what, reason=error.message, hint=error.hint)] = None

    # From cells to steps.

    def plan(self, skipped: Iterable[Skipped]) -> Plan:
        """Decide every cell and gather what belongs together."""
        decider = Decider(
            config=self._config,
            options=self._options,
            index=self._index,
            at_hand=self._at_hand,
            needs=self._needs,
            extra=self._extra,
        )
        decider.decide(tuple(self._needs))
        wanted = {cell for _, cell in self._roots}
        steps = [
            replace(step, wanted=True) if step.cell in wanted else step
            for step in decider.steps.values()
        ]
        return Plan(
            levels=levels(steps),
            skipped=tuple(dict.fromkeys((*skipped, *self._skipped))),
            failed=tuple(self._failed),
            notes=tuple(dict.fromkeys((*self._index.notes, *self._notes, *decider.notes))),
            deliveries=tuple(self._deliveries(decider.steps)),
        )

    def _extra(self, cell: Cell) -> tuple[Cell, ...]:
        """Enter the targets that the script of a cell's module wants built first there."""
        texts = self._options.extra_depends.get(cell.name, ())
        parsed = parse_targets(texts, self._index.exists, self._config.names)
        where = Environment(python=cell.python, arch=cell.arch)
        return tuple(
            self._cells(target, where, self._resolve(target, where), cell.flavour)
            for target in parsed.targets
        )

    def _deliveries(self, steps: Mapping[Cell, Step]) -> Iterator[Delivery]:
        """One image per module, Python, flavour and variant, of architectures that may succeed."""
        contents: dict[tuple[object, ...], dict[Architecture, tuple[Cell, ...]]] = {}
        images: dict[tuple[object, ...], Cell] = {}
        image: tuple[object, ...]
        for _, root in self._roots:
            cells = tuple(closure(root, self._needs))
            if any(steps[cell].action is Action.FAIL for cell in cells):
                continue
            image = (root.name, root.version, root.python, root.ssl, root.flavour)
            images.setdefault(image, root)
            contents.setdefault(image, {})[root.arch] = cells
        for image, root in images.items():
            yield Delivery(
                name=root.name,
                version=root.version,
                python=root.python,
                ssl=root.ssl,
                flavour=root.flavour,
                cells=contents[image],
            )
