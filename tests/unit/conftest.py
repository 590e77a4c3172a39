# SPDX-License-Identifier: MIT
"""Unit tests cannot touch the world: no network but loopback, no programs."""

from __future__ import annotations

import socket
import subprocess
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def no_outside_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network or starts a program fails and says so."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family == socket.AF_UNIX or address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a unit test connects to {address}")
        connect(self, address)

    def refused(*arguments: object, **_: object) -> None:
        raise AssertionError(f"a unit test starts {arguments}")

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(subprocess, "Popen", refused)
