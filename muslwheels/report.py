# SPDX-License-Identifier: MIT
"""Shows a run to its user, the only room that prints: live on a terminal, else plain lines."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from muslwheels.build import Outcome
from muslwheels.errors import MuslWheelsError
from muslwheels.plan import Action, Failed, Plan, Step

ACTIONS = {
    Action.REUSE: "local",
    Action.TAKE: "PyPI",
    Action.BUILD: "build",
    Action.FAIL: "fail",
}
COUNTED = {
    Action.REUSE: "at hand",
    Action.TAKE: "from PyPI",
    Action.BUILD: "to build",
    Action.FAIL: "impossible here",
}


class Reporter(AbstractContextManager["Reporter"]):
    """Plain lines: what began, each stage it reached, how it ended, and how far the run is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began: dict[str, float] = {}
        self._stages: dict[str, str] = {}
        self._shown: set[tuple[str, str]] = set()
        self._total = 0
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def expect(self, total: int) -> None:
        """How many things will start and end."""
        with self._lock:
            self._total, self._done = total, 0

    def say(self, text: str) -> None:
        """Something the user should know, one line or a few."""
        self._print(text)

    def started(self, name: str) -> None:
        """See build.Reporter."""
        with self._lock:
            self._began[name] = time.monotonic()
            self._stages[name] = ""
        self._changed(f"{name}: started")

    def stage(self, name: str, stage: str) -> None:
        """See build.Reporter."""
        with self._lock:
            if self._stages.get(name) == stage:
                return
            self._stages[name] = stage
            known = (name, stage) in self._shown
            self._shown.add((name, stage))
            elapsed = self._elapsed(name)
        if not known:  # stages run side by side: a line each, not one for every change between them
            self._changed(f"{name}: {stage} ({elapsed})")

    def ended(self, name: str, *, good: bool, text: str) -> None:
        """See build.Reporter."""
        with self._lock:
            self._done += 1
            elapsed = self._elapsed(name)
            self._began.pop(name, None)
            self._stages.pop(name, None)
            count = f" [{self._done} of {self._total}]" if self._done <= self._total else ""
        mark = "done" if good else "FAILED"
        self._print(f"{name}: {mark} in {elapsed}, {text}{count}")

    def _elapsed(self, name: str) -> str:
        now = time.monotonic()
        return clock(now - self._began.get(name, now))

    def _changed(self, line: str) -> None:
        self._print(line)

    def _print(self, text: str) -> None:
        print(text, flush=True)


class LiveReporter(Reporter):
    """A terminal: one line for each running thing, redrawn; what ended scrolls away above."""

    def __init__(self) -> None:
        super().__init__()
        self._console = Console(highlight=False, soft_wrap=True)
        self._live = Live(
            console=self._console, get_renderable=self._render, transient=True, refresh_per_second=4
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def _changed(self, line: str) -> None:
        """The next redraw shows it."""

    def _print(self, text: str) -> None:
        self._console.print(escape(text))

    def _render(self) -> RenderableType:
        with self._lock:
            lines = [
                Text(f"  {name}  {stage or 'starting'}  {self._elapsed(name)}", no_wrap=True)
                for name, stage in self._stages.items()
            ]
            if lines and self._total:
                lines.append(Text(f"{self._done} of {self._total} done", style="dim"))
        return Group(*lines)


def reporter() -> Reporter:
    """The reporter for where standard output goes."""
    return LiveReporter() if sys.stdout.isatty() else Reporter()


def clock(seconds: float) -> str:
    """Seconds as people read them: `8.3 s`, `2:05 min`."""
    if seconds < 60:  # noqa: PLR2004  # a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min"


def kibibytes(size: int) -> str:
    """A file's size as people read it."""
    return f"{size / 1024:.0f} KiB" if size else ""


def print_text(text: str) -> None:
    """A result: tables, plans."""
    if text:
        print(text, flush=True)


def print_note(text: str) -> None:
    """Something beside the results, to standard error."""
    print(text, file=sys.stderr, flush=True)


def print_error(error: MuslWheelsError) -> None:
    """An error: what happened, then what to do."""
    print(f"error: {error}", file=sys.stderr, flush=True)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned text; the first row is the head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def outcome_table(outcomes: Iterable[Outcome]) -> str:
    """Every wheel of a run: where it came from, its size, the time it took, its test."""
    rows = {
        str(outcome.wheel or outcome.cell): (
            outcome.wheel.name if outcome.wheel else outcome.cell.identifier,
            outcome.status.value,
            kibibytes(outcome.size),
            clock(outcome.seconds) if outcome.seconds else "",
            f"imported, {outcome.tested}" if outcome.tested else "",
        )
        for outcome in outcomes
    }
    return columns([("wheel", "origin", "size", "time", "test"), *rows.values()])


def failures(outcomes: Iterable[Outcome], failed: Iterable[Failed]) -> str:
    """What failed, or was skipped for a failure, each with its reason."""
    lines = [f"{item.what}: failed: {item.reason} {item.hint}".rstrip() for item in failed]
    lines += [
        f"{outcome.cell}: {outcome.status.value}: {outcome.error}"
        for outcome in outcomes
        if not outcome.status.good
    ]
    return "\n".join(lines)


def plan_text(plan: Plan) -> str:
    """A plan as a table, then what is not going to happen, and why."""
    rows = [("cell", "action", "from", "why")]
    rows += [
        (step.cell.identifier, ACTIONS[step.action], source_of(step), step.reason)
        for step in plan.steps
    ]
    parts = [columns(rows)] if len(rows) > 1 else ["Nothing to do."]
    parts += [f"skipped: {item.what}: {item.reason}" for item in plan.skipped]
    parts += [f"fails: {item.what}: {item.reason} {item.hint}".rstrip() for item in plan.failed]
    parts += [f"note: {note}" for note in plan.notes]
    return "\n".join(parts)


def source_of(step: Step) -> str:
    """The file a step starts from, or the cell whose wheel it shares."""
    if step.source is not None:
        return f"wheel of {step.source}"
    return step.wheel or (step.file.filename if step.file else "")


def plan_json(plan: Plan) -> str:
    """A plan for machines: one object with the lists `steps`, `skipped`, `failed`, `notes`."""
    steps = [
        {
            "cell": step.cell.identifier,
            "name": step.cell.name,
            "version": str(step.cell.version),
            "python": str(step.cell.python),
            "arch": step.cell.arch.value,
            "flavour": step.cell.flavour.value,
            "ssl": step.cell.ssl.value if step.cell.ssl else None,
            "level": level,
            "action": step.action.value,
            "file": step.file.filename if step.file else None,
            "sha256": step.file.sha256 if step.file else None,
            "wheel": step.wheel,
            "source": step.source.identifier if step.source else None,
            "requires": [cell.identifier for cell in step.requires],
            "build_requires": [cell.identifier for cell in step.build_requires],
            "wanted": step.wanted,
            "script": step.script,
            "reason": step.reason,
        }
        for level, steps_of in enumerate(plan.levels)
        for step in steps_of
    ]
    return json.dumps(
        {
            "steps": steps,
            "skipped": [{"what": item.what, "reason": item.reason} for item in plan.skipped],
            "failed": [
                {"what": item.what, "reason": item.reason, "hint": item.hint}
                for item in plan.failed
            ],
            "notes": list(plan.notes),
        },
        indent=2,
    )


def plan_summary(plan: Plan) -> str:
    """What is going to happen, in a line or a few: counts, what is skipped, notes."""
    counts = dict.fromkeys(Action, 0)
    for step in plan.steps:
        counts[step.action] += 1
    total = sum(counts.values())
    parts = [f"{number} {COUNTED[action]}" for action, number in counts.items() if number]
    lines = [f"{total} wheel{'s' * (total != 1)} wanted: {', '.join(parts) or 'none'}"]
    lines += [f"skipped: {item.what}: {item.reason}" for item in plan.skipped]
    lines += [f"note: {note}" for note in plan.notes]
    return "\n".join(lines)
