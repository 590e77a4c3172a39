# SPDX-License-Identifier: MIT
"""What the rest of the program knows of an engine: how to reach it and what it can do."""

from __future__ import annotations

import http.client
import json
import platform
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

PING_SECONDS = 2.0


class Kind(Enum):
    """Whose engine it is."""

    USER = "user"
    PRIVATE = "private"


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """An engine that answers."""

    kind: Kind
    docker: Path  # the client
    environment: Mapping[str, str] = field(default_factory=dict)  # for the client, over our own
    network_host: bool = False  # it has no bridge: RUN steps need the host's network
    builder: str | None = None  # buildx builder; None: the client's current one
    platforms: tuple[str, ...]  # OCI platforms it builds for, its own first

    @property
    def architecture(self) -> str:
        """CPU architecture of the engine itself, as the OCI platform names it."""
        return self.platforms[0].removeprefix("linux/")


def machine_platform() -> str:
    """OCI platform of this machine."""
    from muslwheels.architecture import Architecture

    return Architecture.parse(platform.machine()).platform


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PING_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PING_SECONDS)
        self.sock.connect(str(self._path))


def get(path: Path, resource: str) -> bytes | None:
    """Ask the Docker API on a unix socket; None when nobody answers well in `PING_SECONDS`."""
    connection = _UnixConnection(path)
    try:
        connection.request("GET", resource)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if response.status == http.client.OK else None


def versions(path: Path) -> dict[str, str]:
    """Versions of the engine on a unix socket and its parts; empty when it does not answer."""
    answer = get(path, "/version")
    if answer is None:
        return {}
    return {part["Name"]: part["Version"] for part in json.loads(answer)["Components"]}
