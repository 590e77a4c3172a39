# SPDX-License-Identifier: MIT
"""Options and the older system's environment variables, alone, together and in conflict."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from muslwheels.config import BaseMode, BuildMode
from muslwheels.errors import ConfigError
from muslwheels.settings import SETTINGS, Availability, NoBinary, Setting, Settings, markdown, usage
from muslwheels.target import Flavour

BOTH = (Flavour.SHARED, Flavour.NO_SHARED)
OLDER = (
    "DO_PUSH NO_BUILD NOOP NO_SELF_PULL NO_PULL_WHEELS WHEELS_FORCE_PULL BUILD_NO_CACHE NO_BINARY "
    "SHARED NO_SHARED BUILD_BOTH CLEAN_CACHE PYPI_INDEX"
)


def read(*argv: str, **environ: str) -> Settings:
    return Settings.from_arguments(argv, environ)


def refused(*argv: str, **environ: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(*argv, **environ)
    return caught.value


def no_binary(*names: str) -> NoBinary:
    return NoBinary(names=frozenset(map(canonicalize_name, names)))


def written(value: object) -> str | None:
    """A test's id: the command line or environment it is about."""
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, dict):
        return " ".join(f"{key}={each}" for key, each in value.items())
    return None


def test_without_anything_everything_has_its_default() -> None:
    assert read() == Settings()
    assert read(PATH="/bin", HOME="/") == Settings()


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--no-build"], {"no_build": True}),
        (["--no-build=no"], {"no_build": False}),
        (["--noop"], {"noop": True}),
        (["--no-cache"], {"no_cache": True}),
        (["--clean-cache"], {"clean_cache": True}),
        (["--json"], {"json": True}),
        (["--help"], {"help": True}),
        (["--index", "https://localhost/simple"], {"index": "https://localhost/simple"}),
        (["--index=http://[::1]:8080/"], {"index": "http://[::1]:8080/"}),
        (["--base", "source"], {"base": BaseMode.SOURCE}),
        (["--builder", "graviton"], {"builder": "graviton"}),
        (["--jobs", "4"], {"jobs": 4}),
        (["--jobs", "4", "--jobs=2"], {"jobs": 2}),
        (["--mode", "cross"], {"mode": BuildMode.CROSS}),
        (["--shared"], {"flavours": (Flavour.SHARED,)}),
        (["--no-shared"], {"flavours": (Flavour.NO_SHARED,)}),
        (["--both"], {"flavours": BOTH}),
        (["--both", "--shared", "--no-shared"], {"flavours": BOTH}),
        (["--no-binary"], {"no_binary": NoBinary(everything=True)}),
        (["--no-binary=:all:"], {"no_binary": NoBinary(everything=True)}),
        (["--no-binary=a,:ALL:"], {"no_binary": NoBinary(everything=True)}),
        (
            ["--no-binary=CFFI, Py_NaCl"],
            {"no_binary": no_binary("cffi", "py-nacl")},
        ),
        (
            ["--no-binary=cffi", "--no-binary=lxml"],
            {"no_binary": no_binary("cffi", "lxml")},
        ),
    ],
    ids=written,
)
def test_an_option_is_read(argv: list[str], expected: dict[str, Any]) -> None:
    assert read(*argv) == Settings(**expected)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"NO_BUILD": "1"}, {"no_build": True}),
        ({"NOOP": "true"}, {"noop": True}),
        ({"BUILD_NO_CACHE": "YES"}, {"no_cache": True}),
        ({"CLEAN_CACHE": "on"}, {"clean_cache": True}),
        ({"SHARED": "1"}, {"flavours": (Flavour.SHARED,)}),
        ({"NO_SHARED": "1"}, {"flavours": (Flavour.NO_SHARED,)}),
        ({"SHARED": "0", "NO_SHARED": "1"}, {"flavours": (Flavour.NO_SHARED,)}),
        ({"BUILD_BOTH": "1"}, {"flavours": BOTH}),
        ({"BUILD_BOTH": "1", "SHARED": "1", "NO_SHARED": "1"}, {"flavours": BOTH}),
        ({"NO_BINARY": "1"}, {"no_binary": NoBinary(everything=True)}),
        ({"NO_BINARY": ":all:"}, {"no_binary": NoBinary(everything=True)}),
        ({"NO_BINARY": "0"}, {"no_binary": NoBinary()}),
        ({"NO_BINARY": "cffi,lxml"}, {"no_binary": no_binary("cffi", "lxml")}),
        ({"PYPI_INDEX": "http://localhost/simple"}, {"index": "http://localhost/simple"}),
        ({"DO_PUSH": "0", "WHEELS_FORCE_PULL": "false", "NO_SELF_PULL": "no"}, {}),
    ],
    ids=written,
)
def test_a_variable_is_read(environ: dict[str, str], expected: dict[str, Any]) -> None:
    assert read(**environ) == Settings(**expected)


@pytest.mark.parametrize("word", ["0", "false", "no", "off", "", "OFF", " no "])
def test_a_variable_can_say_no(word: str) -> None:
    assert read(NO_BUILD=word, SHARED=word, DO_PUSH=word) == Settings()


def test_the_command_line_goes_before_the_environment() -> None:
    environ = {"NO_BUILD": "1", "PYPI_INDEX": "http://a/", "NO_BINARY": "1"}
    settings = read("--no-build=0", "--index=http://b/", "--no-binary=cffi", **environ)

    assert not settings.no_build
    assert settings.index == "http://b/"
    assert settings.no_binary == no_binary("cffi")


def test_a_flavour_on_the_command_line_replaces_those_of_the_environment() -> None:
    assert read("--shared", NO_SHARED="1").flavours == (Flavour.SHARED,)
    assert read("--no-shared", BUILD_BOTH="1").flavours == (Flavour.NO_SHARED,)


@pytest.mark.parametrize(
    ("argv", "targets"),
    [
        (["paramiko-amd64", "--no-binary"], ("paramiko-amd64",)),
        (["--no-binary", "paramiko"], ("paramiko",)),
        (["cffi", "--no-build", "toml", "--jobs", "2", "lxml"], ("cffi", "toml", "lxml")),
        (["--both", "cffi;rm -rf /", "$(id)", ""], ("cffi;rm -rf /", "$(id)", "")),
    ],
)
def test_targets_and_options_stand_in_any_order(argv: list[str], targets: tuple[str, ...]) -> None:
    assert read(*argv).targets == targets


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        (["--no-binry"], "Unknown option '--no-binry'.", "Did you mean --no-binary"),
        (["--no-bin"], "Unknown option '--no-bin'.", "Did you mean"),
        (["--nobuild=1"], "Unknown option '--nobuild=1'.", "Did you mean --no-build"),
        (["-x"], "Unknown option '-x'.", "--help lists the options"),
        (["cffi", "-amd64"], "Unknown option '-amd64'.", "module's name"),
        (["-"], "Unknown option '-'.", "module's name"),
        (["--index"], "The command line cannot be read: argument --index", ""),
        (["--index", "--json"], "The command line cannot be read: argument --index", ""),
        (["--index="], "--index: it must not be empty", ""),
        (["--index=localhost"], "--index: 'localhost' is no address", ""),
        (["--index=file:///etc/passwd"], "--index: 'file:///etc/passwd' is no address", ""),
        (["--index=http://[::1"], "--index: 'http://[::1' is no address", ""),
        (["--base=docker"], "--base: 'docker' is unknown here.", ""),
        (["--jobs", "0"], "--jobs: '0' is not a whole number from 1 to 9999.", ""),
        (["--jobs", "cffi"], "--jobs: 'cffi' is not a whole number", ""),
        (["--jobs=99999"], "--jobs: '99999' is not a whole number", ""),
        (["--jobs=²"], "--jobs: '²' is not a whole number", ""),
        (["--json=perhaps"], "--json: 'perhaps' is neither yes nor no", ""),
        (["--no-binary=a;b"], "--no-binary: 'a;b' holds no project's name", ""),
        (["--mode=emulated"], "--mode: building under emulation is not available yet", ""),
        (["--mode=magic"], "--mode: 'magic' is unknown here.", ""),
        (["--shared", "--no-shared"], "--shared and --no-shared contradict", "--both"),
        (["--push"], "--push is not available yet", "Leave --push out"),
        (["--force-pull"], "--force-pull is not available yet", "Leave --force-pull out"),
    ],
    ids=written,
)
def test_an_option_that_cannot_be_is_one_clear_error(
    argv: list[str], message: str, hint: str
) -> None:
    error = refused(*argv)

    assert error.message.startswith(message)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"NO_BUILD": "maybe"}, "NO_BUILD: 'maybe' is neither yes nor no: write 1, true, yes"),
        ({"SHARED": "2"}, "SHARED: '2' is neither yes nor no"),
        ({"SHARED": "1", "NO_SHARED": "1"}, "SHARED and NO_SHARED contradict each other."),
        ({"NO_BINARY": "-"}, "NO_BINARY: '-' holds no project's name"),
        ({"PYPI_INDEX": "nowhere"}, "PYPI_INDEX: 'nowhere' is no address"),
        ({"DO_PUSH": "1"}, "DO_PUSH is not available yet"),
        ({"WHEELS_FORCE_PULL": "1"}, "WHEELS_FORCE_PULL is not available yet"),
    ],
    ids=written,
)
def test_a_variable_that_cannot_be_is_one_clear_error(
    environ: dict[str, str], message: str
) -> None:
    assert refused(**environ).message.startswith(message)


@pytest.mark.parametrize("given", [["--no-self-pull"], ["--no-pull-wheels"]])
def test_what_is_so_anyway_is_noted_and_not_refused(given: list[str]) -> None:
    assert read(*given).notes == (
        f"{given[0]} changes nothing yet: no published wheels are pulled.",
    )


def test_notes_name_the_variable_where_it_was_one() -> None:
    assert [note.split()[0] for note in read(NO_SELF_PULL="1", NO_PULL_WHEELS="1").notes] == [
        "NO_PULL_WHEELS",
        "NO_SELF_PULL",
    ]


def test_no_binary_knows_its_modules() -> None:
    assert "cffi" in NoBinary(everything=True)
    assert "cffi" in no_binary("cffi")
    assert "lxml" not in no_binary("cffi")
    assert not NoBinary()


# The table of settings


def test_every_variable_of_the_older_system_has_its_row() -> None:
    assert {each.variable for each in SETTINGS if each.variable} == set(OLDER.split())


def test_every_row_that_works_now_fills_a_field_of_the_settings() -> None:
    now = {each.name for each in SETTINGS if each.availability is Availability.NOW}

    assert now - {"shared", "no_shared", "both"} == {each.name for each in fields(Settings)} - {
        "targets",
        "notes",
        "flavours",
    }


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_options_and_variables_are_documented(setting: Setting) -> None:
    (row,) = [
        line
        for line in markdown().splitlines()
        if line.startswith(f"| `{setting.flag}") and line[3 + len(setting.flag)] in "`[ "
    ]

    assert f"`{setting.variable}`" in row or not setting.variable
    assert setting.meaning in row
    assert row.replace("\\|", "").count("|") == 4
    assert ("later version" in row) is (setting.availability is not Availability.NOW)


def test_the_help_lists_what_can_be_used_now() -> None:
    assert "--no-binary[=NAME,…]" in usage()
    assert "--jobs N" in usage()
    assert "--push" not in usage()
