# SPDX-License-Identifier: MIT
"""The private engine's places, configuration and environment, and what counts as foreign."""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from muslwheels import engine
from muslwheels.engine import daemon, packages, processes, rootfs
from muslwheels.engine.client import Engine, Kind
from muslwheels.engine.private import PrivateEngine, link
from muslwheels.engine.sources import Mirror, parse_deb822
from muslwheels.errors import EngineError


def refuse(text: str) -> None:
    raise AssertionError(f"nothing is to be reported, but: {text}")


def test_the_socket_stays_short_however_long_the_projects_path() -> None:
    """Unix socket paths end at 107 bytes; containerd's is the longest below the same folder."""
    private = PrivateEngine(project=Path("/" + "very-long-folder-name/" * 20))

    longest = private.runtime / "exec/containerd/containerd-debug.sock.ttrpc"

    assert len(str(longest)) < 107


def test_two_projects_share_nothing(tmp_path: Path) -> None:
    one, other = PrivateEngine(project=tmp_path / "a"), PrivateEngine(project=tmp_path / "b")

    assert one.runtime != other.runtime
    assert one.folder != other.folder


def test_the_daemon_stays_in_its_places() -> None:
    config = daemon.configuration("unix:///r/docker.sock", Path("/p/.engine/data"), Path("/r"))

    places = [config["data-root"], config["exec-root"], config["pidfile"]]
    assert places == ["/p/.engine/data", "/r/exec", "/r/docker.pid"]
    assert (config["bridge"], config["iptables"]) == ("none", False)
    assert json.loads(json.dumps(config)) == config


def test_the_daemon_sees_little_of_our_environment() -> None:
    environ = {
        "PATH": "/usr/bin",
        "HTTPS_PROXY": "http://proxy:3128",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": "/ca.pem",
        "DOCKER_HOST": "tcp://far:2376",
        "NOTIFY_SOCKET": "/run/systemd/notify",
        "TOKEN": "secret",
    }

    seen = daemon.environment(environ, Path("/root"))

    assert seen == {
        "PATH": "/root/usr/sbin:/root/usr/bin:/usr/bin",
        "HTTPS_PROXY": "http://proxy:3128",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": "/ca.pem",
    }


def test_a_link_replaces_whatever_was_there(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("{}")

    link(path, Path("/one"))
    link(path, Path("/other"))
    link(path, Path("/other"))

    assert path.readlink() == Path("/other")
    assert list(tmp_path.iterdir()) == [path]


def test_stopping_what_never_ran_leaves_no_trace(tmp_path: Path) -> None:
    assert not PrivateEngine(project=tmp_path).stop(refuse)

    assert not list(tmp_path.iterdir())


def test_what_the_file_system_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / ".engine").touch()

    with (
        pytest.raises(EngineError, match="cannot be changed"),
        PrivateEngine(project=tmp_path).lock(refuse),
    ):
        pass


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(EngineError, match="No space left on device"),
        PrivateEngine(project=tmp_path).lock(refuse),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_log_of_an_engine_that_never_ran(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="has not run yet"):
        engine.logs(tmp_path, lines=10, follow=False)


@pytest.mark.parametrize(
    ("argv", "config", "expected"),
    [
        (("dockerd",), {}, False),
        (("dockerd",), {"bridge": "none"}, True),
        (("dockerd", "--bridge=none"), {}, True),
        (("dockerd", "--bridge", "none"), {}, True),
        (("dockerd", "-b", "br0"), {"bridge": "none"}, False),
        (("/usr/bin/dockerd", "-H", "fd://"), {"bridge": ""}, False),
    ],
)
def test_whether_a_daemon_has_a_bridge(
    argv: tuple[str, ...], config: Mapping[str, object], *, expected: bool
) -> None:
    def read(path: str) -> Mapping[str, object]:
        assert path == processes.DEFAULT_CONFIG
        return config

    assert expected == processes.lacks_bridge(argv, read)


@pytest.mark.parametrize("argv", [("--config-file=/c.json",), ("--config-file", "/c.json")])
def test_a_daemons_own_configuration_file_is_read(argv: tuple[str, ...]) -> None:
    configs = {"/c.json": {"bridge": "none"}}

    assert processes.lacks_bridge(("dockerd", *argv), configs.__getitem__)


def test_no_process_belongs_to_a_project_that_is_not_there(tmp_path: Path) -> None:
    assert processes.of_engine(tmp_path / "daemon.json") == {}


def test_programs_are_in_place_already(tmp_path: Path) -> None:
    """What is unpacked stays: nothing is fetched, and nothing said."""
    packages.install(tmp_path, refuse)

    assert not list(tmp_path.iterdir())


def test_a_killed_set_up_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "half.deb").touch()

    with packages.scratch_folder(tmp_path) as scratch:
        assert not list(scratch.iterdir())
        (scratch / "half.deb").touch()

    assert not list(tmp_path.iterdir())


def test_programs_inside_the_debian_root_come_from_stable_alone() -> None:
    binary, source = parse_everything(rootfs.sources(Mirror(uri="https://mirror.example/debian")))

    assert binary == ("deb", ("trixie",))
    assert source == ("deb-src", ("trixie", "bookworm", "sid"))


def parse_everything(text: str) -> list[tuple[str, tuple[str, ...]]]:
    stanzas = text.strip().split("\n\n")
    return [
        (stanza.split()[1], parse_deb822(stanza.replace("deb-src", "deb"))[0].suites)
        for stanza in stanzas
    ]


def test_a_debian_root_that_is_there_is_taken(tmp_path: Path) -> None:
    context = tmp_path / ".engine/debian/trixie"
    context.mkdir(parents=True)

    assert engine.debian_rootfs(tmp_path, refuse) == context


def test_the_status_names_engine_versions_and_cost() -> None:
    status = engine.Status(
        engine=Engine(kind=Kind.PRIVATE, docker=Path("docker"), platforms=("linux/amd64",)),
        address="unix:///run/docker.sock",
        versions={"Engine": "28.5.2", "runc": "1.1.5"},
        uptime=3725.0,
        disk=1_500_000_000,
    )

    stream = io.StringIO(str(status))

    assert [line.split(maxsplit=1) for line in stream] == [
        ["engine", "private, running\n"],
        ["address", "unix:///run/docker.sock\n"],
        ["platforms", "linux/amd64\n"],
        ["versions", "Engine 28.5.2, runc 1.1.5\n"],
        ["uptime", "1 h 2 min\n"],
        ["disk", "1.5 GB"],
    ]


def test_the_status_of_an_engine_that_does_not_run() -> None:
    text = str(engine.Status(engine=None, address="unix:///run/docker.sock"))

    assert "not running" in text
    assert "uptime" not in text
