# SPDX-License-Identifier: MIT
"""Targets: what each text may mean, which reading is taken, and what none can mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from muslwheels.architecture import Architecture
from muslwheels.errors import MuslWheelsError, ReleaseError, TargetError
from muslwheels.target import (
    ALL,
    Flavour,
    Parsed,
    PythonVersion,
    Ssl,
    Target,
    parse_targets,
    readings,
)

INDEX = (
    "all backports-zoneinfo cffi core cryptography gnupg-py3 h11 h2 paramiko psycopg psycopg2 "
    "psycopg2-binary py7zr pillow pyyaml ruamel-yaml torch typing-extensions urllib3 zope-interface"
)


def parse(*texts: str, index: str = INDEX) -> Parsed:
    names = set(index.split())
    return parse_targets(texts, names.__contains__, known=names)


def one(text: str) -> Target:
    (target,) = parse(text).targets
    return target


def target(name: str, version: str = "", **rest: Any) -> Target:
    return Target(
        text="",
        name=canonicalize_name(name),
        version=Version(version) if version else None,
        **rest,
    )


AMD64, ARM64, ARMV6 = Architecture.AMD64, Architecture.ARM64, Architecture.ARMV6
PY313 = PythonVersion(3, 13)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("paramiko", target("paramiko")),
        ("paramiko-amd64", target("paramiko", arch=AMD64)),
        ("paramiko-py3.13", target("paramiko", python=PY313)),
        ("paramiko-pyall-armv6", target("paramiko", python=ALL, arch=ARMV6)),
        ("cffi2.0.0-py3.13-amd64", target("cffi", "2.0.0", python=PY313, arch=AMD64)),
        ("Cryptography", target("cryptography")),
        ("CRYPTOGRAPHY-LIBRESSL", target("cryptography", ssl=Ssl.LIBRESSL)),
        ("cryptography_LibreSSL", target("cryptography", ssl=Ssl.LIBRESSL)),
        (
            "Cryptography-OpenSSL46.0.3-PyAll-ARM64",
            target("cryptography", "46.0.3", ssl=Ssl.OPENSSL, python=ALL, arch=ARM64),
        ),
        (
            "cryptography-libressl==46.0.3-py3.13",
            target("cryptography", "46.0.3", ssl=Ssl.LIBRESSL, python=PY313),
        ),
        ("h110.14.0", target("h11", "0.14.0")),
        ("h11==0.14.0-py3.13-amd64", target("h11", "0.14.0", python=PY313, arch=AMD64)),
        ("h2", target("h2")),
        ("h24.1.0", target("h2", "4.1.0")),
        ("py7zr", target("py7zr")),
        ("py7zr0.22.0", target("py7zr", "0.22.0")),
        ("psycopg2-binary2.9.10", target("psycopg2-binary", "2.9.10")),
        ("psycopg2_binary==2.9.10", target("psycopg2-binary", "2.9.10")),
        ("ruamel.yaml0.18.6", target("ruamel-yaml", "0.18.6")),
        ("zope.interface", target("zope-interface")),
        ("zope_interface-py3.13", target("zope-interface", python=PY313)),
        ("backports.zoneinfo", target("backports-zoneinfo")),
        ("Pillow11.0", target("pillow", "11.0")),
        ("gnupg-py3", target("gnupg-py3")),
        ("pyyaml6.0.2rc1", target("pyyaml", "6.0.2rc1")),
        ("pyyaml6.0.2RC1", target("pyyaml", "6.0.2rc1")),
        ("pyyaml6.0.post1", target("pyyaml", "6.0.post1")),
        ("pyyaml6.0-1", target("pyyaml", "6.0.post1")),
        ("pyyaml6.0.dev3-arm64", target("pyyaml", "6.0.dev3", arch=ARM64)),
        ("pyyaml1!6.0", target("pyyaml", "1!6.0")),
        ("torch2.5.1+cu118-amd64", target("torch", "2.5.1+cu118", arch=AMD64)),
        ("typing_extensions==4", target("typing-extensions", "4")),
        ("all", target("all")),
        ("core-pyall-arm64", target("core", python=ALL, arch=ARM64)),
    ],
)
def test_a_target_is_read(text: str, expected: Target) -> None:
    assert one(text) == expected
    assert one(text).text == text


def test_readings_of_an_ambiguous_target_come_longest_name_first() -> None:
    assert [str(each) for each in readings("h110.14.0")] == [
        "h110-14-0",
        "h110-1==4.0",
        "h11==0.14.0",
        "h1==10.14.0",
        "h==110.14.0",
    ]


def test_a_pinned_target_has_one_reading() -> None:
    assert [str(each) for each in readings("h11==0.14.0")] == ["h11==0.14.0"]


def test_the_longest_name_that_exists_is_taken() -> None:
    assert str(parse("psycopg2", index="psycopg psycopg2").targets[0]) == "psycopg2"
    assert str(parse("psycopg2", index="psycopg").targets[0]) == "psycopg==2"


def test_a_note_says_which_reading_was_taken_and_how_to_write_the_others() -> None:
    assert parse("h110.14.0").notes == (
        (
            "h110.14.0 was read as the project h11, version 0.14.0. "
            "Otherwise write h1==10.14.0 or h==110.14.0."
        ),
    )
    assert parse("urllib3-amd64").notes == (
        (
            "urllib3-amd64 was read as the project urllib3, its newest version. "
            "Otherwise write urllib==3-amd64."
        ),
    )


@pytest.mark.parametrize("text", ["cffi", "cffi2.0.0", "h11==0.14.0", "py7zr", "cffi-amd64"])
def test_there_is_no_note_where_no_other_reading_is_left(text: str) -> None:
    assert parse(text).notes == ()


def test_names_are_looked_up_normalised_and_no_more_than_needed() -> None:
    asked: list[NormalizedName] = []

    def exists(name: NormalizedName) -> bool:
        asked.append(name)
        return name == "h11"

    parse_targets(["H110.14.0-arm64"], exists)

    assert asked == ["h110-14-0", "h110-1", "h11"]


def test_groups_are_no_projects_to_look_up() -> None:
    def exists(name: NormalizedName) -> bool:
        raise AssertionError(name)

    assert all(each.is_group for each in parse_targets(["all", "core-py3.13"], exists).targets)


def test_a_group_with_a_version_is_a_project_of_that_name() -> None:
    assert not one("core==1.0").is_group


def test_targets_keep_their_order_and_come_once() -> None:
    parsed = parse("paramiko", "cffi-amd64", "Paramiko", "CFFI-AMD64", "cffi")

    assert [str(each) for each in parsed.targets] == ["paramiko", "cffi-amd64", "cffi"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "-amd64",
        "-py3.13",
        "-py3.13-amd64",
        "-libressl",
        "==1.0",
        "cffi;rm -rf /",
        "$(id)",
        "`id`",
        "../x",
        "a/b",
        "cffi|sh",
        "cffi&",
        "cffi>=1.0",
        "cffi~=1.0",
        "cffi=1.0",
        "cffi\n",
        "cffi\x00",
        "cffi\x1b[31m",
        "cffi amd64",
        " cffi",
        "cffi-",
        "cffi-py3.13-",
        "cffi--amd64==1",
        "cffi==",
        "cffi==*",
        "cffi==2.*",
        "cffi==latest",
        "cffi==1.0==2.0",
        "сffi",  # noqa: RUF001 - its first letter is Cyrillic
        "cffi\u200b",
        "cffi²",
        "cffi１.0",  # noqa: RUF001 - a full-width digit
        "cffi-amd64-arm64",
        "cffi-amd64-py3.13",
        "cffi-py3.13-py3.14",
        "cffi-pyall-pyall",
        "a" * 201,
        "1" * 100_000,
    ],
)
def test_a_malformed_target_is_one_clear_error(text: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse(text, index="cffi")

    assert "\n" not in caught.value.message
    assert caught.value.message.isascii()
    assert len(caught.value.message) < 300
    assert caught.value.hint


def test_the_strange_character_is_named_in_escapes() -> None:
    with pytest.raises(TargetError, match=r"'\\u0441ffi' is not a target: it holds '\\u0441'"):
        parse("сffi")  # noqa: RUF001 - its first letter is Cyrillic


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("cffi-amd46", "Did you mean amd64"),
        ("cffi2.0.0-amd46", "Did you mean amd64"),
        ("cffi-armv8", "armv6"),
        ("cffi-x86_64", "written -amd64"),
        ("cffi-x86-64", "written -amd64"),
        ("cffi-aarch64", "written -arm64"),
        ("cffi-py3", "-py3.13"),
        ("cffi-python3.13", "-py3.13"),
        ("cffi-cp313", "-py3.13"),
        ("cffi-py3-amd64", "-py3.13"),
        ("cffi-py3.13-armv9", "armv7"),
        ("cffi-pyall-x86_64", "written -amd64"),
    ],
)
def test_a_suffix_that_is_none_is_met_with_those_that_are(text: str, hint: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse(text)

    assert text in caught.value.message
    assert hint in caught.value.hint


def test_a_name_that_looks_like_a_suffix_is_taken_where_it_exists() -> None:
    assert str(parse("cffi-amd46", index="cffi cffi-amd46").targets[0]) == "cffi-amd46"


@pytest.mark.parametrize("text", ["cryptographie", "Cryptographi1.0", "cryptograhpy-py3.13-amd64"])
def test_an_unknown_project_is_met_with_close_names(text: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        parse(text)

    assert text in caught.value.message
    assert "Did you mean cryptography?" in caught.value.hint


def test_an_unknown_project_like_nothing_at_all_is_met_with_the_grammar() -> None:
    with pytest.raises(ReleaseError, match="There is no project zzzz"):
        parse("zzzz")


NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,12}[A-Za-z0-9])?", fullmatch=True)
VERSIONS = st.from_regex(
    r"([0-9]!)?[0-9]{1,3}(\.[0-9]{1,3}){0,3}((a|b|rc)[0-9])?(\.post[0-9])?(\.dev[0-9])?(\+[a-z0-9]{1,4})?",
    fullmatch=True,
)
SUFFIXES = {
    "ssl": st.sampled_from(["", "-openssl", "-LibreSSL"]),
    "version": st.one_of(st.just(""), VERSIONS, VERSIONS.map("=={}".format)),
    "python": st.sampled_from(["", "-pyall", "-PY3.13", "-py3.9"]),
    "arch": st.sampled_from(["", "-amd64", "-ARMv7", "-s390x"]),
}


@settings(max_examples=60, deadline=None)
@given(name=NAMES, **SUFFIXES)
def test_every_reading_of_a_target_reads_back_from_its_spelling(
    name: str, ssl: str, version: str, python: str, arch: str
) -> None:
    """Whichever reading is taken, str() writes it so that it is the first one."""
    try:
        found = readings(f"{name}{ssl}{version}{python}{arch}")
    except TargetError:
        reject()  # a name that ends like a suffix

    for each in found:
        assert readings(str(each))[0] == each


@settings(max_examples=60, deadline=None)
@given(name=NAMES, **SUFFIXES)
def test_what_was_put_together_is_among_the_readings(
    name: str, ssl: str, version: str, python: str, arch: str
) -> None:
    assume(not any(mark in name.lower() for mark in ("-py", "-openssl", "-libressl")))
    assume(name.lower().rpartition("-")[2] not in {each.value for each in Architecture})
    expected = Target(
        text="",
        name=canonicalize_name(name),
        version=Version(version.removeprefix("==")) if version else None,
        ssl=Ssl(ssl[1:].lower()) if ssl else None,
        python=ALL if python == "-pyall" else PythonVersion.parse(python[3:]) if python else None,
        arch=Architecture(arch[1:].lower()) if arch else None,
    )

    assert expected in readings(f"{name}{ssl}{version}{python}{arch}")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_or_is_one_of_our_errors(text: str) -> None:
    try:
        assert parse(text).targets
    except MuslWheelsError as error:
        assert error.message  # noqa: PT017 - either outcome is right, nothing else is


@pytest.mark.parametrize(("text", "abi"), [("3.13", "cp313"), ("3.9", "cp39"), ("4.0", "cp40")])
def test_a_python_version_is_read_and_named(text: str, abi: str) -> None:
    assert str(PythonVersion.parse(text)) == text
    assert PythonVersion.parse(text).abi == abi


@pytest.mark.parametrize("text", ["", "3", "3.", "3.13.1", "v3.13", "3.13t", "3,13", "3.1\uff13"])
def test_what_is_no_python_version_is_an_error(text: str) -> None:
    with pytest.raises(TargetError, match="is not a Python version"):
        PythonVersion.parse(text)


def test_python_versions_are_ordered_by_age() -> None:
    assert PythonVersion.parse("3.9") < PythonVersion.parse("3.10") < PythonVersion.parse("4.0")


def test_variants_and_flavours_are_written_as_in_targets_and_options() -> None:
    assert [str(each) for each in Ssl] == ["openssl", "libressl"]
    assert [str(each) for each in Flavour] == ["shared", "no-shared"]
