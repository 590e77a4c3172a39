# SPDX-License-Identifier: MIT
"""Make a PEP 517 backend believe it runs in the target's Python.

Installed beside a `.pth` file in the build platform's Python, and therefore imported by every
start of it. pip itself and the build requirements must stay native, so only a process that runs
the backend's hooks (pyproject-hooks starts it as `_in_process.py`), and the children it starts,
are changed: machine, wheel platform and sysconfig variables become those of the target.
A `.pth` file, because pip's isolation replaces PYTHONPATH and sitecustomize, and keeps this.
"""

from __future__ import annotations

import os
import sys

CONFIG = "CROSSWHEEL_CONFIG"  # path of the JSON file that cross.py writes
ACTIVE = "CROSSWHEEL_ACTIVE"  # set for the children of a changed process
HOOK_RUNNERS = ("_in_process.py", "__in_process.py")  # pyproject-hooks, and its elder, pep517


def start() -> None:
    """Change this process if it is one that should see the target."""
    arguments = getattr(sys, "orig_argv", sys.argv)
    if is_wanted(arguments, dict(os.environ)) and not getattr(sys, "cross_compiling", False):
        activate(os.environ[CONFIG])


def is_wanted(arguments: list[str], environ: dict[str, str]) -> bool:
    """Whether a process with these arguments and this environment runs a build backend."""
    if not environ.get(CONFIG):
        return False
    if environ.get(ACTIVE):
        return True
    return any(argument.rpartition("/")[2] in HOOK_RUNNERS for argument in arguments[1:4])


def activate(path: str) -> None:
    """Take on the target described by the JSON file at `path`."""
    import ctypes  # noqa: F401  # reads the real configuration while it is imported
    import json
    import platform
    import sysconfig
    from pathlib import Path

    target = json.loads(Path(path).read_text(encoding="utf-8"))
    os.environ[ACTIVE] = "1"  # a python started by CMake, meson or cargo follows
    os.environ["_PYTHON_HOST_PLATFORM"] = target["platform"]

    real = os.uname()
    uname = os.uname_result((real[0], real[1], real[2], real[3], target["machine"]))
    os.uname = lambda: uname
    platform.machine = lambda: target["machine"]
    platform.processor = lambda: target["machine"]
    platform.libc_ver = lambda *_arguments, **_options: ("", "")

    # Private names of the standard library: what was read before this point is forgotten, and
    # the target's variables are read instead. Not through _PYTHON_SYSCONFIGDATA_NAME, which PyO3
    # reads too and takes for the name of a file in the target's own library folder.
    sys.path.append(target["folder"])
    for owner, name, value in (
        (platform, "_uname_cache", None),
        (sys, "cross_compiling", True),
        (sys.implementation, "_multiarch", target["multiarch"]),
        (sysconfig, "_get_sysconfigdata_name", lambda *_ignored: target["sysconfigdata"]),
        (sysconfig, "_CONFIG_VARS", None),
        (sysconfig, "_CONFIG_VARS_INITIALIZED", False),
    ):
        setattr(owner, name, value)
