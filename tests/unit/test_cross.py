# SPDX-License-Identifier: MIT
from pathlib import Path

import cross
import pytest

TARGET = cross.Target.from_environment(
    {
        "PYTHON": "3.13",
        "MACHINE": "armv7l",
        "TRIPLE": "armv7-alpine-linux-musleabihf",
        "RUST_TARGET": "armv7-unknown-linux-musleabihf",
        "LOADER": "/lib/ld-musl-armhf.so.1",
        "ARCH": "armv7",
        "SYSROOT": "/sysroot",
        "CROSS": "/cross",
    }
)


def test_sysconfig_paths_move_into_the_sysroot():
    found = {"INCLUDEPY": "/usr/local/include/python3.13", "SIZEOF_LONG": 4, "X": "/usr/locale"}

    variables = cross.sysconfig_variables(TARGET, found)

    assert variables["INCLUDEPY"] == "/sysroot/usr/local/include/python3.13"
    assert variables["SIZEOF_LONG"] == 4
    assert variables["X"] == "/usr/locale"


def test_paths_already_in_a_sysroot_stay():
    assert (
        cross.relocate("-L/sysroot/usr/local/lib", Path("/sysroot")) == "-L/sysroot/usr/local/lib"
    )


def test_sysconfig_holds_cross_tools_and_no_flags_of_pythons_own_compiler():
    found = {"CC": "gcc -pthread", "CFLAGS": "-fno-semantic-interposition", "LDFLAGS": "-flto"}

    variables = cross.sysconfig_variables(TARGET, found)

    assert variables["CC"] == "/opt/cross/bin/armv7-cc"
    assert variables["LDSHARED"] == "/opt/cross/bin/armv7-cc -shared"
    assert (variables["CFLAGS"], variables["LDFLAGS"]) == ("", "")


def test_sysconfig_leaves_sys_prefix_alone():
    """Python 3.14 forgets its variables when `prefix` is not sys.prefix."""
    variables = cross.sysconfig_variables(TARGET, {"prefix": "/usr/local", "exec_prefix": "/x"})

    assert "prefix" not in variables
    assert "exec_prefix" not in variables
    assert variables["installed_base"] == "/sysroot/usr/local"


def test_environment_names_rust_variables_after_the_target():
    environment = cross.environment(TARGET)

    assert environment["CARGO_BUILD_TARGET"] == "armv7-unknown-linux-musleabihf"
    linker = environment["CARGO_TARGET_ARMV7_UNKNOWN_LINUX_MUSLEABIHF_LINKER"]
    assert linker == "/opt/cross/bin/armv7-cc"
    assert environment["PYO3_CROSS_LIB_DIR"] == "/sysroot/usr/local/lib/python3.13"


def test_environment_keeps_build_paths_out_of_the_wheel():
    environment = cross.environment(TARGET)

    assert "-ffile-prefix-map=/src=." in environment["CFLAGS"]
    flags = environment["CARGO_TARGET_ARMV7_UNKNOWN_LINUX_MUSLEABIHF_RUSTFLAGS"]
    assert "--remap-path-prefix=/src=." in flags


def test_meson_knows_family_byte_order_and_long_double():
    text = cross.meson_ini(TARGET, "little")

    assert "cpu_family = 'arm'\ncpu = 'armv7l'\nendian = 'little'" in text
    assert "longdouble_format = 'IEEE_DOUBLE_LE'" in text


def test_cmake_finds_libraries_in_the_sysroot_and_programs_outside():
    text = cross.toolchain_cmake(TARGET)

    assert "set(CMAKE_SYSROOT /sysroot)" in text
    assert "set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)" in text
    assert "set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)" in text


def test_configure_is_told_that_it_cross_compiles():
    text = cross.config_site(TARGET, "x86_64-pc-linux-musl")

    assert text.startswith("cross_compiling=yes\n")
    assert "host_alias:=armv7-alpine-linux-musleabihf" in text


@pytest.mark.parametrize(("identification", "expected"), [(b"\x01", "little"), (b"\x02", "big")])
def test_byte_order_is_read_from_the_elf_identification(identification, expected):
    assert cross.byte_order(b"\x7fELF\x02" + identification) == expected


def test_a_sysroot_without_python_is_named(tmp_path):
    target = cross.Target(
        **{
            **{name: getattr(TARGET, name) for name in TARGET.__dataclass_fields__},
            "sysroot": tmp_path,
        }
    )

    with pytest.raises(FileNotFoundError, match=r"lib/python3\.13"):
        cross.find_sysconfigdata(target)
