# SPDX-License-Identifier: MIT
from pathlib import Path
from typing import Any

import pytest

from muslwheels.architecture import Architecture
from muslwheels.bake import (
    CELL,
    Recipe,
    Site,
    architecture_args,
    base_definition,
    cell_definition,
    escape,
)
from muslwheels.bases import Base, World
from muslwheels.config import Module
from muslwheels.plan import Action
from muslwheels.sdist import Needs
from muslwheels.target import PythonVersion, Ssl
from tests.fakes import cell, step

PROJECT = Path("/project")
SOURCE = Base(python=PythonVersion(3, 14), world=World.SOURCE, image="python:3.14-alpine3.22")
REGISTRY = Base(python=PythonVersion(3, 14), world=World.REGISTRY, image="python:3.14-alpine3.22")


def site(**changes: Any) -> Site:
    facts: dict[str, Any] = {
        "project": PROJECT,
        "build_arch": Architecture.AMD64,
        "debian": "/project/.engine/debian",
        "network_host": True,
        "secrets": {"ca": Path("/ca.pem")},
        "args": {"PIP_INDEX_URL": "http://index/simple"},
    }
    return Site(**{**facts, **changes})


PLAIN = Needs()


def recipe(needs: Needs = PLAIN, *, taken: bool = False, module: Module | None = None) -> Recipe:
    of = cell("cryptography", "46.0", ssl=Ssl.OPENSSL)
    return Recipe(
        step=step(of, Action.TAKE if taken else Action.BUILD, module=module),
        work=Path("/work"),
        taken=taken,
        needs=needs,
        sha256="0" * 64,
    )


def links(definition: dict[str, Any]) -> dict[str, set[str]]:
    """The bake targets that each target's contexts name."""
    return {
        name: {
            value.removeprefix("target:")
            for value in made.get("contexts", {}).values()
            if value.startswith("target:")
        }
        for name, made in definition["target"].items()
    }


@pytest.mark.parametrize("base", [SOURCE, REGISTRY], ids=["source", "registry"])
@pytest.mark.parametrize("debian", ["/rootfs", "docker-image://debian:trixie-slim"])
@pytest.mark.parametrize("needs", [Needs(), Needs(cxx=True), Needs(rust=True)], ids=str)
def test_every_context_that_links_to_a_target_has_one(
    base: Base, debian: str, needs: Needs
) -> None:
    definition = cell_definition(site(debian=debian), base, recipe(needs))

    for name, linked in links(definition).items():
        assert linked <= set(definition["target"]), name


def test_both_worlds_differ_only_in_where_contexts_come_from() -> None:
    """DESIGN.md section 2: one Dockerfile, one set of arguments."""
    here, there = (
        cell_definition(site(), base, recipe())["target"][CELL] for base in (SOURCE, REGISTRY)
    )

    assert {**here, "contexts": None} == {**there, "contexts": None}
    assert set(here["contexts"]) == set(there["contexts"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("needs", "runtimes"),
    [
        (Needs(), "target:runtimes-amd64"),
        (Needs(cxx=True), "target:runtimes-cxx-amd64"),
        (Needs(rust=True), "target:runtimes-rust-amd64"),
    ],
)
def test_rust_and_cxx_runtimes_are_built_only_where_wanted(needs: Needs, runtimes: str) -> None:
    contexts: Any = cell_definition(site(), SOURCE, recipe(needs))["target"][CELL]["contexts"]

    assert contexts["runtimes"] == runtimes


def test_a_wheel_that_is_only_tested_needs_no_compiler() -> None:
    made: Any = cell_definition(site(), REGISTRY, recipe(taken=True))["target"][CELL]
    contexts = made["contexts"]

    assert not [name for name in contexts.values() if "runtimes" in name or "sysroot" in name]


def test_no_secret_is_an_argument() -> None:
    definition = cell_definition(site(), SOURCE, recipe())

    made = definition["target"][CELL]
    assert made["secret"] == [{"type": "file", "id": "ca", "src": "/ca.pem"}]
    assert "/ca.pem" not in str(made["args"])


@pytest.mark.parametrize("network", [True, False])
def test_the_private_engine_builds_on_the_hosts_network(*, network: bool) -> None:
    made = cell_definition(site(network_host=network), SOURCE, recipe())["target"][CELL]

    assert made.get("network") == ("host" if network else None)


@pytest.mark.parametrize(
    ("value", "expected"), [("plain", "plain"), ("${HOME}", "$${HOME}"), ("%{if}", "%%{if}")]
)
def test_bake_templates_are_escaped(value: str, expected: str) -> None:
    assert escape(value) == expected


def test_a_modules_settings_reach_the_build_as_arguments() -> None:
    module = Module(
        name=cell("cryptography").name,
        config_settings={"build-args": ("--features=pyo3/abi3-py311",)},
        build_depends=("openssl-dev", "libffi-dev"),
        check="import x; print('${y}')",
        environment={"A": "b c"},
    )

    args: Any = cell_definition(site(), SOURCE, recipe(module=module))["target"][CELL]["args"]

    assert args["CONFIG_SETTINGS"] == '{"build-args": ["--features=pyo3/abi3-py311"]}'
    assert args["ENVIRONMENT"] == '{"A": "b c"}'
    assert args["BUILD_DEPENDS"] == "openssl-dev libffi-dev"
    assert args["CHECK"] == "import x; print('$${y}')"


@pytest.mark.parametrize("arch", Architecture, ids=str)
def test_a_base_for_any_architecture_gets_all_its_facts(arch: Architecture) -> None:
    definition = base_definition(site(), SOURCE, arch)

    args: Any = definition["target"][f"python-3_14-{arch}"]["args"]
    assert {key: args[key] for key in architecture_args(arch)} == architecture_args(arch)
    assert args["LOADER"].startswith("/lib/ld-musl-")
