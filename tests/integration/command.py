# SPDX-License-Identifier: MIT
"""`nox -s build` with folders of a test's own: python -m tests.integration.command FOLDER … -- ….

As nox does, it goes on to the next cell after a failed one and delivers what is complete. Images
get names of their own, so that a user's stay what they are.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from muslwheels import cli, engine, report
from muslwheels.errors import MuslWheelsError
from muslwheels.places import Places
from muslwheels.run import Run
from muslwheels.settings import Settings

IMAGES = ("musl-wheels-test/shared", "musl-wheels-test/no-shared")


def main(argv: Sequence[str]) -> int:
    """Build, deliver; the exit status is that of the last error."""
    split = argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--project", type=Path, default=cli.PROJECT)
    given = parser.parse_args(argv[:split])
    places = Places(
        project=given.project, wheels=given.folder / "wheels", build=given.folder / "build"
    )
    status = 0
    try:
        run = new_run(places, argv[split + 1 :])
        cells = sorted((str(python), str(arch)) for python, arch in run.wanted)
    except MuslWheelsError as error:
        report.print_error(error)
        return error.exit_code
    for python, arch in cells:
        try:
            run.build(python, arch)
        except MuslWheelsError as error:
            report.print_error(error)
            status = error.exit_code
    try:
        run.deliver()
    except MuslWheelsError as error:
        report.print_error(error)
        status = error.exit_code
    return status


def new_run(places: Places, arguments: Sequence[str]) -> Run:
    """A run of the checkout's configuration in other folders."""
    config = cli.read_config()
    shared, no_shared = IMAGES
    config = replace(config, images=replace(config.images, shared=shared, no_shared=no_shared))
    run = Run(config, Settings.from_arguments(arguments, os.environ), places)
    if places.project != cli.PROJECT:  # a copy, which builds on the checkout's engine all the same
        run.workshop.engine = engine.ensure(cli.PROJECT, builder=None, report=print)
    return run


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
