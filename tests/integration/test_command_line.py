# SPDX-License-Identifier: MIT
"""What nox and invoke say to people; none of it needs an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from muslwheels import cli
from muslwheels.architecture import Architecture
from tests.integration.conftest import ARCH, CELL, PYTHON, Done, command, environment

pytestmark = pytest.mark.integration

BOOTSTRAP = cli.PROJECT / "bootstrap"
NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
FOREIGN = next(arch for arch in Architecture if arch is not ARCH)


def nox(*arguments: str) -> Done:
    return command(BOOTSTRAP, "nox", *arguments, env=environment(**NO_ENGINE))


@pytest.mark.parametrize("words", [("nox", "-l"), ("invoke", "--list")])
def test_lists_are_quick_and_need_no_engine(words: tuple[str, ...]) -> None:
    command(BOOTSTRAP, *words, env=environment(**NO_ENGINE))  # bootstrap may have work to do once
    done = command(BOOTSTRAP, *words, env=environment(**NO_ENGINE))
    assert done.status == 0
    assert done.seconds < 2
    assert ("build(python=" if words[0] == "nox" else "engine.stop") in done.output


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (f"paramikoo{CELL}", "Did you mean paramiko?"),
        (f"no-such-module-of-ours{CELL}", "There is no project no-such-module-of-ours"),
        (f"paramiko0.0.999{CELL}", "The newest version is "),
        (f"paramiko-py{PYTHON}-vax", "amd64"),
        (f"paramiko-py2.7-{ARCH}", PYTHON),
        ("paramiko==", "paramiko=="),
        ("-amd64", "-amd64"),
        ("cffi$(touch /tmp/pwned)", "cffi$(touch /tmp/pwned)"),
        ("cffi; rm -rf /", "cffi; rm -rf /"),
        ("`id`", "`id`"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("--no-binay", "--no-binary"),
        ("--jobs=many", "--jobs"),
    ],
)
def test_a_mistake_is_one_message(target: str, said: str) -> None:
    done = nox("-s", f"build(python='{PYTHON}', arch='{ARCH}')", "--", target)
    errors = [line for line in done.output.splitlines() if line.startswith("error: ")]
    assert done.status != 0
    assert len(errors) == 1
    assert said in done.output
    assert not Path("/tmp/pwned").exists()


def test_no_target_is_a_mistake() -> None:
    done = nox("-s", "plan")
    assert done.status != 0
    assert "No target is given." in done.output


def test_the_plan_is_printed_and_nothing_is_built() -> None:
    done = nox("-s", "plan", "--", f"paramiko{CELL}")
    assert done.status == 0
    assert f"-py{PYTHON}-{ARCH}" in done.output
    assert "paramiko" in done.output


def test_a_foreign_architecture_fails_and_never_pretends() -> None:
    done = nox("-s", "build", "--", f"pycparser-py{PYTHON}-{FOREIGN}")
    assert done.status != 0
    assert f"Wheels for {FOREIGN} cannot be tested here yet" in done.output
    assert f"Give one of {ARCH}" in done.output


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[ssl]", "[ssl", "modules.toml"),
        ("[ssl]", "[sssl]", "ssl"),
        ('mode = "auto"', 'mode = "sometimes"', "base.mode"),
    ],
)
def test_a_broken_configuration_is_one_message(copy: Path, old: str, new: str, said: str) -> None:
    config = copy / "modules.toml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    done = command(
        cli.PROJECT / ".venv/bin/nox", "-l", cwd=copy, env=environment(PYTHONPATH=str(copy))
    )
    assert done.status != 0
    assert done.output.startswith("error: ")
    assert said in done.output
