# SPDX-License-Identifier: MIT
"""./bootstrap where nothing has to be fetched: usage, a .venv that is current, no Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
LOCK = "nothing==1.0 --hash=sha256:00\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with bootstrap and a lock, and a path that needs quoting."""
    checkout = tmp_path / "a checkout"
    checkout.mkdir()
    shutil.copy(CHECKOUT / "bootstrap", checkout)
    (checkout / "requirements.lock").write_text(LOCK)
    return checkout


def bootstrap(
    checkout: Path, *command: str, path: str = os.environ["PATH"]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "bootstrap", *command],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def make_current(checkout: Path, root: Path | None = None) -> None:
    """Put a .venv there that says it was made from this lock in `root`."""
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to("/bin/sh")
    lock = subprocess.run(["cksum"], input=LOCK, capture_output=True, text=True, check=True)
    (checkout / ".venv/made-from").write_text(f"{lock.stdout}{root or checkout}\n")


def test_usage_without_a_command(checkout: Path) -> None:
    asked, forgot = bootstrap(checkout, "--help"), bootstrap(checkout)

    assert (asked.returncode, forgot.returncode) == (0, 2)
    assert asked.stdout == forgot.stderr
    assert "./bootstrap COMMAND" in asked.stdout


def test_a_current_venv_is_used_at_once(checkout: Path) -> None:
    make_current(checkout)

    begin = time.perf_counter()
    done = bootstrap(
        checkout, "sh", "-c", 'echo "$VIRTUAL_ENV $1"; echo "$PATH"; exit 3', "-", "a b"
    )
    seconds = time.perf_counter() - begin

    first, second = done.stdout.splitlines()
    assert done.returncode == 3
    assert first == f"{checkout}/.venv a b"
    assert second.startswith(f"{checkout}/.venv/bin:")
    assert done.stderr == ""
    assert seconds < 0.3


@pytest.mark.parametrize("why", ["new", "lock changed", "moved", "interpreter gone"])
def test_without_python_one_message_says_what_to_do(checkout: Path, why: str) -> None:
    """And nothing half-made stays behind."""
    tools = checkout / "tools"
    tools.mkdir()
    for name in ("cat", "cksum", "dirname", "sed", "sh"):
        (tools / name).symlink_to(shutil.which(name) or name)
    if why != "new":
        make_current(checkout, root=Path("/elsewhere") if why == "moved" else None)
    if why == "lock changed":
        (checkout / "requirements.lock").write_text(f"# changed\n{LOCK}")
    if why == "interpreter gone":
        (checkout / ".venv/bin/python").unlink()
    before = sorted(checkout.rglob("*"))

    done = bootstrap(checkout, "true", path=str(tools))

    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "bootstrap: error: no Python 3.11 or newer in PATH."
    assert len(done.stderr.splitlines()) == 2
    assert sorted(checkout.rglob("*")) == before
