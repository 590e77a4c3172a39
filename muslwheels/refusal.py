# SPDX-License-Identifier: MIT
"""Why no release will do, in words: the errors of choosing versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version

from muslwheels.errors import ReleaseError, close_names
from muslwheels.release import File
from muslwheels.target import PythonVersion
from muslwheels.wheel import platforms_of


class PythonRefused(ReleaseError):  # noqa: N818 (what it says is not about our errors)
    """The release asked for, or every release, refuses the Python."""


def because(reason: str | None) -> str:
    """A reason as the end of a sentence, if there are words for one."""
    return f": {reason.strip().rstrip('.')}" if reason and reason.strip() else ""


def sentence(item: Any) -> str:
    """A requirement and where it comes from."""
    requirement = Requirement(str(item.requirement))
    requirement.marker = None
    return f"{item.parent} needs {requirement}" if item.parent else f"The target is {requirement}"


def unknown_version(
    name: NormalizedName, wanted: str, releases: Mapping[Version, tuple[File, ...]]
) -> ReleaseError:
    """The index has the project but no such version."""
    if not releases:
        return ReleaseError(
            f"The index has no release of {name}.", hint="Is this the project you mean?"
        )
    newest = next((one for one in releases if not one.is_prerelease), next(iter(releases)))
    closest = close_names(wanted, [str(one) for one in releases])
    return ReleaseError(
        f"There is no {name} {wanted}.", hint=f"The newest version is {newest}. {closest}".rstrip()
    )


def wrong_python(
    name: NormalizedName, version: Version, python: PythonVersion, files: Iterable[File]
) -> ReleaseError:
    """A release that no file of which accepts the Python."""
    asked = sorted({str(file.requires_python) for file in files if file.requires_python})
    wants = f": it asks for Python {' or '.join(asked)}" if asked else ""
    return PythonRefused(
        f"{name} {version} does not run on Python {python}{wants}.",
        hint="Choose another Python (-pyX.Y) or another version of the module.",
    )


def no_file(
    name: NormalizedName,
    version: Version,
    where: str,
    releases: Mapping[Version, tuple[File, ...]],
) -> ReleaseError:
    """A release with neither an sdist nor a wheel that fits."""
    wheels = [file.filename for file in releases[version] if file.is_wheel]
    kinds = ", ".join(platforms_of(wheels))
    exist = f"none of its wheels ({kinds}) fits {where} with musl" if wheels else "no wheel either"
    with_sdist = (one for one in releases if any(not file.is_wheel for file in releases[one]))
    newest = next(with_sdist, None)
    return ReleaseError(
        f"{name} {version} has no sdist, and {exist}: there is nothing to build it from.",
        hint=f"The newest version with an sdist is {newest}."
        if newest
        else f"No version of {name} has an sdist; ask its authors for one.",
    )
