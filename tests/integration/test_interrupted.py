# SPDX-License-Identifier: MIT
"""Ctrl-C in the middle of a build."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from tests.integration.conftest import CELL, Bench, wait_until

pytestmark = pytest.mark.integration

SLEEP = ["sleep", "86418"]  # what setup.py of slow-build runs


def sleepers() -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if each.info["cmdline"] == SLEEP]


def in_session(leader: int) -> list[str]:
    """Command lines of the processes that a build left behind."""
    left = []
    for each in psutil.process_iter(["pid", "cmdline"]):
        try:
            if os.getsid(each.info["pid"]) == leader:
                left.append(" ".join(each.info["cmdline"] or ()))
        except ProcessLookupError:
            continue
    return left


@pytest.fixture
def asleep(own_built: Bench) -> Iterator[subprocess.Popen[str]]:
    """A build whose first wheel is done and whose second one does not end."""
    run = own_built.start(f"pure-python{CELL}", f"slow-build{CELL}", "--jobs=2")
    try:
        wait_until(
            "a build that sleeps",
            lambda: run.poll() is not None or (own_built.receipts() and sleepers()),
            seconds=1200,
        )
        assert run.poll() is None, own_built.output.read_text()
        yield run
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "kill"])
def test_ctrl_c_ends_within_seconds(
    own_built: Bench, asleep: subprocess.Popen[str], *, whole_group: bool
) -> None:
    if whole_group:
        os.killpg(asleep.pid, signal.SIGINT)
    else:
        os.kill(asleep.pid, signal.SIGINT)
    assert asleep.wait(10) != 0
    wait_until("buildx to end", lambda: not in_session(asleep.pid), seconds=5)
    wait_until("the build to end", lambda: not sleepers(), seconds=15)
    assert list(own_built.receipts()) == ["pure_python-1.0-py3-none-any.whl"]

    again = own_built.build(f"pure-python{CELL}")
    assert again.status == 0
    assert "pure-python1.0" not in again.output.partition("wheel  ")[0]  # nothing is started
    assert "local" in again.output
