# SPDX-License-Identifier: MIT
"""Which wheels fit where."""

from __future__ import annotations

import pytest

from muslwheels.architecture import Architecture
from muslwheels.target import Flavour, PythonVersion
from muslwheels.wheel import (
    best,
    fits,
    is_abi3,
    is_pure,
    platforms_of,
    rank,
    serves_every_python,
    tags_for,
    tags_of,
)

PY313, PY314 = PythonVersion(3, 13), PythonVersion(3, 14)
SHARED, NO_SHARED = Flavour.SHARED, Flavour.NO_SHARED
AMD64, ARMV6, ARMV7, I386 = (
    Architecture.AMD64,
    Architecture.ARMV6,
    Architecture.ARMV7,
    Architecture.I386,
)


@pytest.mark.parametrize(
    ("tag", "python", "arch", "flavour"),
    [
        ("cp314-cp314-musllinux_1_2_x86_64", PY314, AMD64, SHARED),
        ("cp314-cp314-musllinux_1_1_x86_64", PY314, AMD64, SHARED),
        ("cp314-cp314-musllinux_1_0_x86_64", PY314, AMD64, SHARED),
        ("cp39-abi3-musllinux_1_2_x86_64", PY314, AMD64, SHARED),
        ("py3-none-musllinux_1_2_armv6l", PY313, ARMV6, SHARED),
        ("cp313-none-musllinux_1_2_i686", PY313, I386, SHARED),
        ("py2.py3-none-any", PY314, ARMV7, SHARED),
        ("py2.py3-none-any", PY314, ARMV7, NO_SHARED),
        ("cp314-cp314-linux_armv7l", PY314, ARMV7, NO_SHARED),
        ("cp314-cp314-manylinux_2_17_x86_64.musllinux_1_2_x86_64", PY314, AMD64, SHARED),
    ],
)
def test_a_wheel_fits_where_pip_would_install_it(tag, python, arch, flavour):
    assert fits(f"a-1.0-{tag}.whl", python, arch, flavour)


@pytest.mark.parametrize(
    ("tag", "python", "arch", "flavour"),
    [
        ("cp314-cp314t-musllinux_1_2_x86_64", PY314, AMD64, SHARED),
        ("cp314-cp314-musllinux_1_2_x86_64", PY313, AMD64, SHARED),
        ("cp314-cp314-musllinux_1_3_x86_64", PY314, AMD64, SHARED),
        ("cp314-abi3-musllinux_1_2_x86_64", PY313, AMD64, SHARED),
        ("cp314-cp314-musllinux_1_2_armv7l", PY314, ARMV6, SHARED),
        ("cp314-cp314-musllinux_1_2_armv6l", PY314, ARMV7, SHARED),
        ("cp314-cp314-manylinux_2_17_x86_64", PY314, AMD64, SHARED),
        ("cp314-cp314-linux_x86_64", PY314, AMD64, SHARED),
        ("cp314-cp314-musllinux_1_2_x86_64", PY314, AMD64, NO_SHARED),
        ("py2-none-any", PY314, AMD64, SHARED),
    ],
)
def test_a_wheel_fits_nowhere_else(tag, python, arch, flavour):
    assert not fits(f"a-1.0-{tag}.whl", python, arch, flavour)


@pytest.mark.parametrize(
    "name", ["", "a.whl", "a-1.0.tar.gz", "a-1.0-py3-none.whl", "a-x-y-z-any.whl"]
)
def test_what_is_no_wheel_fits_nowhere(name):
    assert tags_of(name) == frozenset()
    assert not fits(name, PY314, AMD64, SHARED)
    assert not is_pure(name)
    assert not serves_every_python(name)


def test_the_best_wheel_is_the_one_made_for_the_python_then_abi3_then_pure():
    names = [
        "a-1.0-py3-none-any.whl",
        "a-1.0-cp310-abi3-musllinux_1_2_x86_64.whl",
        "a-1.0-cp312-abi3-musllinux_1_1_x86_64.whl",
        "a-1.0-cp314-cp314-musllinux_1_1_x86_64.whl",
        "a-1.0-cp314-cp314-musllinux_1_2_x86_64.whl",
        "a-1.0-cp314-cp314-musllinux_1_2_aarch64.whl",
    ]

    def chosen():
        return best(names, PY314, AMD64, SHARED)

    for expected in reversed(names[:-1]):
        assert expected == chosen()
        names.remove(expected)
    assert chosen() is None


def test_a_later_build_of_the_same_wheel_is_better():
    names = [f"a-1.0{build}-py3-none-any.whl" for build in ("", "-1", "-2b")]

    assert names[2] == best(names, PY314, AMD64, SHARED)


def test_rank_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="empty"):
        rank("a-1.0-cp313-cp313-musllinux_1_2_x86_64.whl", PY314, AMD64, SHARED)


def test_kinds_of_wheels():
    assert is_pure("a-1.0-py2.py3-none-any.whl")
    assert not is_pure("a-1.0-py3-none-musllinux_1_2_x86_64.whl")
    assert is_abi3("a-1.0-cp39-abi3-musllinux_1_2_x86_64.whl")
    assert not is_abi3("a-1.0-cp39-cp39-musllinux_1_2_x86_64.whl")
    assert serves_every_python("a-1.0-py3-none-musllinux_1_2_x86_64.whl")
    assert not serves_every_python("a-1.0-cp314-none-musllinux_1_2_x86_64.whl")
    assert not serves_every_python("a-1.0-cp39-abi3-musllinux_1_2_x86_64.whl")


def test_platforms_are_named_once():
    names = ["a-1-py3-none-any.whl", "a-1-cp313-cp313-win32.whl", "a-1-cp314-cp314-win_amd64.whl"]

    assert platforms_of(names) == ("any", "win", "win32")


@pytest.mark.parametrize("arch", Architecture, ids=str)
def test_every_architecture_has_tags_of_its_own(arch):
    others = {
        tag for other in Architecture if other is not arch for tag in tags_for(PY314, other, SHARED)
    }

    own = [tag for tag in tags_for(PY314, arch, SHARED) if tag.platform != "any"]

    assert own
    assert others.isdisjoint(own)
