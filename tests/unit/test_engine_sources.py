# SPDX-License-Identifier: MIT
"""apt's source lists, in both formats, and the mirror chosen among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muslwheels.engine.sources import (
    ARCHIVE_KEYRING,
    Mirror,
    Source,
    find_mirror,
    parse_deb822,
    parse_one_line,
    parse_os_release,
)

URI = "https://mirror.example/debian"
KEY = "/etc/apt/keyrings/own.gpg"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            f"deb {URI} bookworm main contrib",
            (Source(uri=URI, suites=("bookworm",), components=("main", "contrib")),),
            id="plain",
        ),
        pytest.param(
            f"deb [ arch=amd64 signed-by={KEY} ] {URI} sid main # a comment",
            (Source(uri=URI, suites=("sid",), components=("main",), signed_by=KEY),),
            id="options and comment",
        ),
        pytest.param(
            f"deb [trusted]\t{URI}\tsid\tmain",
            (Source(uri=URI, suites=("sid",), components=("main",)),),
            id="tabs, option without value",
        ),
        pytest.param(f"deb {URI} ./", (Source(uri=URI, suites=("./",), components=()),), id="flat"),
        pytest.param(f"deb-src {URI} bookworm main", (), id="sources only"),
        pytest.param(f"# deb {URI} bookworm main", (), id="commented out"),
        pytest.param(f"deb {URI}", (), id="no suite"),
        pytest.param("", (), id="empty"),
    ],
)
def test_one_line_sources(line: str, expected: tuple[Source, ...]) -> None:
    assert expected == parse_one_line(line)


def test_deb822_sources_one_a_uri() -> None:
    text = f"""\
Types: deb deb-src
# snapshot of a day
URIs: {URI} https://other.example/debian/
Suites: bookworm
 bookworm-updates
Components: main
Signed-By: {KEY}

Types: deb-src
URIs: https://sources.example/debian
Suites: sid
Components: main

Enabled: no
Types: deb
URIs: https://disabled.example/debian
Suites: sid
Components: main
"""

    first, second = parse_deb822(text)

    assert (first.uri, second.uri) == (URI, "https://other.example/debian/")
    assert first.suites == ("bookworm", "bookworm-updates")
    assert first.signed_by == KEY


def test_an_embedded_key_survives_into_our_own_sources() -> None:
    key = (
        "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----"
    )
    text = f"Types: deb\nURIs: {URI}\nSuites: sid\nComponents: main\nSigned-By:{key}\n"

    (source,) = parse_deb822(text)
    mirror = find_mirror([source], "sid")

    assert mirror is not None
    assert parse_deb822(mirror.deb822("deb", "sid")) == (source,)


@given(st.text())
def test_no_text_breaks_the_parsers(text: str) -> None:
    for source in (*parse_one_line(text), *parse_deb822(text)):
        assert source.uri
    assert all("=" not in name for name in parse_os_release(text))


WORDS = st.text(st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=8)


@given(uri=WORDS, suites=st.lists(WORDS, min_size=1, max_size=3, unique=True))
def test_what_we_write_reads_back(uri: str, suites: list[str]) -> None:
    text = Mirror(uri=f"http://{uri}").deb822("deb", *suites)

    expected = Source(
        uri=f"http://{uri}",
        suites=tuple(suites),
        components=("main",),
        signed_by=ARCHIVE_KEYRING,
    )
    assert parse_deb822(text) == (expected,)


def debian(uri: str, *suites: str, components: tuple[str, ...] = ("main",)) -> Source:
    return Source(uri=uri, suites=suites, components=components)


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        pytest.param([debian(URI, "bookworm")], URI, id="the only one"),
        pytest.param(
            [
                debian("https://browser.example/linux", "stable"),
                debian("https://vendor.example/apt", "bookworm"),
                debian("https://cache.example/remote", "bookworm"),
                debian("https://cache.example/remote/", "bookworm-updates"),
            ],
            "https://cache.example/remote",
            id="third parties with Debian's suite names come before it",
        ),
        pytest.param(
            [debian("https://vendor.example/apt", "bookworm"), debian(URI, "bookworm")],
            URI,
            id="without updates the path decides",
        ),
        pytest.param([debian(URI, "testing")], URI, id="a rolling suite"),
        pytest.param(
            [debian("https://security.example/debian", "bookworm-security")], None, id="security"
        ),
        pytest.param(
            [debian("https://docker.example", "bookworm", components=("stable",))],
            None,
            id="not main",
        ),
        pytest.param([debian("cdrom:[Debian]/", "bookworm")], None, id="a disc"),
        pytest.param([debian("https://ubuntu.example/ubuntu", "noble")], None, id="not Debian"),
        pytest.param([], None, id="none"),
    ],
)
def test_the_mirror_is_that_of_debians_main_archive(
    sources: list[Source], expected: str | None
) -> None:
    mirror = find_mirror(sources, "bookworm")

    assert expected == (mirror and mirror.uri)


def test_without_a_key_of_its_own_the_archives_keyring_signs() -> None:
    mirror = find_mirror([debian(URI, "bookworm")], "bookworm")

    assert mirror == Mirror(uri=URI, signed_by=ARCHIVE_KEYRING)


def test_os_release_is_unquoted() -> None:
    text = '# release\nID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\nVERSION_CODENAME=bookworm\n'

    fields = parse_os_release(text)

    assert fields["VERSION_CODENAME"] == "bookworm"
    assert fields["PRETTY_NAME"] == "Debian GNU/Linux 12"
    assert "# release" not in fields
