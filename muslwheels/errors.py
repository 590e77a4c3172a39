# SPDX-License-Identifier: MIT
"""Every way a run can fail for a reason its user can act on.

The message says what happened and to what; the hint says what to do next.
Entry points print both and exit with `exit_code`; anything else that escapes is a bug.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MuslWheelsError(Exception):
    """Base of all errors shown to the user without a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def headline(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class TargetError(MuslWheelsError):
    """A target on the command line that cannot be read, or names what is not configured."""

    exit_code = 2


class ConfigError(MuslWheelsError):
    """modules.toml (or an option, or an environment variable) holds something it must not."""

    exit_code = 3


class ReleaseError(MuslWheelsError):
    """The index answered, and what the target asks for is not there (module, version, file)."""

    exit_code = 4


class NetworkError(MuslWheelsError):
    """A server did not answer, or answered with a failure of its own."""

    exit_code = 5


class IntegrityError(MuslWheelsError):
    """A file is not what its source promised: wrong hash, wrong tags, not a wheel."""

    exit_code = 6


class EngineError(MuslWheelsError):
    """No container engine can be had, or it went away during a build."""

    exit_code = 7


class BaseImageError(MuslWheelsError):
    """No base image for a Python: neither a registry nor the Debian mirror has it."""

    exit_code = 8


class BuildError(MuslWheelsError):
    """At least one cell of the plan failed; the others were still carried out."""

    exit_code = 9


class WheelhouseError(MuslWheelsError):
    """A wheel could not be stored: disk full, no permission."""

    exit_code = 10


def close_names(name: str, known: Iterable[str]) -> str:
    """A sentence naming what the user may have meant, or an empty string."""
    matches = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(matches)}?" if matches else ""
