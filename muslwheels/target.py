# SPDX-License-Identifier: MIT
"""What the user asks for: `<module>[-<ssl>][<version>][-py<X.Y>|-pyall][-<arch>]`.

Reading a target is pure. Where its text allows several readings (`h110.14.0`), all are given,
longest name first, and the caller's knowledge of project names decides between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from muslwheels.architecture import Architecture
from muslwheels.errors import MuslWheelsError, ReleaseError, TargetError, close_names


@dataclass(frozen=True, order=True, slots=True)
class PythonVersion:
    """A CPython feature release, ordered by age."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> PythonVersion:
        """Read `X.Y`; raises TargetError for anything else."""
        match = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})", text)
        if not match:
            raise TargetError(f"{text!r} is not a Python version.", hint="Write X.Y, such as 3.13.")
        return cls(int(match[1]), int(match[2]))

    @property
    def abi(self) -> str:
        """Python and ABI part of a wheel tag, e.g. `cp313`."""
        return f"cp{self.major}{self.minor}"

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class Every(Enum):
    """The type of ALL, of which there is one."""

    ALL = "all"


ALL: Final = Every.ALL  # `-pyall`: every configured Python


class Ssl(Enum):
    """The SSL library a wheel is built against."""

    OPENSSL = "openssl"
    LIBRESSL = "libressl"

    def __str__(self) -> str:
        return self.value


class Flavour(Enum):
    """Whether auditwheel grafts shared libraries into the wheel, or they stay outside."""

    SHARED = "shared"
    NO_SHARED = "no-shared"

    def __str__(self) -> str:
        return self.value


ARCHITECTURES: Final = tuple(arch.value for arch in Architecture)
KNOWN: Final = f"Architectures: {', '.join(ARCHITECTURES)}."
GRAMMAR: Final = (
    "Write <module>[-openssl|-libressl][<version>][-py<X.Y>|-pyall][-<arch>], or ==<version>; "
    "for example paramiko, cryptography-libressl46.0.3-py3.13-arm64 or h11==0.14.0-amd64."
)
LONGEST: Final = 200  # characters; far above any real one, and it bounds the readings

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")  # PEP 508

GROUPS: Final = frozenset({"all", "core"})  # names that Config.expand replaces by its lists


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One reading of what the user wrote; two are equal however they were written."""

    text: str = field(compare=False)
    name: NormalizedName
    version: Version | None = None  # None: the newest stable one the Python accepts
    ssl: Ssl | None = None  # None: the configured default, where the module links one
    python: PythonVersion | Literal[Every.ALL] | None = None  # None: the newest configured
    arch: Architecture | None = None  # None: all configured

    @property
    def is_group(self) -> bool:
        """Whether this is `all` or `core`, which Config.expand replaces."""
        return self.name in GROUPS and self.version is None and self.ssl is None

    def __str__(self) -> str:
        """The spelling that has this reading first, whatever the name ends in."""
        ssl = f"-{self.ssl}" if self.ssl else ""
        version = f"=={self.version}" if self.version else ""
        python = "-pyall" if self.python is ALL else f"-py{self.python}" if self.python else ""
        arch = f"-{self.arch}" if self.arch else ""
        return f"{self.name}{ssl}{version}{python}{arch}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """Targets in the order given, each once, and what their user should be told about them."""

    targets: tuple[Target, ...]
    notes: tuple[str, ...] = ()


def readings(text: str) -> tuple[Target, ...]:
    """Every reading of a target, longest project name first; never empty.

    A known architecture, Python or SSL suffix is always that, never the end of a name.
    Raises TargetError where no reading is possible.
    """
    _check_characters(text)
    rest, arch = _split_architecture(text)
    rest, python = _split_python(rest)
    _refuse_misplaced(text, rest)
    found = tuple(
        Target(text=text, name=name, ssl=ssl, version=version, python=python, arch=arch)
        for name, ssl, version in _split_version(rest)
    )
    if not found:
        raise TargetError(f"{text!r} is not a target: no project can have that name.", hint=GRAMMAR)
    return found


def parse_targets(
    texts: Iterable[str],
    exists: Callable[[NormalizedName], bool],
    known: Iterable[str] = (),
) -> Parsed:
    """Read targets, deciding between readings by the longest name for which `exists` holds.

    `known` are names to suggest in place of one that does not exist. Raises TargetError for a
    text that is no target, ReleaseError for a project that does not exist.
    """
    targets: dict[Target, None] = {}
    notes: list[str] = []
    for text in texts:
        options = readings(text)
        taken = next((each for each in options if each.is_group or exists(each.name)), None)
        if taken is None:
            raise _missing(text, options, known)
        targets[taken] = None
        others = options[options.index(taken) + 1 :]
        if others:
            notes.append(_note(taken, others))
    return Parsed(targets=tuple(targets), notes=tuple(notes))


def _check_characters(text: str) -> None:
    if len(text) > LONGEST:
        raise TargetError(f"A target of {len(text)} characters is none.", hint=GRAMMAR)
    strange = re.search(r"[^A-Za-z0-9._+!=-]", text)
    if strange:
        raise TargetError(f"{text!a} is not a target: it holds {strange[0]!a}.", hint=GRAMMAR)


def _split_architecture(text: str) -> tuple[str, Architecture | None]:
    head, _, tail = text.rpartition("-")
    if tail.lower() in ARCHITECTURES:
        return head, Architecture(tail.lower())
    return text, None


def _split_python(text: str) -> tuple[str, PythonVersion | Literal[Every.ALL] | None]:
    match = re.fullmatch(r"(.*)-py(?:(all)|([0-9]{1,3}\.[0-9]{1,3}))", text, re.IGNORECASE)
    if not match:
        return text, None
    return match[1], ALL if match[2] else PythonVersion.parse(match[3])


def _refuse_misplaced(text: str, rest: str) -> None:
    """Refuse what follows a Python and is no architecture, and suffixes twice or out of order."""
    after = re.search(r"-py(?:all|[0-9]+\.[0-9]+)(?:-(.+))?$", rest, re.IGNORECASE)
    if after and after[1]:
        raise TargetError(
            f"Unknown architecture {after[1]!r} in target {text!r}.", hint=_meant(text) or KNOWN
        )
    if after or _split_architecture(rest)[1]:
        raise TargetError(f"{text!r} has a Python or architecture too many.", hint=GRAMMAR)


def _split_version(
    text: str,
) -> Iterator[tuple[NormalizedName, Ssl | None, Version | None]]:
    """Name, SSL variant and version of each reading, longest name first."""
    name, pinned, version = text.partition("==")
    if pinned:
        if not _version(version):
            raise TargetError(f"{version!r} in {text!r} is not a version (PEP 440).", hint=GRAMMAR)
        splits = [(name, version)]
    else:
        splits = [(text[:at], text[at:]) for at in range(len(text), 0, -1)]
    for left, right in splits:
        if _NAME.fullmatch(left) and (not right or _version(right)):
            yield *_split_ssl(left), _version(right)


def _version(text: str) -> Version | None:
    """A version as a target may carry it: it begins with a digit."""
    try:
        return Version(text) if text[:1].isdigit() else None
    except InvalidVersion:
        return None


def _split_ssl(text: str) -> tuple[NormalizedName, Ssl | None]:
    name = canonicalize_name(text)
    for ssl in Ssl:
        if name.endswith(f"-{ssl}"):
            return canonicalize_name(name.removesuffix(f"-{ssl}")), ssl
    return name, None


def _note(taken: Target, others: tuple[Target, ...]) -> str:
    version = f"version {taken.version}" if taken.version else "its newest version"
    other = " or ".join(str(each) for each in others)
    return f"{taken.text} was read as the project {taken.name}, {version}. Otherwise write {other}."


def _missing(text: str, options: tuple[Target, ...], known: Iterable[str]) -> MuslWheelsError:
    names = list(dict.fromkeys(each.name for each in options))
    message = f"There is no project {' or '.join(names)} (target {text!r})."
    if hint := _meant(text):
        return TargetError(message, hint=hint)
    suggestions = set(known)
    hints = (close_names(name, suggestions) for name in reversed(names))  # without version first
    return ReleaseError(message, hint=next(filter(None, hints), GRAMMAR))


def _meant(text: str) -> str:
    """A sentence on the architecture or Python that the end of a target may have meant."""
    rest, arch = _split_architecture(text.lower())
    rest, python = _split_python(rest)
    if python:
        return ""
    tail = rest.rpartition("-")[2]
    if re.fullmatch(r"(?:py|cp|python)[0-9.]*", tail):
        return "A Python is written -pyX.Y or -pyall, such as -py3.13."
    return "" if arch else _architecture_meant(rest, tail)


def _architecture_meant(text: str, tail: str) -> str:
    for arch in Architecture:
        if any(text.endswith(f"-{alias}") for alias in (arch.machine, *arch.facts.aliases)):
            return f"That architecture is written -{arch}. {KNOWN}"
    close = close_names(tail, ARCHITECTURES)
    return f"{close} {KNOWN}" if close else ""
