# SPDX-License-Identifier: MIT
"""Base images from a registry: a real one on loopback, asked and pulled from by the real engine."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from muslwheels import bake, cli
from muslwheels.architecture import Architecture
from muslwheels.bases import Base, World
from muslwheels.build import Status
from muslwheels.config import Config
from muslwheels.engine.apt import Apt, host_codename, host_mirror, unpack
from muslwheels.places import Places
from muslwheels.run import Run
from muslwheels.settings import Settings

pytestmark = pytest.mark.integration

PYTHON = "3.13"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a registry of the test's own, from the host's Debian."""
    folder = tmp_path_factory.mktemp("registry")
    mirror = host_mirror()
    assert mirror is not None
    apt = Apt(folder / "apt", mirror, host_codename())
    unpack(apt.download("docker-registry"), folder / "root")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {folder}/data\n"
        f"http:\n  addr: {address}\n"
    )
    program = folder / "root/usr/bin/docker-registry"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, "serve", config], stdout=log, stderr=log)
    try:
        await_port(address)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def await_port(address: str) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "the registry did not start"
            time.sleep(0.1)
        else:
            return


def make_run(config: Config, tmp_path: Path, *arguments: str) -> Run:
    places = Places(project=cli.PROJECT, wheels=tmp_path / "wheels", build=tmp_path / "build")
    return Run(config, Settings.from_arguments(arguments, {}), places)


def push_base(run: Run, image: str) -> None:
    """Put our own base image where a registry would have python:X.Y-alpine."""
    python = run.config.pythons_of(run.targets[0])[0]
    base = Base(python=python, world=World.SOURCE, image=image)
    definition = bake.base_definition(run.workshop.site, base, Architecture.AMD64)
    name = bake.base_name(python, Architecture.AMD64)
    definition["target"][name]["output"] = [f"type=image,name={image},push=true"]
    run.workshop.buildx.bake(
        definition,
        name,
        file=run.places.build / "push.json",
        log=run.places.build / "push.log",
        on_stage=lambda _: None,
    )


def configured(registry: str) -> Config:
    config = cli.read_config()
    return replace(
        config, base=replace(config.base, image=registry + "/python:{python}-alpine{alpine}")
    )


def test_a_base_that_the_registry_has_is_taken_from_there(
    registry: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(registry)
    run = make_run(config, tmp_path, f"cffi-py{PYTHON}-amd64")
    image = config.base.reference(run.config.pythons_of(run.targets[0])[0])
    push_base(run, image)

    run.build(PYTHON, "amd64")

    assert f"Base image of Python {PYTHON}: {image}" in capsys.readouterr().out
    assert {outcome.status for outcome in run.outcomes.values()} == {Status.TAKEN}
    log = (tmp_path / "build/logs" / f"{run.plans[0].steps[0].cell}.log").read_text()
    assert "python-build" not in log


def test_a_registry_without_the_image_leaves_the_source_build(
    registry: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(f"{registry}/nothing")
    run = make_run(config, tmp_path, f"pycparser-py{PYTHON}-amd64")

    run.build(PYTHON, "amd64")

    assert "built from source" in capsys.readouterr().out
    assert {outcome.status for outcome in run.outcomes.values()} == {Status.TAKEN}


def test_registry_mode_fails_plainly_without_the_image(registry: str, tmp_path: Path) -> None:
    from muslwheels.errors import BaseImageError

    run = make_run(
        configured(f"{registry}/nothing"), tmp_path, f"cffi-py{PYTHON}-amd64", "--base=registry"
    )

    with pytest.raises(BaseImageError, match="does not answer for") as caught:
        run.build(PYTHON, "amd64")

    assert "--base source" in caught.value.hint
    assert not list((tmp_path / "wheels").rglob("*.whl"))
