# SPDX-License-Identifier: MIT
"""Looks into an sdist, without unpacking or running it, for what its build will need."""

from __future__ import annotations

import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from muslwheels.errors import IntegrityError

RUST_BACKENDS = frozenset({"maturin", "setuptools-rust"})
CXX_SUFFIXES = frozenset({".cc", ".cpp", ".cxx", ".hpp", ".hxx"})
CXX_LIBRARIES = frozenset({"pybind11", "nanobind", "cppyy"})
# Folders whose sources are compiled for the project's own tests and examples only.
BYSTANDERS = frozenset({"test", "tests", "testing", "doc", "docs", "example", "examples", "demo"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """Toolchain parts a build needs beyond a C compiler."""

    rust: bool = False
    cxx: bool = False

    @property
    def runtimes(self) -> str:
        """Stage of toolchain.Dockerfile with the runtimes for it; Rust's include C++'s."""
        if self.rust:
            return "runtimes-rust"
        return "runtimes-cxx" if self.cxx else "runtimes"


def inspect(path: Path) -> Needs:
    """What building an sdist needs, from its build requirements and the files it holds.

    Raises IntegrityError when the file is no archive that pip would take.
    """
    try:
        names, pyproject = read(path)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise IntegrityError(f"{path.name} is not a readable sdist: {error}.") from error
    required = frozenset(build_requirements(pyproject))
    return Needs(
        rust=bool(required & RUST_BACKENDS),
        cxx=bool(required & CXX_LIBRARIES) or any(is_cxx(name) for name in names),
    )


def read(path: Path) -> tuple[list[str], str]:
    """Names of an archive's files, and the text of its top-level pyproject.toml."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            wanted = [name for name in names if is_pyproject(name)]
            return names, archive.read(wanted[0]).decode() if wanted else ""
    with tarfile.open(path) as tar:
        names, text = [], ""
        for member in tar:
            names.append(member.name)
            if is_pyproject(member.name) and (file := tar.extractfile(member)):
                text = file.read().decode(errors="replace")
        return names, text


def is_pyproject(name: str) -> bool:
    """Whether a member is the project's own pyproject.toml (`<name>-<version>/pyproject.toml`)."""
    parts = PurePosixPath(name).parts
    return len(parts) == 2 and parts[1] == "pyproject.toml"  # noqa: PLR2004  # folder and file


def is_cxx(name: str) -> bool:
    """Whether a member is C++ source that the build may compile."""
    path = PurePosixPath(name)
    return path.suffix in CXX_SUFFIXES and not BYSTANDERS.intersection(path.parts)


def build_requirements(pyproject: str) -> Iterator[str]:
    """Normalised names in `[build-system] requires` (PEP 518); none where it cannot be read."""
    try:
        requires = tomllib.loads(pyproject).get("build-system", {}).get("requires", [])
    except (tomllib.TOMLDecodeError, AttributeError):
        return
    for text in requires if isinstance(requires, list) else ():
        try:
            yield canonicalize_name(Requirement(str(text)).name)
        except InvalidRequirement:
            continue
