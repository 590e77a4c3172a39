# SPDX-License-Identifier: MIT
"""Write what build systems need to know about the target, from its sysroot and its facts.

Python backends get a copy of the target's sysconfig variables (`crosswheel.py` reads it),
autoconf a CONFIG_SITE, CMake a toolchain file, meson a cross file, and everybody the usual
variables. The facts come as environment variables, the build arguments of wheel.Dockerfile.
"""

from __future__ import annotations

import json
import os
import pprint
import re
import runpy
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SYSCONFIGDATA = "_sysconfigdata_crosswheel"

# meson calls some machines by their family, https://mesonbuild.com/Reference-tables.html.
MESON_FAMILIES = {"armv6l": "arm", "armv7l": "arm", "i686": "x86", "ppc64le": "ppc64"}
# numpy asks meson for it; see numpy/_core/meson.build. Others: the same as double.
LONG_DOUBLES = {
    "aarch64": "IEEE_QUAD_LE",
    "i686": "INTEL_EXTENDED_12_BYTES_LE",
    "riscv64": "IEEE_QUAD_LE",
    "s390x": "IEEE_QUAD_BE",
    "x86_64": "INTEL_EXTENDED_16_BYTES_LE",
}


@dataclass(frozen=True)
class Target:
    """What is built for, and where its files stand."""

    python: str  # X.Y
    machine: str  # os.uname().machine, e.g. armv7l
    triple: str  # compiler triple, e.g. armv7-alpine-linux-musleabihf
    rust_target: str  # e.g. armv7-unknown-linux-musleabihf
    loader: str  # absolute path of musl's dynamic linker
    sysroot: Path
    tools: str  # what the names of the target's tools begin with: <tools>cc, <tools>ar …
    output: Path

    @property
    def prefix(self) -> str:
        """Where the target's Python is installed, as seen from the build."""
        return f"{self.sysroot}/usr/local"

    @property
    def library(self) -> str:
        """The target's standard library; PyO3 wants this very folder."""
        return f"{self.prefix}/lib/python{self.python}"

    def tool(self, name: str) -> str:
        """Absolute path of a compiler or binary tool for the target."""
        return f"{self.tools}{name}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Target:
        """Read the build arguments of wheel.Dockerfile; KeyError for one not given."""
        return cls(
            python=environ["PYTHON"],
            machine=environ["MACHINE"],
            triple=environ["TRIPLE"],
            rust_target=environ["RUST_TARGET"],
            loader=environ["LOADER"],
            sysroot=Path(environ["SYSROOT"]),
            tools=f"/opt/cross/bin/{environ['ARCH']}-",
            output=Path(environ["CROSS"]),
        )


def sysconfig_variables(target: Target, found: Mapping[str, object]) -> dict[str, object]:
    """The target's sysconfig variables as a cross build on this machine needs them.

    Paths move into the sysroot, tools become the cross ones, and flags of the compiler that
    Python itself was built with (gcc's, on Alpine) go: what applies stands in the environment.
    """
    moved = {name: relocate(value, target.sysroot) for name, value in found.items()}
    # Left as they are, so that Python's check whether sys.prefix changed stays content.
    for name in ("prefix", "exec_prefix"):
        moved.pop(name, None)
    c, cxx = target.tool("cc"), target.tool("c++")
    return moved | {
        "installed_base": target.prefix,
        "installed_platbase": target.prefix,
        "CC": c,
        "CXX": cxx,
        "AR": target.tool("ar"),
        "RANLIB": target.tool("ranlib"),
        "LINKCC": c,
        "LDSHARED": f"{c} -shared",
        "BLDSHARED": f"{c} -shared",
        "LDCXXSHARED": f"{cxx} -shared",
        "CCSHARED": "-fPIC",
        **dict.fromkeys(("OPT", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS"), ""),
        **dict.fromkeys(("BASECFLAGS", "PY_CFLAGS"), ""),
        **dict.fromkeys(("LIBPYTHON", "BLDLIBRARY"), ""),  # extensions do not link libpython
    }


def relocate(value: object, sysroot: Path) -> object:
    """Move absolute paths below /usr/local in a variable into the sysroot."""
    if not isinstance(value, str):
        return value
    return re.sub(r"(?<![\w/])/usr/local\b", f"{sysroot}/usr/local", value)


def shim(target: Target, multiarch: str) -> str:
    """The file that crosswheel.py reads."""
    facts = {
        "folder": str(target.output),
        "sysconfigdata": SYSCONFIGDATA,
        "platform": f"linux-{target.machine}",
        "machine": target.machine,
        "multiarch": multiarch,
    }
    return json.dumps(facts, indent=2) + "\n"


def environment(target: Target) -> dict[str, str]:
    """Variables for everything that compiles."""
    c, cxx = target.tool("cc"), target.tool("c++")
    rust = target.rust_target.replace("-", "_")
    folders = ("usr/local/lib/pkgconfig", "usr/lib/pkgconfig", "usr/share/pkgconfig")
    # No build path in a file that leaves, so that building twice gives the same bytes.
    maps = {"/src": ".", "/cargo": "cargo", str(target.sysroot): ""}
    prefix_maps = " ".join(f"-ffile-prefix-map={old}={new}" for old, new in maps.items())
    remaps = " ".join(f"--remap-path-prefix={old}={new}" for old, new in maps.items())
    return {
        "CROSSWHEEL_CONFIG": f"{target.output}/crosswheel.json",
        "CC": c,
        "CXX": cxx,
        "AR": target.tool("ar"),
        "RANLIB": target.tool("ranlib"),
        # NDEBUG as Python's own flags say it: without, the asserts in its headers are compiled in.
        "CFLAGS": f"-DNDEBUG -O2 {prefix_maps}",
        "CXXFLAGS": f"-DNDEBUG -O2 {prefix_maps}",
        "LDFLAGS": "-Wl,-s",
        "CONFIG_SITE": f"{target.output}/config.site",
        "CMAKE_TOOLCHAIN_FILE": f"{target.output}/toolchain.cmake",
        "MESON_CROSS_FILE": f"{target.output}/meson.ini",
        "PKG_CONFIG_SYSROOT_DIR": str(target.sysroot),
        "PKG_CONFIG_LIBDIR": ":".join(f"{target.sysroot}/{folder}" for folder in folders),
        "CARGO_BUILD_TARGET": target.rust_target,
        f"CARGO_TARGET_{rust.upper()}_LINKER": c,
        # An extension module must not bring its own libc.
        f"CARGO_TARGET_{rust.upper()}_RUSTFLAGS": (
            f"-Ctarget-feature=-crt-static -Clink-arg=-Wl,-s {remaps}"
        ),
        # For the cc crate, which otherwise takes CC for build scripts of this machine as well.
        "HOST_CC": "cc",
        "HOST_CXX": "c++",
        "HOST_AR": "ar",
        f"CC_{rust}": c,
        f"CXX_{rust}": cxx,
        f"AR_{rust}": target.tool("ar"),
        f"{rust.upper()}_OPENSSL_LIB_DIR": f"{target.sysroot}/usr/lib",
        f"{rust.upper()}_OPENSSL_INCLUDE_DIR": f"{target.sysroot}/usr/include",
        "PYO3_CROSS_LIB_DIR": target.library,
        "PYO3_CROSS_PYTHON_VERSION": target.python,
    }


def toolchain_cmake(target: Target) -> str:
    """CMAKE_TOOLCHAIN_FILE: target compilers, libraries of the sysroot only, native programs.

    The "emulator" lets FindPython run the build platform's Python, which the shim has turned
    into the target's (CMake's policy CMP0190 asks for one).
    """
    return f"""\
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR {target.machine})
set(CMAKE_SYSROOT {target.sysroot})
set(CMAKE_C_COMPILER {target.tool("cc")})
set(CMAKE_CXX_COMPILER {target.tool("c++")})
set(CMAKE_AR {target.tool("ar")} CACHE FILEPATH "")
set(CMAKE_RANLIB {target.tool("ranlib")} CACHE FILEPATH "")
set(CMAKE_FIND_ROOT_PATH {target.prefix} {target.sysroot}/usr {target.sysroot})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
set(CMAKE_CROSSCOMPILING_EMULATOR /bin/sh -c [["$0" "$@"]])
"""


def meson_ini(target: Target, byte_order: str) -> str:
    """A meson cross file (https://mesonbuild.com/Cross-compilation.html)."""
    libdir = environment(target)["PKG_CONFIG_LIBDIR"]
    return f"""\
[binaries]
c = '{target.tool("cc")}'
cpp = '{target.tool("c++")}'
ar = '{target.tool("ar")}'
strip = '{target.tool("strip")}'
pkg-config = 'pkg-config'

[properties]
needs_exe_wrapper = true
sys_root = '{target.sysroot}'
pkg_config_libdir = '{libdir}'
longdouble_format = '{LONG_DOUBLES.get(target.machine, "IEEE_DOUBLE_LE")}'

[host_machine]
system = 'linux'
cpu_family = '{MESON_FAMILIES.get(target.machine, target.machine)}'
cpu = '{target.machine}'
endian = '{byte_order}'
"""


def config_site(target: Target, build_triple: str) -> str:
    """CONFIG_SITE: a configure script started without --host compiles for the target.

    `build_triple` differs from the target's even on its own machine, or autoconf would say that
    it does not cross-compile, and run what it made.
    """
    return f"""\
cross_compiling=yes
: "${{host_alias:={target.triple}}}" "${{build_alias:={build_triple}}}"
host=$host_alias build=$build_alias
"""


def find_sysconfigdata(target: Target) -> Path:
    """The target Python's own file; FileNotFoundError naming the folder looked into."""
    for path in sorted(Path(target.library).glob("_sysconfigdata_*.py")):
        return path
    raise FileNotFoundError(f"no _sysconfigdata_*.py in {target.library}")


def byte_order(elf: bytes) -> str:
    """Byte order that an ELF file's identification names: `little` or `big`."""
    return {1: "little", 2: "big"}[elf[5]]  # EI_DATA


def main() -> None:
    """Write every file."""
    target = Target.from_environment(os.environ)
    try:
        found = runpy.run_path(str(find_sysconfigdata(target)))["build_time_vars"]
    except FileNotFoundError as error:
        sys.exit(f"build failed: the sysroot holds no Python {target.python}: {error}")
    loader = Path(f"{target.sysroot}{target.loader}").read_bytes()
    variables = pprint.pformat(sysconfig_variables(target, found))
    exports = [
        f"export {name}={shlex.quote(value)}\n" for name, value in environment(target).items()
    ]
    build_triple = f"{os.uname().machine}-pc-linux-musl"
    files = {
        f"{SYSCONFIGDATA}.py": f"build_time_vars = {variables}\n",
        "crosswheel.json": shim(target, found.get("MULTIARCH", "")),
        "environment": "".join(exports),
        "toolchain.cmake": toolchain_cmake(target),
        "meson.ini": meson_ini(target, byte_order(loader)),
        "config.site": config_site(target, build_triple),
    }
    target.output.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (target.output / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
