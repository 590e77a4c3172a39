# SPDX-License-Identifier: MIT
"""Chores on this machine: `invoke --list` shows them."""

from __future__ import annotations

import shutil

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

from muslwheels import cli, engine
from muslwheels.cli import PROJECT


@task
def status(_: Context) -> None:
    """Show which engine builds would use, and whether it runs."""
    with cli.task():
        print(engine.status(PROJECT))


@task
def start(_: Context) -> None:
    """Start the engine that builds use, if it does not run."""
    with cli.task():
        engine.ensure(PROJECT, builder=None, report=print)
        print(engine.status(PROJECT))


@task
def stop(_: Context) -> None:
    """Stop the private engine; a system engine is left alone."""
    with cli.task():
        engine.stop(PROJECT, report=print)


@task(help={"lines": "how many of the last lines", "follow": "go on showing new ones"})
def logs(_: Context, lines: int = 50, follow: bool = False) -> None:
    """Show what the private engine wrote last."""
    with cli.task():
        engine.logs(PROJECT, lines=lines, follow=follow)


@task(help={"everything": "delete the private engine with all its caches, too"})
def clean(_: Context, everything: bool = False) -> None:
    """Delete build/ (logs, staging, cached pages); wheels/ stays."""
    with cli.task():
        shutil.rmtree(PROJECT / "build", ignore_errors=True)
        if everything:
            engine.remove(PROJECT, report=print)


namespace = Collection(clean)
namespace.add_collection(Collection("engine", status, start, stop, logs))
