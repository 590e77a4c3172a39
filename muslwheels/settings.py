# SPDX-License-Identifier: MIT
"""The command line and the older system's environment variables, read once into frozen data.

SETTINGS is the one home of every option: the parser, the reading of the environment, the help
text and the table in the README are made from it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from muslwheels.config import BaseMode, BuildMode
from muslwheels.errors import ConfigError, close_names
from muslwheels.table import Fault, Reader, any_text, member, text
from muslwheels.target import Flavour


class Availability(Enum):
    """Whether what a setting asks for can be done."""

    NOW = "now"
    LATER = "later"  # not yet: asking for it is an error
    ALREADY = "already"  # nothing yet does what it forbids: asking for it is noted


@dataclass(frozen=True, kw_only=True, slots=True)
class NoBinary:
    """The modules that are built though the index has fitting wheels."""

    everything: bool = False
    names: frozenset[NormalizedName] = frozenset()

    def __contains__(self, name: object) -> bool:
        return self.everything or name in self.names

    def __bool__(self) -> bool:
        return self.everything or bool(self.names)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """One run's options: command line before environment before default."""

    targets: tuple[str, ...] = ()  # as written, in order
    notes: tuple[str, ...] = ()  # what the user should be told about the settings given
    flavours: tuple[Flavour, ...] = (Flavour.SHARED,)
    no_binary: NoBinary = NoBinary()
    no_build: bool = False
    noop: bool = False
    no_cache: bool = False
    clean_cache: bool = False
    index: str | None = None  # None: modules.toml's, else the tools' own
    base: BaseMode | None = None  # None: as modules.toml says
    builder: str | None = None  # None: as modules.toml says
    jobs: int | None = None  # None: the run decides
    json: bool = False
    mode: BuildMode | None = None  # None: as each module is configured
    help: bool = False

    @classmethod
    def from_arguments(cls, argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
        """Read options and targets in any order; raises ConfigError naming option or variable."""
        arguments, targets = _command_line(argv)
        variables = _environment(environ)
        if FLAVOURS & arguments.keys():  # one choice: the command line makes it, or the environment
            variables = {key: given for key, given in variables.items() if key not in FLAVOURS}
        given = {**variables, **arguments}
        notes = _available(given)
        flavours = _flavours({key: given.pop(key) for key in FLAVOURS & given.keys()})
        values = {key: each.value for key, each in given.items() if key in cls.__slots__}
        return cls(targets=tuple(targets), notes=notes, flavours=flavours, **values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One option and the environment variable that stands for it."""

    name: str  # of the field of Settings; with hyphens, of the option
    variable: str = ""  # environment variable; empty: none
    reader: Reader[Any]
    bare: str = ""  # the value of an option given without `=`; empty: it needs one
    value: str = ""  # how documentation shows its value; empty: a switch
    meaning: str
    availability: Availability = Availability.NOW

    @property
    def flag(self) -> str:
        """The option, e.g. `--no-binary`."""
        return "--" + self.name.replace("_", "-")

    @property
    def usage(self) -> str:
        """The option with its value, e.g. `--no-binary[=NAME,…]`."""
        if not self.value:
            return self.flag
        return f"{self.flag}[={self.value}]" if self.bare else f"{self.flag} {self.value}"


def _switch(value: object) -> bool:
    word = any_text(value).strip().lower()
    if word not in SWITCH:
        raise Fault(f"{word!r} is neither yes nor no: write 1, true, yes, on or 0, false, no, off.")
    return SWITCH[word]


def _no_binary(value: object) -> NoBinary:
    words = [word.strip() for word in any_text(value).split(",")]
    if {":all:", *(word for word, on in SWITCH.items() if on)} & {each.lower() for each in words}:
        return NoBinary(everything=True)
    try:
        names = [canonicalize_name(each, validate=True) for each in words if each not in OFF]
    except InvalidName as error:
        raise Fault(f"{value!r} holds no project's name: {error}.") from error
    return NoBinary(names=frozenset(names))


def _url(value: object) -> str:
    url = text(value)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Fault(f"{url!r} is no address: {error}.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Fault(f"{url!r} is no address: it should begin with https:// or http://.")
    return url


def _jobs(value: object) -> int:
    word = any_text(value)
    if not (word.isascii() and word.isdigit() and 0 < len(word) < 5 and int(word)):  # noqa: PLR2004
        raise Fault(f"{word!r} is not a whole number from 1 to 9999.")
    return int(word)


def _mode(value: object) -> BuildMode:
    mode = member(BuildMode)(value)
    if mode is BuildMode.EMULATED:
        raise Fault("building under emulation is not available yet; leave it out or write cross.")
    return mode


SWITCH: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off", ""), False),
}
OFF: Final = frozenset(word for word, on in SWITCH.items() if not on)
FLAVOURS: Final = frozenset({"shared", "no_shared", "both"})

SETTINGS: Final = (
    Setting(
        name="shared",
        variable="SHARED",
        reader=_switch,
        bare="1",
        meaning="Graft shared libraries into the wheels (`musllinux` tags). The default.",
    ),
    Setting(
        name="no_shared",
        variable="NO_SHARED",
        reader=_switch,
        bare="1",
        meaning="Leave the system's libraries outside the wheels (`linux` tags).",
    ),
    Setting(
        name="both",
        variable="BUILD_BOTH",
        reader=_switch,
        bare="1",
        meaning="Build both flavours.",
    ),
    Setting(
        name="no_binary",
        variable="NO_BINARY",
        reader=_no_binary,
        bare=":all:",
        value="NAME,…",
        meaning="Build from source though the index has fitting wheels: these modules, or all. "
        "The variable takes names, or `1` for all.",
    ),
    Setting(
        name="no_build",
        variable="NO_BUILD",
        reader=_switch,
        bare="1",
        meaning="Build nothing: use the wheels at hand and those on the index.",
    ),
    Setting(
        name="noop",
        variable="NOOP",
        reader=_switch,
        bare="1",
        meaning="Print the plan and stop.",
    ),
    Setting(
        name="no_cache",
        variable="BUILD_NO_CACHE",
        reader=_switch,
        bare="1",
        meaning="Run every build stage again, whatever the engine has cached.",
    ),
    Setting(
        name="clean_cache",
        variable="CLEAN_CACHE",
        reader=_switch,
        bare="1",
        meaning="Forget the index pages and files cached by earlier runs.",
    ),
    Setting(
        name="index",
        variable="PYPI_INDEX",
        reader=_url,
        value="URL",
        meaning="Package index in place of the one that pip would use.",
    ),
    Setting(
        name="base",
        reader=member(BaseMode),
        value="auto|registry|source",
        meaning="Where the Python images come from: a registry, our own build, or what answers.",
    ),
    Setting(
        name="builder",
        reader=text,
        value="NAME",
        meaning="The buildx builder. Without it `BUILDX_BUILDER` and modules.toml decide.",
    ),
    Setting(
        name="jobs",
        reader=_jobs,
        value="N",
        meaning="How many wheels are built at once.",
    ),
    Setting(
        name="mode",
        reader=_mode,
        value="cross",
        meaning="How wheels are compiled, whatever modules.toml says.",
    ),
    Setting(
        name="json",
        reader=_switch,
        bare="1",
        meaning="Print the plan as JSON.",
    ),
    Setting(
        name="help",
        reader=_switch,
        bare="1",
        meaning="Print this and stop.",
    ),
    Setting(
        name="push",
        variable="DO_PUSH",
        reader=_switch,
        bare="1",
        meaning="Push the images to their registry.",
        availability=Availability.LATER,
    ),
    Setting(
        name="force_pull",
        variable="WHEELS_FORCE_PULL",
        reader=_switch,
        bare="1",
        meaning="Pull published wheels even where there are some at hand.",
        availability=Availability.LATER,
    ),
    Setting(
        name="no_pull_wheels",
        variable="NO_PULL_WHEELS",
        reader=_switch,
        bare="1",
        meaning="Do not reuse published wheels of dependencies.",
        availability=Availability.ALREADY,
    ),
    Setting(
        name="no_self_pull",
        variable="NO_SELF_PULL",
        reader=_switch,
        bare="1",
        meaning="Do not reuse the module's own published wheels.",
        availability=Availability.ALREADY,
    ),
)

COMING: Final = {
    Availability.NOW: "",
    Availability.LATER: " *Comes with a later version; an error until then.*",
    Availability.ALREADY: " *Comes with a later version; nothing is pulled until then.*",
}


def markdown() -> str:
    """The table of settings as the README shows it."""
    lines = ["| Option | Variable | Meaning |", "|---|---|---|"]
    for each in SETTINGS:
        option = each.usage.replace("|", "\\|")
        variable = f"`{each.variable}`" if each.variable else ""
        lines.append(f"| `{option}` | {variable} | {each.meaning}{COMING[each.availability]} |")
    return "\n".join(lines) + "\n"


def usage() -> str:
    """The help text, for a terminal."""
    now = [each for each in SETTINGS if each.availability is Availability.NOW]
    width = max(len(each.usage) for each in now)
    lines = [f"  {each.usage:{width}}  {each.meaning}" for each in now]
    return "\n".join(["Targets and options, in any order:", *lines]) + "\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Given:
    source: str  # option or variable, for messages
    value: Any


def _read(setting: Setting, source: str, value: str) -> _Given:
    try:
        return _Given(source=source, value=setting.reader(value))
    except Fault as fault:
        raise ConfigError(f"{source}: {fault}") from fault


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"The command line cannot be read: {message}.")


def _command_line(argv: Sequence[str]) -> tuple[dict[str, _Given], list[str]]:
    """Options by name, and everything else as targets."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    for each in SETTINGS:
        parser.add_argument(each.flag, dest=each.name, action="append")
    # A value must follow `=` where it may be left out, or `--no-binary paramiko` would swallow
    # its target; so what was left out is written in.
    bare = {each.flag: f"{each.flag}={each.bare}" for each in SETTINGS if each.bare}
    options, rest = parser.parse_known_args([bare.get(word, word) for word in argv])
    for word in rest:
        if word.startswith("-"):
            raise _unknown(word)
    given = {}
    for setting in SETTINGS:
        values: list[str] = getattr(options, setting.name) or []
        if values:
            value = ",".join(values) if setting.value.endswith("…") else values[-1]
            given[setting.name] = _read(setting, setting.flag, value)
    return given, rest


def _unknown(option: str) -> ConfigError:
    flag = option.partition("=")[0]
    close = close_names(flag, [each.flag for each in SETTINGS])
    return ConfigError(
        f"Unknown option {option!r}.",
        hint=close or "A target begins with its module's name; --help lists the options.",
    )


def _environment(environ: Mapping[str, str]) -> dict[str, _Given]:
    """Settings by name; an empty variable is one that is not set."""
    return {
        each.name: _read(each, each.variable, environ[each.variable])
        for each in SETTINGS
        if each.variable and environ.get(each.variable)
    }


def _available(given: Mapping[str, _Given]) -> tuple[str, ...]:
    """Refuse what cannot be done yet, and note what is so anyway."""
    asked = [(each, given[each.name]) for each in SETTINGS if each.name in given]
    asked = [(each, got) for each, got in asked if got.value]
    for setting, got in asked:
        if setting.availability is Availability.LATER:
            raise ConfigError(
                f"{got.source} is not available yet: it comes with a later version.",
                hint=f"Leave {got.source} out; after the build the images are in the engine.",
            )
    return tuple(
        f"{got.source} changes nothing yet: no published wheels are pulled."
        for setting, got in asked
        if setting.availability is Availability.ALREADY
    )


def _flavours(given: Mapping[str, _Given]) -> tuple[Flavour, ...]:
    on = {name: each.source for name, each in given.items() if each.value}
    if "both" in on:
        return (Flavour.SHARED, Flavour.NO_SHARED)
    if len(on) > 1:
        raise ConfigError(
            f"{on['shared']} and {on['no_shared']} contradict each other.",
            hint="Leave one out, or ask for both flavours with --both.",
        )
    return (Flavour.NO_SHARED,) if "no_shared" in on else (Flavour.SHARED,)
