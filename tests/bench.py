# SPDX-License-Identifier: MIT
"""Measures speed on this machine: `nox -s bench`, or `nox -s bench -- plan start` for some figures.

Writes build/bench/<date>.json and prints the same as a table. Exits with 1 where a figure misses
its limit. Other work on the machine spoils the figures; the load beforehand is written down.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import canonicalize_name

from muslwheels import engine, report
from muslwheels.architecture import Architecture
from muslwheels.bake import CELL, Recipe
from muslwheels.cli import PROJECT, read_config
from muslwheels.engine.apt import STABLE, UNSTABLE, Apt, run_or_explain
from muslwheels.engine.packages import required_mirror
from muslwheels.engine.rootfs import OLD_STABLE
from muslwheels.errors import EngineError, MuslWheelsError
from muslwheels.places import Places
from muslwheels.pypi import PyPI
from muslwheels.run import Run
from muslwheels.settings import Settings
from muslwheels.workshop import EngineWorkshop

ARCH = Architecture.parse(platform.machine())
FIRST = ("./bootstrap", "nox", "-s", "build", "--", f"paramiko-{ARCH}")
EVERYTHING = "all-pyall"
CFFI = canonicalize_name("cffi")
ROUNDS = 5
MARK = "MUSL_WHEELS_BENCH"  # a variable that no build reads; another value is another cache key

# What the first line of a part of the first command looks like; it lasts until the next one.
PARTS = (
    ("bootstrap", re.compile(r"bootstrap: ")),
    ("plan", re.compile(r"nox > ")),
    ("engine", re.compile(r"Engine: ")),
    ("root file system", re.compile(r"Making a Debian ")),
    ("base image", re.compile(r"base-py[0-9.]+-\w+: started")),
    ("wheels", re.compile(r"base-py[0-9.]+-\w+: done")),
    ("image", re.compile(r"\S+:\S+-py[0-9.]+: started")),
)
# Caches of the user's, which a fresh machine has not, and engines of theirs.
HOME_CACHES = {"UV_CACHE_DIR": "uv", "PIP_CACHE_DIR": "pip"}
ENGINES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "BUILDX_BUILDER")


class BenchError(MuslWheelsError):
    """A figure could not be measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One measured figure and what it has to keep to."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the limit is kept; true where there is none."""
        return (self.at_most is None or self.value < self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def limit(self) -> str:
        """The limit in words."""
        if self.at_most is not None:
            return f"< {self.at_most:g}"
        return "" if self.at_least is None else f">= {self.at_least:g}"

    @property
    def row(self) -> str:
        """A line of a Markdown table."""
        verdict = "" if not self.limit else "yes" if self.met else "**no**"
        value = f"{self.value:.3g}" if self.value < 100 else f"{self.value:.0f}"
        return f"| {self.name} | {value} {self.unit} | {self.limit} | {verdict} |"


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """A command that ended well: its wall time, and each line with the second it came in."""

    seconds: float
    lines: tuple[tuple[float, str], ...]


def say(text: str) -> None:
    """Progress."""
    report.print_text(f"bench: {text}")


def timed(
    argv: Sequence[str],
    *,
    folder: Path = PROJECT,
    environ: Mapping[str, str] | None = None,
    show: bool = False,
) -> Timed:
    """Run a command; raises BenchError with the end of its output when it fails."""
    began = time.monotonic()
    lines: list[tuple[float, str]] = []
    with subprocess.Popen(
        argv,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines.append((time.monotonic() - began, line.rstrip("\n")))
            if show:
                report.print_text(f"{lines[-1][0]:8.1f}  {lines[-1][1]}")
    seconds = time.monotonic() - began
    if process.returncode:
        said = "".join(f"\n    {line}" for _, line in lines[-20:])
        raise BenchError(f"`{' '.join(argv)}` ended with status {process.returncode}.{said}")
    return Timed(seconds=seconds, lines=tuple(lines))


def median_of(argv: Sequence[str], rounds: int = ROUNDS) -> float:
    """Median wall time of a command, in seconds."""
    return statistics.median(timed(argv).seconds for _ in range(rounds))


# first: the first command from nothing, beside a plain build of the same CPython.


def first() -> list[Figure]:
    """The README's first command in a fresh clone, the same again, and the plain build."""
    with tempfile.TemporaryDirectory(prefix="musl-wheels-bench-") as name:
        folder = Path(name)
        checkout = folder / "checkout"
        timed(["git", "clone", "--quiet", "--no-local", str(PROJECT), str(checkout)])
        environ = fresh_environment(os.environ, folder / "caches")
        try:
            say(f"from nothing: {' '.join(FIRST)}")
            built = timed(FIRST, folder=checkout, environ=environ, show=True)
            say("the same again")
            again = timed(FIRST, folder=checkout, environ=environ)
        finally:
            timed(["./bootstrap", "invoke", "engine.stop"], folder=checkout, environ=environ)
        figures = [Figure(name="first command", value=built.seconds, unit="s", at_most=720)]
        figures += [
            Figure(name=f"first command: {part}", value=seconds, unit="s")
            for part, seconds in parts(built).items()
        ]
        figures.append(Figure(name="the same again", value=again.seconds, unit="s", at_most=2))
        if python := python_built(built):
            plain = plain_python(python, folder / "plain")
            figures += [
                Figure(name=f"configure && make -j2 of CPython {python}", value=plain, unit="s"),
                Figure(name="ratio of the two", value=built.seconds / plain, unit="×", at_most=4),
            ]
    return figures


def fresh_environment(environ: Mapping[str, str], caches: Path) -> dict[str, str]:
    """The environment of a machine that has neither an engine nor anything in its caches."""
    kept = {key: value for key, value in environ.items() if key not in ENGINES}
    return {**kept, **{key: str(caches / name) for key, name in HOME_CACHES.items()}}


def parts(run: Timed) -> dict[str, float]:
    """Seconds of each part of the first command, by the lines with which the parts begin."""
    begun: dict[str, float] = {}
    for second, line in run.lines:
        for part, pattern in PARTS:
            if part not in begun and pattern.match(line):
                begun[part] = second
    ends = [*list(begun.values())[1:], run.seconds]
    starts = [0.0, *list(begun.values())[1:]]
    return {part: end - start for part, start, end in zip(begun, starts, ends, strict=True)}


def python_built(run: Timed) -> str:
    """The Python whose base image was built from source; empty where a registry had it."""
    found = (re.match(r"base-py([0-9.]+)-\w+: started", line) for _, line in run.lines)
    return next((match[1] for match in found if match), "")


def plain_python(python: str, folder: Path) -> float:
    """Seconds of `configure` and `make -j2` of Debian's CPython with this machine's compiler."""
    say(f"configure && make -j2 of CPython {python} with this machine's compiler")
    source = folder / "source"
    source.mkdir(parents=True)
    timed(
        ["tar", "-x", "--strip-components=1", "-f", str(tarball(python, folder)), "-C", str(source)]
    )
    return (
        timed(["./configure"], folder=source).seconds
        + timed(["make", "-j2"], folder=source).seconds
    )


def tarball(python: str, folder: Path) -> Path:
    """CPython's own tarball from the newest suite of the host's Debian mirror that delivers it."""
    mirror = required_mirror()
    for suite in (UNSTABLE, STABLE, OLD_STABLE):
        place = folder / suite
        Apt(place, mirror, suite)
        (place / "debian.sources").write_text(mirror.deb822("deb-src", suite))
        apt = ["apt-get", "--quiet", f"--config-file={place / 'apt.conf'}"]
        get = [*apt, "source", "--download-only", "--tar-only", f"python{python}"]
        with contextlib.suppress(EngineError):
            run_or_explain([*apt, "update"], f"no sources of {suite}")
            run_or_explain(get, f"no python{python} in {suite}", cwd=place)
            return next(place.glob("python*.orig.tar.*z"))
    raise BenchError(f"The Debian mirror delivers no source of Python {python}.")


# plan: everything over every Python and architecture.


def plan() -> list[Figure]:
    """Planning everything, with the index's pages cached and without."""
    command = ["./bootstrap", "nox", "-s", "plan", "--", EVERYTHING]
    say("plan of everything, to fill the cache")
    timed(command)
    say("plan of everything, cached")
    whole = median_of(command)
    cached = statistics.median(planning(PROJECT / "build")[0] for _ in range(ROUNDS))
    with tempfile.TemporaryDirectory(prefix="musl-wheels-bench-") as name:
        say("plan of everything, nothing cached")
        build = Path(name)
        uncached, index = planning(build, registry=PROJECT / "build/cache/registry.json")
        names = index.known_names()
        say(f"{len(names)} pages of the index, nothing cached")
        rate = len(names) / fetching([canonicalize_name(each) for each in names], build / "again")
    return [
        Figure(name=f"plan {EVERYTHING}, cached: whole command", value=whole, unit="s", at_most=1),
        Figure(name=f"plan {EVERYTHING}, cached: planning", value=cached, unit="s", at_most=1),
        Figure(name=f"plan {EVERYTHING}, nothing cached: planning", value=uncached, unit="s"),
        Figure(name="pages of the index, nothing cached", value=rate, unit="1/s", at_least=20),
    ]


def planning(build: Path, registry: Path | None = None) -> tuple[float, PyPI]:
    """Seconds to plan everything in this process, and the index it asked.

    `registry` says what an image registry answered before; asking it again is no planning.
    """
    if registry is not None and registry.exists():
        (build / "cache").mkdir(parents=True)
        shutil.copy(registry, build / "cache")
    places = replace(Places.of(PROJECT), build=build)
    run = Run(read_config(), Settings.from_arguments([EVERYTHING], os.environ), places)
    began = time.monotonic()
    with contextlib.redirect_stdout(io.StringIO()):
        run.show_plan()
    return time.monotonic() - began, run.index


def fetching(names: Iterable[str], folder: Path) -> float:
    """Seconds to fetch pages of the index, none of them cached."""
    settings = Settings.from_arguments([], os.environ)
    index = PyPI.from_settings(read_config(), settings, folder, say)
    began = time.monotonic()
    index.prefetch([canonicalize_name(name) for name in names])
    return time.monotonic() - began


# overhead: one cell through a run, and the bare bake of the same file.


def overhead() -> list[Figure]:
    """What a run adds to `docker buildx bake`: in turns, each build a new one for the cache."""
    with tempfile.TemporaryDirectory(prefix="musl-wheels-bench-") as name:
        folder = Path(name)
        stamp = f"{time.time():.0f}"
        say("base image and toolchain, so that the cache has them")
        through_run(folder, f"{stamp}-0")
        ours, bare = [], []
        for number in range(1, ROUNDS + 1):
            ours.append(through_run(folder, f"{stamp}-ours-{number}"))
            bare.append(bare_bake(folder / "kept", f"{stamp}-bare-{number}"))
            say(f"round {number} of {ROUNDS}: {ours[-1]:.2f} s, bare bake {bare[-1]:.2f} s")
    run, bake = statistics.median(ours), statistics.median(bare)
    return [
        Figure(name="cffi from source: our run", value=run, unit="s"),
        Figure(name="cffi from source: bare bake", value=bake, unit="s"),
        Figure(name="overhead", value=(run / bake - 1) * 100, unit="%", at_most=5),
    ]


def through_run(folder: Path, mark: str) -> float:
    """Seconds of a whole process that plans, builds, checks and stores one cell."""
    for wheel in folder.glob(f"wheels/{ARCH}/{CFFI}-*.whl"):
        wheel.unlink()
    return timed([sys.executable, "-m", "tests.bench", "cell", str(folder), mark]).seconds


class KeepingWorkshop(EngineWorkshop):
    """Keeps the folder that a cell was built from, with its bake file; runs delete it."""

    kept: Path

    def bake(self, recipe: Recipe, on_stage: Callable[[str], None]) -> None:
        """See cell.Workshop."""
        super().bake(recipe, on_stage)
        if recipe.step.cell.name == CFFI and not self.kept.exists():
            shutil.copytree(recipe.work, self.kept)
            for file in self.kept.glob("*.bake.json"):
                file.write_text(file.read_text().replace(str(recipe.work), str(self.kept)))


def build_cell(folder: Path, mark: str) -> None:
    """What `nox -s build -- cffi --no-binary=cffi` does, with folders of its own."""
    config = read_config()
    table = config.tables[CFFI]
    module = replace(table.module, environment={**table.module.environment, MARK: mark})
    config = replace(config, tables={**config.tables, CFFI: replace(table, module=module)})
    settings = Settings.from_arguments([f"{CFFI}-{ARCH}", f"--no-binary={CFFI}"], os.environ)
    places = Places(project=PROJECT, wheels=folder / "wheels", build=folder / "build")
    run = Run(config, settings, places)
    run.workshop = KeepingWorkshop(config, settings, places, run.index.url, run.reporter)
    run.workshop.kept = folder / "kept"
    for python, arch in run.wanted:
        run.build(str(python), str(arch))


def bare_bake(kept: Path, mark: str) -> float:
    """Seconds of `docker buildx bake` alone, of the file that a run wrote."""
    used = engine.ensure(PROJECT, builder=None, report=say)
    (file,) = kept.glob("*.bake.json")
    environment = json.loads(json.loads(file.read_text())["target"][CELL]["args"]["ENVIRONMENT"])
    argv = [
        *(str(used.docker), "buildx", "bake", "--progress=plain", f"--file={file}"),
        f"--set={CELL}.args.ENVIRONMENT={json.dumps({**environment, MARK: mark})}",
        *([f"--builder={used.builder}"] if used.builder else []),
        *(["--allow=network.host"] if used.network_host else []),
        CELL,
    ]
    environ = {**os.environ, **used.environment, "BUILDX_BAKE_ENTITLEMENTS_FS": "0"}
    return timed(argv, environ=environ).seconds


# start: what every command costs before it does anything.


def start() -> list[Figure]:
    """The second start of ./bootstrap, and the two listings."""
    listings = (["nox", "-l"], ["invoke", "--list"])
    timed(["./bootstrap", "true"])
    say("./bootstrap, nox -l, invoke --list")
    return [
        Figure(
            name="second ./bootstrap",
            value=median_of(["./bootstrap", "true"]),
            unit="s",
            at_most=0.3,
        ),
        *(
            Figure(
                name=f"./bootstrap {' '.join(argv)}",
                value=median_of(["./bootstrap", *argv]),
                unit="s",
                at_most=2,
            )
            for argv in listings
        ),
    ]


MEASURES: Mapping[str, Callable[[], list[Figure]]] = {
    "start": start,
    "plan": plan,
    "overhead": overhead,
    "first": first,
}


def machine() -> dict[str, object]:
    """What the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": timed(["git", "describe", "--always", "--dirty"]).lines[0][1],
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def write(figures: Sequence[Figure], about: Mapping[str, object]) -> Path:
    """Keep the figures in build/bench/."""
    folder = PROJECT / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    date = str(about["date"]).partition("+")[0].replace(":", "")
    path = folder / f"{date}.json"
    rows = [{**asdict(figure), "met": figure.met} for figure in figures]
    path.write_text(json.dumps({**about, "figures": rows}, indent=2) + "\n")
    return path


def table(figures: Iterable[Figure]) -> Iterator[str]:
    """The figures as Markdown."""
    yield "| figure | measured | limit | met |"
    yield "|---|---|---|---|"
    yield from (figure.row for figure in figures)


def main(argv: Sequence[str]) -> int:
    """Measure what the command line names, else everything; returns the exit status."""
    if argv[:1] == ["cell"]:
        _, folder, mark = argv
        build_cell(Path(folder), mark)
        return 0
    if unknown := [name for name in argv if name not in MEASURES]:
        raise BenchError(
            f"There is no figure named {unknown[0]!r}.", hint=f"There are {', '.join(MEASURES)}."
        )
    about = machine()
    figures = [figure for name in argv or MEASURES for figure in MEASURES[name]()]
    path = write(figures, about)
    report.print_text("\n".join(table(figures)))
    say(f"written to {path.relative_to(PROJECT)}")
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except MuslWheelsError as error:
        report.print_error(error)
        sys.exit(error.exit_code)
