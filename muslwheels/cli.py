# SPDX-License-Identifier: MIT
"""What noxfile.py and tasks.py call: reads the command line, and shows errors as one message."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nox

from muslwheels import report
from muslwheels.config import Config
from muslwheels.errors import ConfigError, MuslWheelsError
from muslwheels.places import Places
from muslwheels.run import Run
from muslwheels.settings import Settings, usage

PROJECT = Path(__file__).resolve().parent.parent
CONFIG = PROJECT / "modules.toml"
INTERRUPTED = 130  # exit status after Ctrl-C, as shells give it


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """The cells that sessions are parametrized over, as text."""

    pythons: tuple[str, ...]
    architectures: tuple[str, ...]


def matrix() -> Matrix:
    """What modules.toml configures; a broken file ends the program with its message."""
    try:
        config = read_config()
    except MuslWheelsError as error:
        report.print_error(error)
        raise SystemExit(error.exit_code) from None
    return Matrix(
        pythons=tuple(str(python) for python in config.pythons),
        architectures=tuple(arch.value for arch in config.architectures),
    )


@functools.cache
def read_config() -> Config:
    """modules.toml with the environment's mirrors; raises ConfigError."""
    try:
        text = CONFIG.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Cannot read {CONFIG.name}: {error}.") from error
    return Config.from_toml(text).with_environment(os.environ)


def run(arguments: Sequence[str]) -> Run:
    """The run that a command line asks for; all sessions of one nox command share it."""
    return shared_run(tuple(arguments))


@functools.cache
def shared_run(arguments: tuple[str, ...]) -> Run:
    """See `run`."""
    settings = Settings.from_arguments(arguments, os.environ)
    if settings.help:
        report.print_text(usage())
        raise SystemExit(0)
    return Run(read_config(), settings, Places.of(PROJECT))


@contextmanager
def session(current: nox.Session) -> Iterator[None]:
    """Shows our errors as one message and fails the session; bugs keep their traceback."""
    try:
        yield
    except MuslWheelsError as error:
        report.print_error(error)
        current.error(f"ended with status {error.exit_code}, see above")
    except KeyboardInterrupt:
        report.print_note(
            "Interrupted. Finished wheels are kept; the same command goes on from here."
        )
        raise


@contextmanager
def task() -> Iterator[None]:
    """The same for invoke's tasks: one message, and the error's exit status."""
    try:
        yield
    except MuslWheelsError as error:
        report.print_error(error)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def shell_scripts() -> tuple[str, ...]:
    """Every shell script of the project, for shellcheck."""
    found = (*PROJECT.glob("scripts/*.sh"), *PROJECT.glob("dockerfiles/**/*.sh"))
    return tuple(sorted(str(path.relative_to(PROJECT)) for path in found))
