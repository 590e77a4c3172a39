# SPDX-License-Identifier: MIT
"""Sessions: `nox -l` lists them. Each is a few lines; the logic is in muslwheels/.

Run through ./bootstrap, which makes the environment they need.
"""

from __future__ import annotations

import nox

try:
    from muslwheels import cli
except ModuleNotFoundError as missing:
    raise SystemExit(
        f"{missing.name} is not installed here. Run it as: ./bootstrap nox …"
    ) from missing

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "none"  # ./bootstrap made the one environment there is
nox.options.sessions = ["lint", "typing", "tests"]

MATRIX = cli.matrix()


@nox.session
@nox.parametrize("arch", MATRIX.architectures)
@nox.parametrize("python", MATRIX.pythons)
def build(session: nox.Session, python: str, arch: str) -> None:
    """Build, test and store wheels: nox -s build -- paramiko-amd64"""
    with cli.session(session):
        run = cli.run(session.posargs)
        if reason := run.why_not(python, arch):
            session.skip(reason)
        session.notify("deliver", session.posargs)
        run.build(python, arch)


@nox.session(default=False)
def deliver(session: nox.Session) -> None:
    """Put the wheels of a build into images and show what came of it; `build` calls it."""
    with cli.session(session):
        cli.run(session.posargs).deliver()


@nox.session(default=False)
def plan(session: nox.Session) -> None:
    """Print what `build` would do, and build nothing: nox -s plan -- TARGET… [--json]"""
    with cli.session(session):
        cli.run(session.posargs).show_plan()


@nox.session
def lint(session: nox.Session) -> None:
    """Check Python and shell style: ruff, shellcheck."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("shellcheck", "bootstrap", ".ci/run", *cli.shell_scripts())


@nox.session
def typing(session: nox.Session) -> None:
    """Check types: mypy, strict."""
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the unit tests, then the integration tests on a real engine; `-- tests/unit` for some."""
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    session.run("pytest", "tests/unit", "tests/programs")
    session.run("pytest", "-m", "integration", "tests/integration")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure speed on this machine and write the figures to build/bench/."""
    session.run("python", "-m", "tests.bench", *session.posargs)
