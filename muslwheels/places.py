# SPDX-License-Identifier: MIT
"""The folders of a checkout that a run reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The folders a run reads and writes."""

    project: Path  # dockerfiles/, scripts/
    wheels: Path  # output
    build: Path  # logs, caches, staging: may be deleted at any time between runs

    @classmethod
    def of(cls, project: Path) -> Places:
        """The folders of a checkout."""
        return cls(project=project, wheels=project / "wheels", build=project / "build")
