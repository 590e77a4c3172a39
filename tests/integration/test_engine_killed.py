# SPDX-License-Identifier: MIT
"""The private engine is killed in the middle of a build."""

from __future__ import annotations

import os
import signal

import pytest

from muslwheels import cli, engine
from muslwheels.engine import Kind, processes
from muslwheels.engine.private import PrivateEngine
from tests.integration.conftest import CELL, Bench, wait_until
from tests.integration.test_interrupted import sleepers

pytestmark = pytest.mark.integration


def test_the_next_run_starts_it_again(own_built: Bench, checkout_engine: engine.Engine) -> None:
    if checkout_engine.kind is not Kind.PRIVATE:
        pytest.skip("the engine here is not ours to kill")
    config = PrivateEngine(project=cli.PROJECT).config
    run = own_built.start(f"slow-build{CELL}")
    wait_until("a build that sleeps", lambda: run.poll() is not None or sleepers(), seconds=1200)
    (daemon,) = (
        pid for pid, argv in processes.of_engine(config).items() if processes.is_daemon(argv)
    )
    os.kill(daemon, signal.SIGKILL)
    assert run.wait(60) == 9
    said = own_built.output.read_text()
    assert "The engine went away during the build." in said
    assert "Run the same command again" in said
    assert "Traceback" not in said
    assert own_built.receipts() == {}

    again = own_built.build(f"forty-two{CELL}")
    assert again.status == 0
    assert "Engine: starting" in again.output
    assert len(own_built.receipts()) == 1
