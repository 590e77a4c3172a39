# SPDX-License-Identifier: MIT
"""Ctrl-C in the middle of a build."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from muslwheels import cli, engine
from tests.integration.conftest import CELL, Bench, environment, wait_until
from tests.package_index import PackageIndex

pytestmark = pytest.mark.integration

SLEEP = ["sleep", "86418"]  # what setup.py of slow-build runs


def sleepers() -> list[psutil.Process]:
    """Builds of slow-build."""
    return [each for each in psutil.process_iter(["cmdline"]) if each.info["cmdline"] == SLEEP]


@dataclass(frozen=True, kw_only=True, slots=True)
class Nox:
    """A real `nox -s build` in a copy of the checkout."""

    process: subprocess.Popen[bytes]
    bench: Bench  # its folders
    output: Path

    def left(self) -> list[str]:
        """Command lines of the processes that it left behind."""
        found = []
        for each in psutil.process_iter(["pid", "cmdline"]):
            try:
                if os.getsid(each.info["pid"]) == self.process.pid:
                    found.append(" ".join(each.info["cmdline"] or ()))
            except ProcessLookupError:
                continue
        return found


@pytest.fixture
def asleep(copy: Path, index: PackageIndex, checkout_engine: engine.Engine) -> Iterator[Nox]:
    """A build whose first wheel is done and whose second one does not end."""
    if not checkout_engine.network_host:
        pytest.skip("builds on this engine do not reach a server on this machine's loopback")
    bench = Bench(folder=copy, index=index.url)
    output = copy / "output"
    path = f"{checkout_engine.docker.parent}{os.pathsep}{os.environ['PATH']}"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [
                *(cli.PROJECT / ".venv/bin/nox", "-s", "build", "--"),
                *(f"pure-python{CELL}", f"slow-build{CELL}", "--jobs=2"),
                *("--base=source", f"--index={index.url}"),
            ],
            cwd=copy,
            env=environment(PYTHONPATH=str(copy), PATH=path, **checkout_engine.environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    nox = Nox(process=process, bench=bench, output=output)
    try:
        wait_until(
            "a build that sleeps",
            lambda: (
                process.poll() is not None
                or (
                    b"pure-python1.0" + CELL.encode() + b": done" in output.read_bytes()
                    and sleepers()
                )
            ),
            seconds=1200,
        )
        assert process.poll() is None, output.read_text()
        yield nox
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("everybody", [True, False], ids=["terminal", "nox alone"])
def test_ctrl_c_ends_within_seconds(asleep: Nox, *, everybody: bool) -> None:
    (os.killpg if everybody else os.kill)(asleep.process.pid, signal.SIGINT)
    assert asleep.process.wait(10) != 0
    wait_until("buildx to end", lambda: not asleep.left(), seconds=5)
    wait_until("the build to end", lambda: not sleepers(), seconds=15)
    said = asleep.output.read_text()
    assert "Interrupted. Finished wheels are kept" in said
    assert "Traceback" not in said
    assert list(asleep.bench.receipts()) == ["pure_python-1.0-py3-none-any.whl"]

    again = asleep.bench.build(f"pure-python{CELL}")
    assert again.status == 0
    assert f"pure-python1.0{CELL}: started" not in again.output
    assert " local " in again.output
