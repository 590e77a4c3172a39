# SPDX-License-Identifier: MIT
"""Print a module's settings in the shell's own words.

`settings.py environment` prints an `export` for each member of the JSON object in ENVIRONMENT.
`settings.py arguments SOURCE` prints the options with which `pip wheel` builds the source tree:
those of the JSON object in CONFIG_SETTINGS (PEP 517's config_settings, each value a string or a
list of strings), and what the backend that the tree names cannot learn otherwise.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

MESON_PYTHON = re.compile(r"""^\s*build-backend\s*=\s*["']mesonpy["']""", re.MULTILINE)


def arguments(
    settings: Mapping[str, str | list[str]], pyproject: str, cross_file: str
) -> Iterator[str]:
    """Options for pip: the module's own settings, and the cross file where meson needs it.

    meson has no environment variable for its cross file; other backends refuse the setting.
    """
    if MESON_PYTHON.search(pyproject):
        yield f"--config-settings=setup-args=--cross-file={cross_file}"
    for key, values in settings.items():
        for value in [values] if isinstance(values, str) else values:
            yield f"--config-settings={key}={value}"


def exports(environment: Mapping[str, str]) -> Iterator[str]:
    """Shell lines that set and export each variable."""
    for name, value in environment.items():
        yield f"export {name}={shlex.quote(value)}"


def main() -> None:
    """Carry out one verb."""
    verb, *sources = sys.argv[1:]
    if verb == "environment":
        print("\n".join(exports(json.loads(os.environ.get("ENVIRONMENT") or "{}"))))
        return
    pyproject = Path(sources[0], "pyproject.toml")
    text = pyproject.read_text(encoding="utf-8") if pyproject.exists() else ""
    settings = json.loads(os.environ.get("CONFIG_SETTINGS") or "{}")
    print(shlex.join(arguments(settings, text, os.environ["MESON_CROSS_FILE"])))


if __name__ == "__main__":
    main()
