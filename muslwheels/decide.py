# SPDX-License-Identifier: MIT
"""How each cell of a plan comes by its wheel, and in which order.

At hand before the index's wheel before a build from the sdist; and a wheel that serves several
cells is made for the first of them only. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from muslwheels.config import BuildMode, Config, Module
from muslwheels.errors import MuslWheelsError
from muslwheels.plan import EVERYTHING, Action, AtHand, Cell, PlanOptions, Step
from muslwheels.release import File, Index
from muslwheels.target import Flavour, Ssl
from muslwheels.wheel import best, is_pure, platforms_of, serves_every_python

SDIST_FORMATS = (".tar.gz", ".zip")  # PEP 527 allows these two; the first is the rule since PEP 625


class Decider:
    """Turns cells into steps, dependencies first.

    `needs` are the direct dependencies of each cell; `extra` enters the cells that a module's
    script wants built first there, and returns them.
    """

    def __init__(
        self,
        *,
        config: Config,
        options: PlanOptions,
        index: Index,
        at_hand: AtHand,
        needs: Mapping[Cell, tuple[Cell, ...]],
        extra: Callable[[Cell], tuple[Cell, ...]],
    ) -> None:
        self.steps: dict[Cell, Step] = {}
        self.notes: dict[str, None] = {}
        self._config = config
        self._options = options
        self._index = index
        self._at_hand = at_hand
        self._needs = needs
        self._extra = extra
        self._path: dict[Cell, None] = {}  # from where we started to the cell being decided
        self._sources: dict[tuple[object, ...], Step] = {}  # first step whose wheel serves others

    def decide(self, cells: Iterable[Cell]) -> None:
        """Decide cells and all they need, those whose wheels can serve others first."""
        for cell in sorted(cells, key=self._order):
            self._decide(cell)

    def _order(self, cell: Cell) -> tuple[object, ...]:
        """What can be built here, then old Pythons (abi3 serves later ones), then the default SSL.

        Every cell comes before those its wheel may serve, whatever needs what.
        """
        return (
            cell.arch not in self._options.available,
            self._config.architectures.index(cell.arch),
            cell.python,
            self._options.flavours.index(cell.flavour),
            cell.ssl is not None,
            cell.ssl is not self._config.ssl_default,
            cell.name,
            cell.version,
        )

    def _decide(self, cell: Cell) -> bool:
        """Whether the cell has its step now; False if we came here from the cell itself."""
        if cell in self.steps:
            return True
        if cell in self._path:
            self.notes[f"{cell.name} needs itself by way of other modules: built without."] = None
            return False
        self._path[cell] = None
        requires = tuple(need for need in self._needs[cell] if self._decide(need))
        step = self._with_needs(replace(self._choose(cell), requires=requires))
        if step.action is Action.BUILD:
            step = self._with_extra(step)
        self.steps[cell] = step
        self._offer(step)
        del self._path[cell]
        return True

    def _choose(self, cell: Cell) -> Step:
        module = self._config.module(cell.name, cell.python, cell.arch)
        step = self._reuse(cell, module) or self._take(cell, module) or self._build(cell, module)
        if step.action is Action.FAIL or cell.arch in self._options.available:
            return step
        return replace(
            step,
            action=Action.FAIL,
            reason=f"Wheels for {cell.arch} cannot be tested here yet "
            f"(otherwise: {step.action.value}, {step.reason}).",
            hint=f"Give one of {', '.join(sorted(map(str, self._options.available)))}.",
        )

    def _step(self, cell: Cell, module: Module, action: Action, reason: str) -> Step:
        script = cell.name in self._options.scripts
        return Step(cell=cell, module=module, action=action, reason=reason, script=script)

    # Reuse.

    def _reuse(self, cell: Cell, module: Module) -> Step | None:
        wheel = self._at_hand.fitting(cell, built_only=self._from_source(cell, module))
        if wheel is None:
            return None
        return replace(self._step(cell, module, Action.REUSE, "at hand"), wheel=wheel)

    def _from_source(self, cell: Cell, module: Module) -> bool:
        return module.no_binary or self._asked_for_source(cell)

    def _asked_for_source(self, cell: Cell) -> bool:
        chosen = self._options.no_binary
        return EVERYTHING in chosen or cell.name in chosen

    def _served(self, step: Step) -> Step:
        """The step, or a reuse of an earlier one's wheel."""
        source = self._sources.get(reach(step, self._files(step.cell)))
        if source is None:
            return step
        return replace(
            step,
            action=Action.REUSE,
            source=source.cell,
            reason=f"the wheel of {source.cell} serves here, too",
        )

    def _offer(self, step: Step) -> None:
        if step.action in {Action.TAKE, Action.BUILD}:
            self._sources.setdefault(reach(step, self._files(step.cell)), step)

    # Take.

    def _take(self, cell: Cell, module: Module) -> Step | None:
        if self._from_source(cell, module):
            return None
        wheels = {file.filename: file for file in self._files(cell) if file.is_wheel}
        names = filter(is_pure, wheels) if refusal(cell, module) else wheels
        name = best(names, cell.python, cell.arch, cell.flavour)
        if name is None:
            return None
        step = self._step(cell, module, Action.TAKE, "the index has a fitting wheel")
        return self._served(replace(step, file=wheels[name], wheel=name))

    # Build.

    def _build(self, cell: Cell, module: Module) -> Step:
        files = self._files(cell)
        sdist = best_sdist(files)
        why = self._why_not_taken(cell, module)
        if refused := self._not_built(module, files, sdist, why):
            reason, hint = refused
            return replace(self._step(cell, module, Action.FAIL, reason), hint=hint)
        step = self._served(replace(self._step(cell, module, Action.BUILD, why), file=sdist))
        return step if step.action is Action.REUSE else self._with_ssl(step)

    def _not_built(
        self, module: Module, files: Iterable[File], sdist: File | None, why: str
    ) -> tuple[str, str] | None:
        """Why a cell cannot be built here, and what to do; None when it can."""
        if sdist is None:
            kinds = ", ".join(platforms_of(file.filename for file in files))
            return f"There is no sdist to build from: {why}.", f"The index has wheels for {kinds}."
        if module.mode is BuildMode.EMULATED:
            return (
                "modules.toml wants it built under emulation, which is not available yet.",
                "Take `mode` out of its table to cross-compile it.",
            )
        if self._options.no_build:
            return f"It would have to be built: {why}.", "Leave out --no-build."
        return None

    def _why_not_taken(self, cell: Cell, module: Module) -> str:
        if module.no_binary:
            return "modules.toml wants it built from source"
        if self._asked_for_source(cell):
            return "built from source as asked (--no-binary)"
        return refusal(cell, module) or "no wheel on the index fits"

    def _with_ssl(self, step: Step) -> Step:
        """Fail a build that needs an SSL library which the base image lacks."""
        ssl = step.cell.ssl
        if not step.module.ssl or ssl is None or ssl in self._options.base_has:
            return step
        return replace(
            step,
            action=Action.FAIL,
            reason=f"The base image has no {SSL_NAMES[ssl]}.",
            hint="Alpine has it: build where a registry answers for the base image.",
        )

    # What it needs.

    def _with_needs(self, step: Step) -> Step:
        """Fail a step that needs a failing one: without that its wheel cannot be tested."""
        if step.action is Action.FAIL or (step.action is Action.REUSE and step.source is None):
            return step
        needs = (self.steps[cell] for cell in (*step.requires, *step.build_requires))
        broken = next((need for need in needs if need.action is Action.FAIL), None)
        if broken is None:
            return step
        reason = f"It needs {broken.cell}, which cannot be had: {broken.reason}"
        return replace(step, action=Action.FAIL, reason=reason, hint=broken.hint)

    def _with_extra(self, step: Step) -> Step:
        """Add what the module's script wants built first."""
        try:
            extra = self._extra(step.cell)
        except MuslWheelsError as error:
            reason = f"scripts/{step.cell.name}.sh wants more built first: {error.message}"
            return replace(step, action=Action.FAIL, reason=reason, hint=error.hint)
        decided = tuple(cell for cell in extra if self._decide(cell))
        return self._with_needs(replace(step, build_requires=decided))

    def _files(self, cell: Cell) -> tuple[File, ...]:
        files = self._index.project(cell.name).releases[cell.version]
        return tuple(file for file in files if file.yanked is None) or files


SSL_NAMES = {Ssl.OPENSSL: "OpenSSL", Ssl.LIBRESSL: "LibreSSL"}


def refusal(cell: Cell, module: Module) -> str:
    """Why the index's wheels with machine code are not what is asked for; empty if they are."""
    if cell.flavour is Flavour.NO_SHARED:
        return "the index's wheels carry the libraries that no-shared leaves outside"
    if module.ssl and cell.ssl is Ssl.LIBRESSL:
        return "the index's wheels carry OpenSSL"
    return ""


def best_sdist(files: Iterable[File]) -> File | None:
    """The sdist to build from, in the format of today's standard where there are several."""
    sdists = [file for file in files if not file.is_wheel]
    return next(
        (file for ending in SDIST_FORMATS for file in sdists if file.filename.endswith(ending)),
        sdists[0] if sdists else None,
    )


def reach(step: Step, files: Iterable[File]) -> tuple[object, ...]:
    """What a step's wheel has in common with those of all cells that it serves.

    A wheel taken is known by name. What a build yields is inferred: the module's `abi3`
    setting, or tags that all its wheels on the index have in common.
    """
    cell, module = step.cell, step.module
    if step.wheel is not None:
        return (step.wheel, is_pure(step.wheel) or cell.flavour)
    variant = (cell.arch, cell.flavour, cell.ssl if module.ssl else None)
    release = (cell.name, cell.version)
    wheels = [file.filename for file in files if file.is_wheel]
    if wheels and all(map(is_pure, wheels)):
        return release
    if (wheels and all(map(serves_every_python, wheels))) or (
        module.abi3 is not None and cell.python >= module.abi3
    ):
        return (*release, *variant)
    return (*release, *variant, cell.python)


def levels(steps: Iterable[Step]) -> tuple[tuple[Step, ...], ...]:
    """Steps by the longest chain of steps before them; within a level in the order given."""
    level: dict[Cell, int] = {}
    found: list[list[Step]] = []
    for step in steps:
        before = (*step.requires, *step.build_requires, *([step.source] if step.source else ()))
        level[step.cell] = max((level[cell] + 1 for cell in before), default=0)
        if level[step.cell] == len(found):
            found.append([])
        found[level[step.cell]].append(step)
    return tuple(map(tuple, found))


def closure(cell: Cell, needs: Mapping[Cell, tuple[Cell, ...]]) -> Iterator[Cell]:
    """A cell and everything it needs, the cell itself first, each once."""
    seen = {cell: None}
    queue = [cell]
    for one in queue:
        yield one
        fresh = [need for need in needs[one] if need not in seen]
        seen.update(dict.fromkeys(fresh))
        queue.extend(fresh)
