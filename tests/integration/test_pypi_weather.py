# SPDX-License-Identifier: MIT
"""What takes a real disk, a real index, or more seconds than a unit test has."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from muslwheels.architecture import Architecture
from muslwheels.config import Config
from muslwheels.errors import NetworkError, WheelhouseError
from muslwheels.plan import Action, PlanOptions
from muslwheels.planner import make_plan
from muslwheels.pypi import PyPI
from muslwheels.release import File
from muslwheels.settings import Settings
from muslwheels.target import parse_targets
from muslwheels.web import PATIENCE, Timing, Web
from tests.fake_index import FakeAtHand
from tests.index_server import IndexServer, Reply

pytestmark = pytest.mark.integration

PROJECT = Path(__file__).parents[2]
A = canonicalize_name("a")


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with IndexServer().running() as running:
        yield running


@pytest.fixture
def small_disk(tmp_path):
    """A file system with 64 KiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_an_error_and_leaves_nothing(server, small_disk, tmp_path):
    server.replies["/files/a-1.0.tar.gz"] = Reply(body=b"x" * 1_000_000)
    web = Web(print)
    index = PyPI(server.url, tmp_path / "cache", web)
    file = File(filename="a-1.0.tar.gz", url=f"http://{server.host}/files/a-1.0.tar.gz")

    with pytest.raises(WheelhouseError) as caught:
        index.download(file, small_disk / "files")

    web.close()
    assert "no space left on device" in caught.value.message
    assert "Free some space" in caught.value.hint
    assert list((small_disk / "files").iterdir()) == []


def test_a_cache_on_a_full_disk_costs_time_only(server, small_disk):
    links = "".join(f"<a href=a-{number}.0.tar.gz></a>" for number in range(5000))
    server.page("a", links)
    web = Web(print)
    index = PyPI(server.url, small_disk / "cache", web)

    assert len(index.project(A).releases) == 5000

    web.close()
    assert "could not be cached" in index.notes[0]


def test_a_slow_index_is_spoken_of_in_time_and_waited_for(server, tmp_path):
    server.page("a", "<a href=a-1.0.tar.gz></a>", delay=PATIENCE + 1)
    said: list[str] = []
    web = Web(said.append)

    assert PyPI(server.url, tmp_path, web).exists(A)

    web.close()
    assert said == [f"still waiting for {server.host} (the page of a)"]


def test_an_address_nobody_answers_is_given_up(tmp_path):
    """192.0.2.0/24 is for documentation (RFC 5737): packets to it vanish or are refused."""
    said: list[str] = []
    web = Web(said.append, timing=Timing(attempts=2, connect=2.0, backoff=0.1))
    index = PyPI("http://192.0.2.1/simple/", tmp_path, web)

    with pytest.raises(NetworkError, match=r"192\.0\.2\.1"):
        index.project(A)
    web.close()


def test_the_index_of_this_machine_plans_paramiko(tmp_path):
    config = Config.from_toml((PROJECT / "modules.toml").read_text())
    config = config.with_environment(os.environ)
    index = PyPI.from_settings(config, Settings(), tmp_path, print)
    parsed = parse_targets(["paramiko-amd64", "cryptography-amd64"], index.exists)

    plan = make_plan(
        config.expand(parsed.targets),
        config,
        PlanOptions(available=frozenset({Architecture.AMD64})),
        index,
        FakeAtHand(),
    )

    names = [step.cell.name for step in plan.steps]
    assert names[-1] == "paramiko"
    assert {"bcrypt", "cffi", "cryptography", "pycparser", "pynacl"} <= set(names)
    assert {step.action for step in plan.steps} <= {Action.TAKE, Action.BUILD}
    assert (plan.failed, plan.skipped) == ((), ())
