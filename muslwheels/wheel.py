# SPDX-License-Identifier: MIT
"""Which wheels a musl Python can use: file names and tags, on top of `packaging`.

Sources: the binary distribution format and PEP 425 for tags, PEP 656 for `musllinux`,
PEP 384 for `abi3`. A file name that is not a wheel's simply fits nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from muslwheels.architecture import Architecture
from muslwheels.target import Flavour, PythonVersion

MUSL_MINORS = (2, 1, 0)  # musl 1.2 also runs what was linked against 1.1 and 1.0


@cache
def tags_for(python: PythonVersion, arch: Architecture, flavour: Flavour) -> tuple[Tag, ...]:
    """Every tag a wheel may carry to serve there, best first.

    `musllinux_*` promises that all libraries are inside, `linux_*` that they are not: each
    flavour has its own. Wheels without machine code belong to both.
    """
    machine = arch.machine
    if flavour is Flavour.SHARED:
        platforms = [f"musllinux_1_{minor}_{machine}" for minor in MUSL_MINORS]
    else:
        platforms = [f"linux_{machine}"]
    version = (python.major, python.minor)
    return (
        *cpython_tags(python_version=version, abis=[python.abi], platforms=platforms),
        *compatible_tags(python_version=version, interpreter=python.abi, platforms=platforms),
    )


@cache
def _positions(python: PythonVersion, arch: Architecture, flavour: Flavour) -> dict[Tag, int]:
    return {tag: position for position, tag in enumerate(tags_for(python, arch, flavour))}


@cache
def tags_of(filename: str) -> frozenset[Tag]:
    """The tags a wheel's file name carries; none if it is not a wheel's name."""
    try:
        return parse_wheel_filename(filename)[3]
    except InvalidWheelFilename:
        return frozenset()


def fits(filename: str, python: PythonVersion, arch: Architecture, flavour: Flavour) -> bool:
    """Whether a wheel can be installed there and is of that flavour."""
    positions = _positions(python, arch, flavour)
    return any(tag in positions for tag in tags_of(filename))


def rank(
    filename: str, python: PythonVersion, arch: Architecture, flavour: Flavour
) -> tuple[int, int]:
    """Sort key among fitting wheels of one version: the best tag first, then the latest build.

    Raises ValueError for a wheel that does not fit.
    """
    positions = _positions(python, arch, flavour)
    position = min(positions[tag] for tag in tags_of(filename) if tag in positions)
    build = parse_wheel_filename(filename)[2]
    return position, -build[0] if build else 0


def best(
    filenames: Iterable[str], python: PythonVersion, arch: Architecture, flavour: Flavour
) -> str | None:
    """The wheel pip would take there; None if none fits."""
    fitting = [name for name in filenames if fits(name, python, arch, flavour)]
    return min(fitting, key=lambda name: rank(name, python, arch, flavour), default=None)


@cache
def is_pure(filename: str) -> bool:
    """Whether a wheel holds no machine code (`none-any`), so that it serves everywhere."""
    tags = tags_of(filename)
    return bool(tags) and all(tag.platform == "any" for tag in tags)


def is_abi3(filename: str) -> bool:
    """Whether a wheel keeps to the limited API (PEP 384), so that it serves later Pythons."""
    return any(tag.abi == "abi3" for tag in tags_of(filename))


def serves_every_python(filename: str) -> bool:
    """Whether a wheel uses nothing of one Python's ABI: programs, libraries for ctypes, purity."""
    tags = tags_of(filename)
    return bool(tags) and all(
        tag.abi == "none" and tag.interpreter in {"py3", "py2"} for tag in tags
    )


def platforms_of(filenames: Iterable[str]) -> tuple[str, ...]:
    """The kinds of platforms wheels are for, for messages: `macosx`, `manylinux`, …, sorted."""
    return tuple(
        sorted({tag.platform.split("_")[0] for name in filenames for tag in tags_of(name)})
    )
