# SPDX-License-Identifier: MIT
"""Import everything an installed wheel brings, and run the module's own check.

`import_test.py --result FILE WHEEL` runs in the target's Python, after WHEEL was installed there.
Every top-level module must import. Every extension module must import too, unless it asks for a
module that is not the wheel's own (of an optional extra: what it declares is installed). Modules
below a folder named for tests are left out. One child does all imports, so that a crash (a wrong
ABI ends in SIGSEGV, not in an exception) still names the module.

Environment: IMPORTS (names, separated by blanks, to import instead of those found), CHECK (a line
of Python, run after the imports).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.machinery
import json
import os
import re
import signal
import subprocess  # noqa: TID251  # a child, because an import may crash
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TESTS = frozenset({"test", "tests", "testing", "_test", "_tests"})
WORKER = "--worker"  # tells this program that it is the child


@dataclass(frozen=True)
class Contents:
    """What of a wheel can be imported."""

    top_levels: tuple[str, ...]
    extensions: tuple[str, ...]


def modules(
    files: Iterable[str], suffixes: Iterable[str], exporting: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Top-level modules and extension modules among the files of a wheel.

    `suffixes` are the extension suffixes of the running Python, `exporting` those files that
    hold an init function for their own name: any other `.so` is a plain library.
    In a namespace package (a folder without `__init__`, PEP 420) its members count as top-levels.
    """
    paths = [path for path in (purelib(file) for file in files) if path]
    packages = {path.rpartition("/")[0] for path in paths if "/__init__." in path}
    tops: set[str] = set()
    extensions: set[str] = set()
    for path in paths:
        folder, _, file = path.rpartition("/")
        name = module_name(path, suffixes, is_extension=path in exporting)
        if name is None or set(name.split(".")) & TESTS or name.endswith("__main__"):
            continue
        if path in exporting:
            extensions.add(name)
        if file.startswith("__init__."):
            name = name.rpartition(".")[0] or name
            folder = folder.rpartition("/")[0]
        if not any(part in packages for part in folders(folder)):
            tops.add(name)
    return tuple(sorted(tops)), tuple(sorted(extensions))


def purelib(file: str) -> str:
    """Path of a wheel's file below site-packages, or nothing for what is installed elsewhere."""
    match = re.match(r"[^/]+\.data/(?:pure|plat)lib/(.*)", file)
    if match:
        return match[1]
    first = file.partition("/")[0]
    return "" if first.endswith((".data", ".dist-info", ".libs")) else file


def folders(folder: str) -> list[str]:
    """A folder and all above it."""
    parts = folder.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)] if folder else []


def module_name(path: str, suffixes: Iterable[str], *, is_extension: bool) -> str | None:
    """Dotted name of the module in a file, or None if it holds none."""
    endings = suffixes if is_extension else (".py",)
    for suffix in sorted(endings, key=len, reverse=True):
        if path.endswith(suffix):
            parts = path[: -len(suffix)].split("/")
            if all(part.isidentifier() for part in parts):
                return ".".join(parts)
    return None


def read(wheel: Path) -> Contents:
    """Look into a wheel."""
    suffixes = importlib.machinery.EXTENSION_SUFFIXES
    with zipfile.ZipFile(wheel) as archive:
        files = archive.namelist()
        exporting = frozenset(
            purelib(file)
            for file in files
            if file.endswith(".so") and init_function(file) in archive.read(file)
        )
    return Contents(*modules(files, suffixes, exporting))


def init_function(file: str) -> bytes:
    """Name of the function that makes a shared object an extension module."""
    return b"PyInit_" + Path(file).name.split(".")[0].encode()


def is_foreign(missing: str, contents: Contents) -> bool:
    """Whether a module that could not be found is none of the wheel's own."""
    own = {name.partition(".")[0] for name in (*contents.top_levels, *contents.extensions)}
    return missing.partition(".")[0] not in own


def import_all(contents: Contents, names: Iterable[str], check: str) -> int:
    """The child: import, say so line by line in JSON, run the check."""
    optional = frozenset(contents.extensions) - frozenset(contents.top_levels)
    for name in names:
        tell("begin", name)
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if name in optional and is_foreign(error.name or "", contents):
                tell("skip", name, f"needs {error.name}, which no declared dependency brings")
                continue
            tell("fail", name, f"{type(error).__name__}: {error}")
            return 1
        except BaseException as error:  # noqa: BLE001  # a wheel may raise anything, SystemExit too
            tell("fail", name, f"{type(error).__name__}: {error}")
            return 1
        tell("done", name)
    if check:
        tell("begin", "check")
        try:
            exec(check, {"__name__": "check"})  # noqa: S102  # from the user's own modules.toml
        except BaseException as error:  # noqa: BLE001
            tell("fail", "check", f"{type(error).__name__}: {error}")
            return 1
    tell("end", "")
    return 0


def tell(event: str, name: str, detail: str = "") -> None:
    """One line for the parent; standard output itself belongs to the imported code."""
    line = json.dumps([event, name, detail]) + "\n"
    os.write(int(os.environ["IMPORT_TEST_PIPE"]), line.encode())


def run_child(wheel: Path) -> tuple[list[tuple[str, str, str]], int]:
    """Start the child; its lines and its exit status (negative: a signal)."""
    ours, theirs = os.pipe()
    command = [sys.executable, "-I", __file__, WORKER, str(wheel)]
    child = subprocess.Popen(
        command, pass_fds=(theirs,), env={**os.environ, "IMPORT_TEST_PIPE": str(theirs)}
    )
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as lines:
        events = [tuple(json.loads(line)) for line in lines]
    return events, child.wait()


def failure(events: list[tuple[str, str, str]], status: int) -> str:
    """One line that says what failed, or nothing. A child that just left has failed as well."""
    event, name, detail = events[-1] if events else ("", "nothing", "")
    if event == "end":
        return ""
    if event != "fail":
        detail = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit {status}"
    return f"check failed: {detail}" if name == "check" else f"import failed: {name}: {detail}"


def main() -> None:
    """Parent or child, as told."""
    parser = argparse.ArgumentParser(description="Import everything an installed wheel brings.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--result", type=Path, help="file for what was imported, JSON")
    parser.add_argument(WORKER, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        contents = read(options.wheel)
        names = os.environ.get("IMPORTS", "").split() or dict.fromkeys(
            contents.top_levels + contents.extensions
        )
        sys.exit(import_all(contents, names, os.environ.get("CHECK", "")))
    events, status = run_child(options.wheel)
    failed = failure(events, status)
    if failed:
        sys.exit(failed)
    imported = [name for event, name, _ in events if event == "done"]
    if not imported:
        sys.exit(f"import failed: {options.wheel.name}: it holds nothing that can be imported")
    skipped = {name: detail for event, name, detail in events if event == "skip"}
    for name, detail in skipped.items():
        print(f"import skipped: {name}: {detail}")
    print(f"imported: {' '.join(imported)}")
    report = {"imports": imported, "skipped": skipped, "check": bool(os.environ.get("CHECK"))}
    options.result.write_text(json.dumps(report), encoding="utf-8")


if __name__ == "__main__":
    main()
