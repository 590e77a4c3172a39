# SPDX-License-Identifier: MIT
"""A real private engine in an empty project: found again, never twice, gone without a trace."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from muslwheels import engine
from muslwheels.engine import client, processes
from muslwheels.engine.client import Kind
from muslwheels.engine.private import PrivateEngine

pytestmark = pytest.mark.integration

CHECKOUT = Path(__file__).parents[2]
LONG = "86417"  # seconds that no other process on this machine sleeps
ENSURE = (
    "import sys; from pathlib import Path; from muslwheels.engine.private import PrivateEngine;"
    "PrivateEngine(project=Path(sys.argv[1])).ensure(print)"
)


def quiet(_: str) -> None:
    """Take a report that the test does not look at."""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the engine's programs: the checkout's if it has them, else Debian's."""
    if os.geteuid() != 0 or processes.foreign_daemon(Path("/none")) is not None:
        pytest.skip("a private engine needs root and no system daemon")
    root = PrivateEngine(project=tmp_path_factory.mktemp("programs")).root
    own = PrivateEngine(project=CHECKOUT).root
    root.parent.mkdir()
    if own.exists():
        root.symlink_to(own)
    else:
        from muslwheels.engine import packages

        packages.install(root, quiet)
    return root


@pytest.fixture
def private(tmp_path: Path, programs: Path) -> Iterator[PrivateEngine]:
    """A private engine that does not run yet; whatever runs of it in the end is stopped."""
    private = PrivateEngine(project=tmp_path)
    private.folder.mkdir()
    private.root.symlink_to(programs)
    yield private
    private.stop(quiet)


def commands() -> list[tuple[str, ...]]:
    return [argv for _, argv in processes.processes()]


def kill_daemon(private: PrivateEngine) -> None:
    (daemon,) = [
        pid
        for pid, argv in processes.of_engine(private.config).items()
        if processes.is_daemon(argv)
    ]
    os.kill(daemon, signal.SIGKILL)


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true within a minute."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def of_project(private: PrivateEngine) -> list[tuple[str, ...]]:
    """Command lines of all processes that have to do with an engine."""
    places = (str(private.folder), str(private.runtime))
    return [argv for argv in commands() if any(place in " ".join(argv) for place in places)]


def mounts_of(private: PrivateEngine) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if str(private.folder) in line or str(private.runtime) in line]


@contextmanager
def build_of(found: engine.Engine, definition: str) -> Iterator[subprocess.Popen[str]]:
    """A build of a bake definition, at work; ended with the block at the latest."""
    process = subprocess.Popen(
        [found.docker, "buildx", "bake", "--allow=network.host", "--file=-"],
        env={**os.environ, **found.environment, "BUILDX_BAKE_ENTITLEMENTS_FS": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdin is not None
    with process, process.stdin as stream:
        stream.write(definition)
        stream.close()
        yield process
        process.kill()


def definition(context: Path, run: str) -> str:
    """A bake definition that runs a program of `context`."""
    dockerfile = f"FROM scratch\nCOPY . /\nRUN [{run}]\n"
    return json.dumps(
        {
            "target": {
                "default": {
                    "context": str(context),
                    "dockerfile-inline": dockerfile,
                    "network": "host",
                    "output": ["type=cacheonly"],
                }
            }
        }
    )


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context with this machine's `sleep` and the libraries it needs."""
    context = tmp_path / "context"
    listed = subprocess.run(["ldd", "/bin/sleep"], capture_output=True, text=True, check=True)
    for word in ("/bin/sleep", *listed.stdout.split()):
        if word.startswith("/"):
            copy = context / word[1:]
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(word, copy)
    return context


def test_it_starts_once_and_is_found_again(private: PrivateEngine) -> None:
    started = private.ensure(quiet)
    pids = processes.of_engine(private.config)
    begin = time.perf_counter()
    again = private.ensure(quiet)
    seconds = time.perf_counter() - begin

    assert started == again == engine.find(private.project, environ={"PATH": ""})
    assert started.kind is Kind.PRIVATE
    assert pids == processes.of_engine(private.config)
    assert seconds < 0.1


def test_two_at_once_start_one(private: PrivateEngine) -> None:
    """The second waits for the first, says so, and both find the same daemon."""
    argv = [sys.executable, "-c", ENSURE, str(private.project)]
    starts = [
        subprocess.Popen(argv, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [process.communicate()[0] for process in starts]

    assert [process.returncode for process in starts] == [0, 0]
    daemons = [a for a in processes.of_engine(private.config).values() if processes.is_daemon(a)]
    assert len(daemons) == 1
    assert sum("Engine: starting" in text for text in said) == 1


def test_it_builds_on_the_hosts_network(private: PrivateEngine, context: Path) -> None:
    found = private.ensure(quiet)

    with build_of(found, definition(context, '"/bin/sleep", "0"')) as build:
        code = build.wait(timeout=60)

    assert found.network_host
    assert code == 0


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nothing_is_left_even_of_a_build(private: PrivateEngine, context: Path, how: str) -> None:
    """Neither after a stop nor after a crash, in the middle of a build."""
    found = private.ensure(quiet)
    with build_of(found, definition(context, f'"/bin/sleep", "{LONG}"')) as build:
        assert eventually(lambda: ("/bin/sleep", LONG) in commands())
        if how == "kill":
            kill_daemon(private)
        else:
            private.stop(quiet)
        code = build.wait(timeout=60)

    assert code != 0
    assert eventually(lambda: ("/bin/sleep", LONG) not in commands())
    private.stop(quiet)
    assert of_project(private) == []
    assert mounts_of(private) == []
    assert not private.runtime.exists()
    assert private.find() is None


def test_it_comes_back_after_a_crash(private: PrivateEngine) -> None:
    private.ensure(quiet)
    kill_daemon(private)

    again = private.ensure(quiet)

    assert client.versions(private.socket)["Engine"]
    assert again.kind is Kind.PRIVATE


def test_stopping_twice_is_fine(private: PrivateEngine) -> None:
    private.ensure(quiet)

    assert private.stop(quiet)
    assert not private.stop(quiet)

    assert of_project(private) == []


def test_one_whose_socket_was_deleted_can_still_be_stopped(private: PrivateEngine) -> None:
    private.ensure(quiet)
    private.socket.unlink()

    assert private.stop(quiet)

    assert of_project(private) == []
