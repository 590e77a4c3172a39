# SPDX-License-Identifier: MIT
"""Look at every ELF file of a wheel, before anything runs it.

Natively and in milliseconds: machine, class and byte order, the CPU baseline on ARM, the tag,
every needed library, every undefined symbol, and whether extension modules went missing.
Sources: the ELF gABI, the Arm ABI's build attributes (IHI 0045), PEP 425, PEP 656.

`gates.py needed WHEEL` prints the libraries a wheel wants from outside, one a line.
`gates.py check WHEEL --root FOLDER…` holds the wheel against the libraries below the folders (the
target's root file system first) and writes what it saw to `--result`.
"""

from __future__ import annotations

import argparse
import json
import os
import posixpath
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import ARMAttributesSection, SymbolTableSection

LIBRARY_FOLDERS = ("lib", "usr/lib", "usr/local/lib")  # musl's own search path
GLIBC = re.compile(r"(ld-linux|libc\.so\.6|lib(m|dl|rt|util|pthread|resolv)\.so\.\d)")
# Tag_CPU_arch up to which a baseline goes: v6KZ and the plain v6K for armv6, v7 for armv7.
ARM_ARCHITECTURES = {"armv6l": frozenset({*range(8), 9}), "armv7l": frozenset(range(11))}
# Symbols that came after 1.2.0, which musllinux_1_2 promises (musl's WHATSNEW).
LATER_SYMBOLS = {
    "_Fork": "1.2.2",
    "gettid": "1.2.2",
    "reallocarray": "1.2.2",
    "tcgetwinsize": "1.2.2",
    "tcsetwinsize": "1.2.2",
    "pthread_getname_np": "1.2.3",
    "qsort_r": "1.2.3",
    "preadv2": "1.2.5",
    "pwritev2": "1.2.5",
    "statx": "1.2.5",
}
EXTENSION_SOURCES = re.compile(r"\.(c|cc|cpp|cxx|pyx|rs|f90)$")


@dataclass(frozen=True)
class Elf:
    """What the gates want to know of one ELF file."""

    path: str
    machine: str  # e_machine, as pyelftools names it
    bits: int
    big_endian: bool
    needed: tuple[str, ...] = ()
    undefined: frozenset[str] = frozenset()  # strong ones
    defined: frozenset[str] = frozenset()
    arm_architecture: int | None = None
    neon: bool = False


@dataclass(frozen=True)
class Target:
    """What the wheel must fit."""

    python: str  # X.Y
    machine: str  # architecture part of the tag
    libc: str  # SONAME of its musl, as Alpine links it
    loader: str  # file name of its musl
    platforms: tuple[str, ...]  # regular expressions for the platform tag

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Target:
        """Read the build arguments of wheel.Dockerfile; KeyError for one not given."""
        machine = re.escape(environ["MACHINE"])
        musl = rf"musllinux_1_\d+_{machine}"
        linux = rf"linux_{machine}"
        shared = environ["FLAVOUR"] == "shared"
        taken = environ["ORIGIN"] == "taken"
        return cls(
            python=environ["PYTHON"],
            machine=environ["MACHINE"],
            libc=f"libc.musl-{environ['ALPINE_ARCH']}.so.1",
            loader=posixpath.basename(environ["LOADER"]),
            platforms=(musl,) if shared else (linux, musl) if taken else (linux,),
        )


@dataclass(frozen=True)
class Wheel:
    """A wheel's name, its ELF files and, where built here, what its sdist held."""

    filename: str
    elves: tuple[Elf, ...]
    sources: tuple[str, ...] = ()

    @property
    def bundled(self) -> frozenset[str]:
        """File names of the libraries it brings."""
        return frozenset(posixpath.basename(elf.path) for elf in self.elves)

    @property
    def needed(self) -> tuple[str, ...]:
        """Libraries it wants from outside."""
        return tuple(sorted({lib for elf in self.elves for lib in elf.needed} - self.bundled))


@dataclass
class Libraries:
    """Libraries of the target, found by name below some root folders and read once."""

    roots: tuple[Path, ...]
    read: dict[str, Elf | None] = field(default_factory=dict)

    def get(self, name: str) -> Elf | None:
        """The library of this name, or None if there is none."""
        if name not in self.read:
            paths = (root / folder / name for root in self.roots for folder in LIBRARY_FOLDERS)
            found = next((path for path in paths if path.is_file()), None)
            self.read[name] = elf_file(found) if found else None
        return self.read[name]

    def closure(self, names: Iterable[str]) -> Iterator[Elf]:
        """The libraries of these names and all they need, as far as they are there."""
        waiting, seen = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            library = None if name in seen else self.get(name)
            seen.add(name)
            if library:
                waiting.extend(library.needed)
                yield library


def problems(wheel: Wheel, target: Target, libraries: Libraries) -> list[str]:
    """Every reason why this wheel must not leave, one sentence each."""
    musl = libraries.get(target.loader)
    if musl is None:
        return [f"the base image has no {target.loader} to hold it against"]
    found = tag_problems(wheel, target)
    for elf in wheel.elves:
        found += machine_problems(elf, musl, target.machine)
    if not found:  # symbols of the wrong machine tell nothing
        found += library_problems(wheel, target, libraries)
    return found or symbol_problems(wheel, target, libraries)


def tag_problems(wheel: Wheel, target: Target) -> list[str]:
    """The file name against target and contents (PEP 425, PEP 427)."""
    *_, pythons, abis, platforms = wheel.filename.removesuffix(".whl").split("-")
    if platforms == "any":
        return ["it is tagged `any` but holds ELF files"] if wheel.elves else []
    found = [
        f"its platform tag {platform} does not say {target.machine}"
        for platform in platforms.split(".")
        if not any(re.fullmatch(pattern, platform) for pattern in target.platforms)
    ]
    own = f"cp{target.python.replace('.', '')}"
    if not any(python_fits(tag, own, abis) for tag in pythons.split(".")):
        found.append(f"its tag {pythons}-{abis} does not fit Python {target.python}")
    return found


def python_fits(tag: str, own: str, abis: str) -> bool:
    """Whether the interpreter `own` (e.g. cp313) takes a wheel of this Python tag and ABIs."""
    if tag.startswith("py3"):
        return True
    older = tag.startswith("cp3") and tag[3:].isdigit() and int(tag[3:]) <= int(own[3:])
    return tag == own or (older and bool({"abi3", "none"} & set(abis.split("."))))


def machine_problems(elf: Elf, musl: Elf, machine: str) -> list[str]:
    """One ELF file against the target's own musl, and against its CPU baseline."""
    if (elf.machine, elf.bits, elf.big_endian) != (musl.machine, musl.bits, musl.big_endian):
        return [f"{elf.path} is {elf.machine} of {elf.bits} bits: not for {machine}"]
    allowed = ARM_ARCHITECTURES.get(machine)
    if allowed and elf.arm_architecture not in allowed:
        return [f"{elf.path} wants an ARM of Tag_CPU_arch {elf.arm_architecture}"]
    return [f"{elf.path} wants NEON"] if allowed and elf.neon else []


def library_problems(wheel: Wheel, target: Target, libraries: Libraries) -> list[str]:
    """Every needed library must be in the wheel, or in the target's own system."""
    found = []
    for elf in wheel.elves:
        for name in elf.needed:
            if GLIBC.match(name):
                found.append(f"{elf.path} is linked with glibc ({name})")
            elif name not in wheel.bundled and name != target.libc and not libraries.get(name):
                found.append(f"{elf.path} needs {name}, which is neither in the wheel nor the base")
    return found


def symbol_problems(wheel: Wheel, target: Target, libraries: Libraries) -> list[str]:
    """Every strong undefined symbol must be somebody's: wheel, libraries, musl or Python."""
    python = [f"libpython{target.python}.so.1.0", target.loader]
    provided = set[str]()
    for elf in (*wheel.elves, *libraries.closure([*wheel.needed, *python])):
        provided |= elf.defined
    program = next(programs(libraries.roots, target.python), None)
    if program:
        provided |= elf_file(program).defined
    return [
        f"{elf.path} wants symbols that nobody has: {', '.join(sorted(missing)[:5])}"
        for elf in wheel.elves
        if (missing := elf.undefined - provided)
    ]


def warnings(wheel: Wheel) -> list[str]:
    """What is suspicious, but may be right."""
    if wheel.sources and not wheel.elves:
        return [f"it is pure, though its sdist holds {wheel.sources[0]}: an extension left out?"]
    own = frozenset[str]().union(*(elf.defined for elf in wheel.elves))
    return [
        f"{elf.path} wants {symbol}, which musl has since {LATER_SYMBOLS[symbol]} only"
        for elf in wheel.elves
        for symbol in sorted((elf.undefined & LATER_SYMBOLS.keys()) - own)
    ]


def programs(roots: Iterable[Path], python: str) -> Iterator[Path]:
    """The target's Python, which exports the C API where it has no shared libpython."""
    for root in roots:
        path = root / "usr/local/bin" / f"python{python}"
        if path.is_file():
            yield path


def elf_file(path: Path) -> Elf:
    """Read an ELF file from disk."""
    with path.open("rb") as stream:
        return read_elf(path.name, stream)


def read_elf(path: str, stream: IO[bytes]) -> Elf:
    """Read what the gates want of an ELF file; ELFError if it is damaged."""
    file = ELFFile(stream)
    symbols = [
        (symbol.name, symbol["st_shndx"] == "SHN_UNDEF", symbol["st_info"]["bind"])
        for section in file.iter_sections("SHT_DYNSYM")
        if isinstance(section, SymbolTableSection)
        for symbol in section.iter_symbols()
        if symbol.name
    ]
    needed = [
        str(tag.needed)  # type: ignore[attr-defined]  # set by name, as the tag is
        for section in file.iter_sections("SHT_DYNAMIC")
        if isinstance(section, DynamicSection)
        for tag in section.iter_tags("DT_NEEDED")
    ]
    attributes = arm_attributes(file)
    return Elf(
        path=path,
        machine=str(file["e_machine"]),
        bits=file.elfclass,
        big_endian=not file.little_endian,
        needed=tuple(needed),
        undefined=frozenset(n for n, outside, bind in symbols if outside and bind == "STB_GLOBAL"),
        defined=frozenset(name for name, outside, _ in symbols if not outside),
        arm_architecture=attributes.get("TAG_CPU_ARCH"),
        neon=bool(attributes.get("TAG_ADVANCED_SIMD_ARCH")),
    )


def arm_attributes(file: ELFFile) -> dict[str, int]:
    """Build attributes of an ARM file, by pyelftools' names."""
    return {
        attribute.tag: attribute.value
        for section in file.iter_sections("SHT_ARM_ATTRIBUTES")
        if isinstance(section, ARMAttributesSection)
        for part in section.iter_subsections()
        for scope in part.iter_subsubsections("TAG_FILE")
        for attribute in scope.iter_attributes()
    }


def read_wheel(path: Path, sources: Iterable[str] = ()) -> Wheel:
    """Read every ELF file of a wheel."""
    with zipfile.ZipFile(path) as archive:
        contents = ((name, archive.read(name)) for name in sorted(archive.namelist()))
        elves = tuple(
            read_elf(name, BytesIO(data)) for name, data in contents if data[:4] == b"\x7fELF"
        )
    return Wheel(path.name, elves, tuple(sources))


def report(wheel: Wheel, target: Target) -> dict[str, object]:
    """What leaves with the wheel, for the log and the report."""
    return {
        "wheel": wheel.filename,
        "elf": [{"path": elf.path, "needed": list(elf.needed)} for elf in wheel.elves],
        "grafted": [elf.path for elf in wheel.elves if ".libs/" in elf.path],
        "needed": [name for name in wheel.needed if name != target.libc],
        "warnings": warnings(wheel),
    }


def check(path: Path, roots: tuple[Path, ...], sources: Path, result: Path) -> None:
    """Run every gate; exits with one line per problem."""
    listed = sources.read_text(encoding="utf-8").splitlines() if sources.is_file() else []
    wheel = read_wheel(path, [name for name in listed if EXTENSION_SOURCES.search(name)])
    target = Target.from_environment(os.environ)
    found = problems(wheel, target, Libraries(roots))
    if found:
        sys.exit("\n".join(f"gate failed: {wheel.filename}: {problem}" for problem in found))
    for warning in warnings(wheel):
        print(f"warning: {wheel.filename}: {warning}")
    result.write_text(json.dumps(report(wheel, target)), encoding="utf-8")


def main() -> None:
    """Carry out one verb."""
    parser = argparse.ArgumentParser(description="Look at every ELF file of a wheel.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    needed = verbs.add_parser("needed")
    checked = verbs.add_parser("check")
    for verb in (needed, checked):
        verb.add_argument("wheel", type=Path)
    checked.add_argument("--root", type=Path, action="append", required=True)
    checked.add_argument("--sources", type=Path, required=True, help="list of the sdist's files")
    checked.add_argument("--result", type=Path, required=True)
    options = parser.parse_args()
    if options.verb == "needed":
        print("\n".join(read_wheel(options.wheel).needed))
    else:
        check(options.wheel, tuple(options.root), options.sources, options.result)


if __name__ == "__main__":
    main()
