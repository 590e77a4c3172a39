# SPDX-License-Identifier: MIT
"""The table of architectures, row by row: names as Python, OCI, Alpine and Rust have them."""

from __future__ import annotations

import pytest

from muslwheels.architecture import FACTS, Architecture
from muslwheels.errors import TargetError

# name, platform, machine, libc, loader, bits, big endian, Rust's CPU
ROWS = [
    ("amd64", "linux/amd64", "x86_64", "x86_64", "x86_64", 64, False, "x86_64"),
    ("i386", "linux/386", "i686", "x86", "i386", 32, False, "i586"),
    ("arm64", "linux/arm64", "aarch64", "aarch64", "aarch64", 64, False, "aarch64"),
    ("armv7", "linux/arm/v7", "armv7l", "armv7", "armhf", 32, False, "armv7"),
    ("armv6", "linux/arm/v6", "armv6l", "armhf", "armhf", 32, False, "arm"),
    ("ppc64le", "linux/ppc64le", "ppc64le", "ppc64le", "powerpc64le", 64, False, "powerpc64le"),
    ("s390x", "linux/s390x", "s390x", "s390x", "s390x", 64, True, "s390x"),
    ("riscv64", "linux/riscv64", "riscv64", "riscv64", "riscv64", 64, False, "riscv64gc"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_architecture_has_its_names(
    row: tuple[str, str, str, str, str, int, bool, str],
) -> None:
    name, platform, machine, alpine, loader, bits, big_endian, rust = row
    arch = Architecture(name)

    assert str(arch) == name
    assert arch.platform == platform
    assert arch.machine == machine
    assert arch.libc == f"libc.musl-{alpine}.so.1"
    assert arch.loader == f"/lib/ld-musl-{loader}.so.1"
    assert (arch.facts.bits, arch.facts.big_endian) == (bits, big_endian)
    hard_float = "eabihf" if name.startswith("armv") else ""
    assert arch.facts.rust_target == f"{rust}-unknown-linux-musl{hard_float}"
    assert arch.facts.triple.endswith(f"-alpine-linux-musl{hard_float}")


def test_the_table_has_these_eight_rows_and_no_other() -> None:
    assert [arch.value for arch in Architecture] == [row[0] for row in ROWS]
    assert set(FACTS) == set(Architecture)


def test_no_name_means_two_architectures() -> None:
    names = [
        name
        for arch in Architecture
        for name in {arch.value, arch.machine, arch.platform, *arch.facts.aliases}
    ]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("arch", Architecture, ids=str)
def test_every_name_of_an_architecture_is_understood(arch: Architecture) -> None:
    for name in (arch.value, arch.machine, arch.platform, *arch.facts.aliases):
        assert Architecture.parse(name) is arch
        assert Architecture.parse(f" {name.upper()} ") is arch


def test_only_arm_names_a_processor_to_emulate() -> None:
    assert {arch.value for arch in Architecture if arch.facts.qemu_cpu} == {"armv6", "armv7"}
    assert {arch.value for arch in Architecture if arch.facts.personality} == {"i386"}


@pytest.mark.parametrize("text", ["", "amd46", "arm", "x86_64;id", "linux"])
def test_an_unknown_architecture_is_an_error_that_lists_those_known(text: str) -> None:
    with pytest.raises(TargetError) as caught:
        Architecture.parse(text)

    assert repr(text) in caught.value.message
    assert "amd64, i386, arm64, armv7, armv6, ppc64le, s390x, riscv64" in caught.value.hint


def test_a_typo_is_met_with_the_close_name() -> None:
    with pytest.raises(TargetError, match="Did you mean amd64"):
        Architecture.parse("amd46")
