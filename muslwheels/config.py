# SPDX-License-Identifier: MIT
"""modules.toml as frozen data: what to build, from where, and what each module needs.

Pure: the caller reads the file. All faults of a file are reported together, each with its path.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from muslwheels.architecture import Architecture
from muslwheels.errors import ConfigError, TargetError
from muslwheels.table import (
    Fault,
    Reader,
    Table,
    any_text,
    boolean,
    frozen,
    list_of,
    member,
    one_of,
    one_or_more,
    set_of,
    text,
    values_of,
)
from muslwheels.target import ALL, Flavour, PythonVersion, Ssl, Target, readings


class BaseMode(Enum):
    """Where the Python images come from."""

    AUTO = "auto"  # the registry where it answers, else built from source
    REGISTRY = "registry"
    SOURCE = "source"


class BuildMode(Enum):
    """How a foreign wheel is compiled (DESIGN.md section 4)."""

    CROSS = "cross"
    EMULATED = "emulated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """`[base]`: the image a wheel is built for and tested in."""

    image: str = "python:{python}-alpine{alpine}"
    alpine: str
    mode: BaseMode = BaseMode.AUTO

    def reference(self, python: PythonVersion) -> str:
        """Image reference of one Python, e.g. `python:3.13-alpine3.22`."""
        return self.image.format(python=python, alpine=self.alpine)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mirrors:
    """`[mirrors]`: addresses in place of the tools' own; None leaves the tool its own."""

    debian: str | None = None
    alpine: str | None = None
    pypi: str | None = None
    crates: str | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    ca_bundle: str | None = None  # path of a PEM file; reaches builds as a secret only


# The environment variables that override `[mirrors]`, the first one set counting: ours first,
# then those by which the machine's other tools are told the same.
MIRRORS: Final[Mapping[str, tuple[str, ...]]] = frozen(
    {
        "debian": ("DEBIAN_MIRROR",),
        "alpine": ("ALPINE_MIRROR",),
        "pypi": ("PYPI_INDEX", "PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
        "crates": ("CRATES_INDEX",),
        "http_proxy": ("HTTP_PROXY", "http_proxy"),
        "https_proxy": ("HTTPS_PROXY", "https_proxy"),
        "no_proxy": ("NO_PROXY", "no_proxy"),
        "ca_bundle": ("CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Images:
    """`[images]`: repositories the wheels of each flavour are delivered in."""

    shared: str = "python-musl-wheels"
    no_shared: str = "python-alpine-wheels"

    def repository(self, flavour: Flavour) -> str:
        """Repository of a flavour's images."""
        return self.shared if flavour is Flavour.SHARED else self.no_shared


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """`[modules.<name>]` with the overrides for one Python and architecture applied."""

    name: NormalizedName
    ssl: bool = False  # links an SSL library itself, so each variant is a wheel of its own
    abi3: PythonVersion | None = None  # builds serve this Python and all later ones (PEP 384)
    config_settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # pip's -C
    build_depends: tuple[str, ...] = ()  # Alpine packages; `ssl` brings its library's by itself
    imports: tuple[str, ...] = ()  # import these instead of what the wheel holds
    check: str = ""  # a line of Python that must run where the wheel is tested
    mode: BuildMode | None = None  # None: cross, and emulated where a foreign cross build fails
    rust: bool | None = None  # needs the Rust toolchain; None: by its build requirements
    cxx: bool | None = None  # needs the C++ runtime; None: by its sources
    no_binary: bool = False  # build it though the index has a fitting wheel
    excluded: str = ""  # why it is not built here; empty: it is
    environment: Mapping[str, str] = field(default_factory=dict)  # for the build


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """`[[modules.<name>.overrides]]`: settings for some Pythons or architectures only."""

    pythons: tuple[PythonVersion, ...]  # empty: all
    architectures: tuple[Architecture, ...]  # empty: all
    settings: Mapping[str, Any]  # fields of Module

    def selects(self, python: PythonVersion, arch: Architecture) -> bool:
        """Whether this override applies there."""
        return (not self.pythons or python in self.pythons) and (
            not self.architectures or arch in self.architectures
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleTable:
    """One module's settings before a Python and an architecture are known."""

    module: Module
    overrides: tuple[Override, ...] = ()

    def resolve(self, python: PythonVersion, arch: Architecture) -> Module:
        """Apply the overrides in order: tables are merged, everything else is replaced."""
        module = self.module
        for override in self.overrides:
            if override.selects(python, arch):
                module = replace(module, **_merged(module, override.settings))
        return module


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """All of modules.toml."""

    pythons: tuple[PythonVersion, ...]  # ascending
    default_python: PythonVersion | None  # of a target that names none; None: the newest
    architectures: tuple[Architecture, ...]
    modules: tuple[Target, ...]  # what `all` stands for
    core: tuple[Target, ...]  # what `core` stands for
    ssl_variants: tuple[Ssl, ...]
    ssl_default: Ssl
    excluded: Mapping[Architecture, str]  # why a configured architecture is left out at present
    base: Base
    mirrors: Mirrors
    builders: Mapping[Architecture, str]  # buildx builder by architecture
    images: Images
    tables: Mapping[NormalizedName, ModuleTable]  # read them through `module`

    @classmethod
    def from_toml(cls, content: str) -> Config:
        """Read the text of modules.toml.

        Raises ConfigError with line and column where it is no TOML, else with every fault.
        """
        try:
            mapping = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            end = f"the end, line {len(content.splitlines())}, where something is still open"
            reason = str(error).replace("end of document", end)
            raise ConfigError(f"modules.toml is not TOML: {reason}.", hint=TOML) from error
        return cls.from_mapping(mapping)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Config:
        """Read modules.toml already parsed; raises ConfigError naming every fault by its path."""
        faults: list[str] = []
        config = _config(Table(mapping, "", faults))
        if faults:
            count = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
            lines = "".join(f"\n  {fault}" for fault in faults)
            raise ConfigError(f"modules.toml has {count}:{lines}", hint=MANUAL)
        return config

    def with_environment(self, environ: Mapping[str, str]) -> Config:
        """The same with `[mirrors]` overridden by the environment variables MIRRORS names."""
        found = {
            key: next((environ[name] for name in names if environ.get(name)), None)
            for key, names in MIRRORS.items()
        }
        given = {key: value for key, value in found.items() if value}
        return replace(self, mirrors=replace(self.mirrors, **given))

    @property
    def names(self) -> frozenset[NormalizedName]:
        """Every module the file mentions; they exist whatever an index says."""
        return frozenset(self.tables) | {each.name for each in (*self.modules, *self.core)}

    def module(self, name: NormalizedName, python: PythonVersion, arch: Architecture) -> Module:
        """Settings of a module in one environment; the defaults for one not in the file."""
        table = self.tables.get(name)
        return table.resolve(python, arch) if table else Module(name=name)

    def expand(self, targets: Iterable[Target]) -> tuple[Target, ...]:
        """Replace `all` and `core` by their modules, each target once.

        Raises TargetError for a Python, architecture or SSL variant that is not configured.
        """
        expanded: dict[Target, None] = {}
        for target in targets:
            self._check(target)
            members = {"all": self.modules, "core": self.core} if target.is_group else {}
            for each in members.get(target.name, (target,)):
                expanded[_within(each, target)] = None
        return tuple(expanded)

    def pythons_of(self, target: Target) -> tuple[PythonVersion, ...]:
        """The Pythons a target asks for."""
        if target.python is ALL:
            return self.pythons
        return (target.python or self.default_python or self.pythons[-1],)

    def architectures_of(self, target: Target) -> tuple[Architecture, ...]:
        """The architectures a target asks for, those excluded too."""
        return (target.arch,) if target.arch else self.architectures

    def _check(self, target: Target) -> None:
        asked: tuple[tuple[str, object, tuple[object, ...]], ...] = (
            ("Python", None if target.python is ALL else target.python, self.pythons),
            ("Architecture", target.arch, self.architectures),
            ("SSL variant", target.ssl, self.ssl_variants),
        )
        for kind, value, known in asked:
            if value and value not in known:
                raise TargetError(
                    f"{kind} {value} is not configured (target {target.text!r}).",
                    hint=f"modules.toml has {', '.join(map(str, known))}; add it there if wanted.",
                )


TOML: Final = "Strings are quoted, lists end with ], and a name stands only once in its table."
MANUAL: Final = "The comments in modules.toml describe every key."


def _within(member: Target, group: Target) -> Target:
    """A group's member, for the Python and architecture the group was asked for."""
    return replace(member, python=group.python or member.python, arch=group.arch or member.arch)


def _merged(module: Module, settings: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(settings)
    for key in ("config_settings", "environment"):
        if key in merged:
            merged[key] = frozen({**getattr(module, key), **merged[key]})
    return merged


# What only this file knows how to read.


def _python(value: object) -> PythonVersion:
    try:
        return PythonVersion.parse(any_text(value))
    except TargetError as error:
        raise Fault(str(error).replace("\n", " ")) from error


def _architecture(value: object) -> Architecture:
    try:
        return Architecture.parse(any_text(value))
    except TargetError as error:
        raise Fault(str(error).replace("\n", " ")) from error


def _target(value: object) -> Target:
    """A default module; its longest reading, for these lists name projects, not versions."""
    try:
        return readings(any_text(value))[0]
    except TargetError as error:
        raise Fault(str(error).replace("\n", " ")) from error


def _image(value: object) -> str:
    """An image pattern. Without {python} in it, two Pythons would share an image."""
    pattern = text(value)
    try:
        named = {part for _, part, _, _ in string.Formatter().parse(pattern) if part is not None}
    except ValueError as error:
        raise Fault(f"{pattern!r} is no pattern: {error}.") from error
    if "python" not in named or not named <= {"python", "alpine"}:
        raise Fault(f"{pattern!r} must hold {{python}}, may hold {{alpine}}, and nothing else.")
    return pattern


BASE: Final[Mapping[str, Reader[Any]]] = frozen({"image": _image, "mode": member(BaseMode)})
IMAGES: Final[Mapping[str, Reader[Any]]] = frozen({"shared": text, "no_shared": text})
MODULE: Final[Mapping[str, Reader[Any]]] = frozen(
    {
        "ssl": boolean,
        "abi3": _python,
        "config_settings": values_of(one_or_more),
        "build_depends": list_of(text),
        "imports": list_of(text),
        "check": text,
        "mode": member(BuildMode),
        "rust": boolean,
        "cxx": boolean,
        "no_binary": boolean,
        "excluded": text,
        "environment": values_of(any_text),
    }
)


# The parts of the file, in its order. Where a fault was noted something harmless stands in, so
# that the rest is read as well; a file with faults never becomes a Config.


def _config(table: Table) -> Config:
    pythons = table.need("pythons", set_of(_python), ())
    architectures = table.need("architectures", set_of(_architecture), ())
    python = one_of(pythons, _python)
    architecture = one_of(architectures, _architecture)
    every, core = _targets(table.table("targets"))
    variants, default = _ssl(table.table("ssl"))
    config = Config(
        pythons=tuple(sorted(pythons)),
        default_python=table.read("default_python", python, None),
        architectures=architectures,
        modules=every,
        core=core,
        ssl_variants=variants,
        ssl_default=default,
        excluded=_by_architecture(table.table("excluded"), architecture),
        base=_base(table.table("base")),
        mirrors=Mirrors(**_given(table.table("mirrors"), dict.fromkeys(MIRRORS, text))),
        builders=_by_architecture(table.table("builders"), architecture),
        images=Images(**_given(table.table("images"), IMAGES)),
        tables=_modules(table.table("modules"), python, architecture),
    )
    table.close()
    return config


def _given(table: Table, readers: Mapping[str, Reader[Any]]) -> dict[str, Any]:
    given = table.given(readers)
    table.close()
    return given


def _targets(table: Table) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
    every = table.need("all", set_of(_target), ())
    core = table.read("core", set_of(one_of(every, _target)), ())
    table.close()
    return every, core


def _ssl(table: Table) -> tuple[tuple[Ssl, ...], Ssl]:
    variants = table.read("variants", set_of(member(Ssl)), tuple(Ssl))
    default = table.read("default", one_of(variants, member(Ssl)), variants[0])
    table.close()
    return variants, default


def _base(table: Table) -> Base:
    base = Base(alpine=table.need("alpine", text, ""), **table.given(BASE))
    table.close()
    return base


def _by_architecture(table: Table, reader: Reader[Architecture]) -> Mapping[Architecture, str]:
    """A table of texts whose keys are architectures, or their OCI platforms."""
    found: dict[Architecture, str] = {}
    for key in table.mapping:
        value = table.read(key, text, "")
        try:
            found[reader(key)] = value
        except Fault as fault:
            table.fault(key, str(fault))
    return frozen(found)


def _modules(
    table: Table, python: Reader[PythonVersion], architecture: Reader[Architecture]
) -> Mapping[NormalizedName, ModuleTable]:
    found: dict[NormalizedName, ModuleTable] = {}
    for key in table.mapping:
        child = table.table(key)
        try:
            name = canonicalize_name(key, validate=True)
        except InvalidName:
            table.fault(key, "no project can have that name.")
            continue
        if name in found:
            table.fault(key, f"{name} has a table already, under another spelling.")
        overrides = [_override(each, python, architecture) for each in child.tables("overrides")]
        found[name] = ModuleTable(
            module=Module(name=name, **_given(child, MODULE)), overrides=tuple(overrides)
        )
    return frozen(found)


def _override(
    table: Table, python: Reader[PythonVersion], architecture: Reader[Architecture]
) -> Override:
    if not table.mapping.keys() & {"pythons", "architectures"}:
        table.fault("pythons", "an override names pythons, architectures or both.")
    return Override(
        pythons=table.read("pythons", set_of(python), ()),
        architectures=table.read("architectures", set_of(architecture), ()),
        settings=frozen(_given(table, MODULE)),
    )
