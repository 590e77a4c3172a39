# SPDX-License-Identifier: MIT
"""Which engine of the user's is taken, and why one is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from muslwheels.engine import user
from muslwheels.engine.client import Engine, Kind
from muslwheels.errors import EngineError

DOCKER = Path("/usr/bin/docker")
BUILDX = "github.com/docker/buildx v0.20.1 245093b99a5b5b6f"
INSPECT = """\
Name:          default
Driver:        docker

Nodes:
Name:             default
Endpoint:         default
Status:           running
Platforms:        linux/arm64*, linux/amd64, linux/arm/v7
GC Policy rule#0:
 All:            false
"""


class Client:
    """Answers as a docker client would; any command it does not know fails the test."""

    def __init__(self, answers: Mapping[str, str | None]) -> None:
        self._answers = {
            "buildx version": BUILDX,
            "buildx inspect": INSPECT,
            "info --format {{.ServerVersion}}": "28.0.4",
            "network ls --format {{.Name}}": "bridge\nhost\nnone\n",
            **answers,
        }

    def ask(self, argv: Sequence[str]) -> str | None:
        assert argv[0] == str(DOCKER)
        return self._answers[" ".join(argv[1:])]


def inspect(builder: str | None = None, **answers: str | None) -> Engine:
    return user.inspect(DOCKER, builder, Client(answers).ask)


def test_a_working_engine_is_taken_as_it_is() -> None:
    engine = inspect()

    assert engine.kind is Kind.USER
    assert engine.platforms == ("linux/arm64", "linux/amd64", "linux/arm/v7")
    assert engine.architecture == "arm64"
    assert engine.builder is None
    assert not engine.network_host
    assert not engine.environment


def test_an_engine_without_a_bridge_needs_the_hosts_network() -> None:
    engine = inspect(**{"network ls --format {{.Name}}": "host\nnone\n"})

    assert engine.network_host


def test_a_named_builder_needs_no_daemon_of_its_own() -> None:
    remote = INSPECT.replace("docker\n", "remote\n", 1)

    engine = inspect(
        "farm", **{"info --format {{.ServerVersion}}": None, "buildx inspect farm": remote}
    )

    assert engine.builder == "farm"
    assert not engine.network_host


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"buildx version": None}, "`docker buildx` 0.13 or newer is missing."),
        ({"buildx version": "buildx v0.10.4 c513d34"}, "`docker buildx` 0.13 or newer is missing."),
        ({"info --format {{.ServerVersion}}": None}, "`docker info` does not answer."),
        ({"info --format {{.ServerVersion}}": ""}, "`docker info` does not answer."),
        ({"buildx inspect": None}, "`docker buildx inspect` says: no platforms."),
        (
            {"buildx inspect": f"{INSPECT}Error: no such host\n"},
            "`docker buildx inspect` says: no such host.",
        ),
    ],
)
def test_an_engine_that_cannot_be_used_says_why(
    answers: dict[str, str | None], message: str
) -> None:
    with pytest.raises(EngineError) as caught:
        inspect(**answers)

    assert message == caught.value.message


def test_no_client_in_path(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no `docker` client in PATH"):
        user.find({"PATH": str(tmp_path)}, None)


@pytest.mark.parametrize(
    ("environ", "builder", "expected"),
    [
        ({}, None, ""),
        ({"DOCKER_HOST": ""}, None, ""),
        ({"DOCKER_HOST": "tcp://far:2376"}, None, "DOCKER_HOST=tcp://far:2376"),
        ({"DOCKER_CONTEXT": "far"}, None, "DOCKER_CONTEXT=far"),
        ({"DOCKER_CONTEXT": "far", "BUILDX_BUILDER": "farm"}, None, "BUILDX_BUILDER=farm"),
        ({"BUILDX_BUILDER": "farm"}, "mine", "--builder mine"),
    ],
)
def test_how_the_user_names_an_engine(
    environ: dict[str, str], builder: str | None, expected: str
) -> None:
    assert expected == user.wish(environ, builder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BUILDX, (0, 20)),
        ("github.com/docker/buildx 0.29.1+ds1 0.29.1+ds1-4", (0, 29)),
        ("github.com/docker/buildx v1.2.0-rc1 abc", (1, 2)),
        ("", (0, 0)),
    ],
)
def test_buildx_version(text: str, expected: tuple[int, int]) -> None:
    assert expected == user.parse_version(text)
