# SPDX-License-Identifier: MIT
"""Index pages as data."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from muslwheels.errors import NetworkError
from muslwheels.page import Releases, from_html, from_json, group, version_text

BASE = "https://mirror.test/pypi/simple/a/"
A = canonicalize_name("a")


def releases(rows, name=A):
    return Releases(group(name, rows))


def one_file(html):
    (files,) = releases(from_html(html, BASE)).values()
    (file,) = files
    return file


def test_a_page_in_html():
    file = one_file(
        '<!DOCTYPE html><body><a href="https://files.test/a-1.0.tar.gz#sha256=12ab" '
        'data-requires-python="&gt;=3.8,&lt;4" data-yanked="bad &amp; worse" '
        'data-core-metadata="sha256=34cd" data-upload-time="2026-01-02T03:04:05Z" >'
        "a-1.0.tar.gz</a><br/></body>"
    )

    assert file.filename == "a-1.0.tar.gz"
    assert file.url == "https://files.test/a-1.0.tar.gz"
    assert file.sha256 == "12ab"
    assert file.requires_python == SpecifierSet(">=3.8,<4")
    assert file.yanked == "bad & worse"
    assert file.metadata_sha256 == "34cd"
    assert file.upload_time == "2026-01-02T03:04:05Z"


def test_a_page_in_json():
    entry = {
        "filename": "a-1.0.tar.gz",
        "url": "../../files/a-1.0.tar.gz",
        "hashes": {"sha256": "12ab", "md5": "0"},
        "requires-python": ">=3.8",
        "yanked": "bad",
        "core-metadata": {"sha256": "34cd"},
        "upload-time": "2026-01-02T03:04:05Z",
        "size": 3,
    }

    ((file,),) = releases(
        from_json({"meta": {"api-version": "1.1"}, "files": [entry]}, BASE)
    ).values()

    assert file.url == "https://mirror.test/pypi/files/a-1.0.tar.gz"
    assert (file.sha256, file.yanked, file.metadata_sha256) == ("12ab", "bad", "34cd")
    assert file.requires_python == SpecifierSet(">=3.8")


def test_a_trimmed_page_in_json():
    """Mirrors leave out what they do not know."""
    page = {"files": [{"filename": "a-1.0.tar.gz", "url": "a-1.0.tar.gz", "yanked": False}]}

    ((file,),) = releases(from_json(page, BASE)).values()

    assert file.url == BASE + "a-1.0.tar.gz"
    assert (file.sha256, file.yanked, file.metadata_sha256) == ("", None, None)
    assert file.requires_python is None


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("a-1.0.tar.gz", BASE + "a-1.0.tar.gz"),
        ("../../files/a-1.0.tar.gz", "https://mirror.test/pypi/files/a-1.0.tar.gz"),
        ("/files/a-1.0.tar.gz", "https://mirror.test/files/a-1.0.tar.gz"),
        ("//cdn.test/a-1.0.tar.gz", "https://cdn.test/a-1.0.tar.gz"),
        ("http://cdn.test/a-1.0.tar.gz", "http://cdn.test/a-1.0.tar.gz"),
    ],
)
def test_addresses_may_be_relative_to_the_page(href, url):
    assert one_file(f"<a href='{href}'>x</a>").url == url


def test_a_base_element_moves_relative_addresses():
    html = '<base href="https://other.test/x/"><a href="a-1.0.tar.gz">a-1.0.tar.gz</a>'

    assert one_file(html).url == "https://other.test/x/a-1.0.tar.gz"


def test_names_are_decoded_and_queries_are_no_part_of_them():
    file = one_file('<a href="a-1.0%2Blocal.tar.gz?token=1#sha256=ab">x</a>')

    assert file.filename == "a-1.0+local.tar.gz"
    assert file.url.endswith("?token=1")


@pytest.mark.parametrize(
    "attributes",
    ["data-yanked", "data-yanked=''", 'data-yanked=""', "data-yanked class='x'"],
)
def test_yanked_without_a_reason_is_yanked_all_the_same(attributes):
    assert one_file(f"<a href='a-1.0.tar.gz' {attributes}>x</a>").yanked == ""


def test_an_unescaped_sign_in_an_attribute_is_no_end():
    file = one_file("<a data-requires-python='>=3.8' href=a-1.0.tar.gz>x</a>")

    assert file.requires_python == SpecifierSet(">=3.8")
    assert file.filename == "a-1.0.tar.gz"


@pytest.mark.parametrize("value", ["true", "sha256=ab", "false"])
def test_metadata_of_its_own(value):
    file = one_file(f'<a href="a-1.0.tar.gz" data-dist-info-metadata="{value}">x</a>')

    assert file.metadata_sha256 == {"true": "", "sha256=ab": "ab", "false": None}[value]


def test_a_requires_python_nobody_can_read_is_none():
    assert (
        one_file('<a href="a-1.0.tar.gz" data-requires-python=">=3.*">x</a>').requires_python
        is None
    )


def test_releases_are_newest_first_and_files_of_one_version_together():
    names = [
        "a-1.10.tar.gz",
        "a-1.9.tar.gz",
        "a-1.10-py3-none-any.whl",
        "a-2.0rc1.zip",
        "a-1.10.0.zip",
    ]
    found = releases(from_html("".join(f"<a href={name}></a>" for name in names), BASE))

    assert [str(version) for version in found] == ["2.0rc1", "1.10", "1.9"]
    assert [file.filename for file in found[Version("1.10")]] == [names[0], names[2], names[4]]
    assert Version("1.10.0") in found
    assert Version("3") not in found


def test_what_nobody_can_install_is_left_out():
    names = [
        "a-1.0.exe",
        "a-1.0-py3.9.egg",
        "a-1.0.win32.zip",
        "a-1.0-1.noarch.rpm",
        "README",
        "b-1.0.zip",
    ]

    assert not releases(from_html("".join(f"<a href={name}></a>" for name in names), BASE))


@pytest.mark.parametrize(
    ("name", "filename", "version"),
    [
        ("python-dateutil", "python-dateutil-2.8.tar.gz", "2.8"),
        ("python-dateutil", "python_dateutil-2.8.tar.gz", "2.8"),
        ("zope-interface", "zope.interface-5.0.tar.gz", "5.0"),
        ("a", "a-1.0-beta-1.tar.gz", "1.0-beta-1"),
        ("a", "a-1.0-1-py3-none-any.whl", "1.0"),
        ("a", "a-1.0.tar.bz2", "1.0"),
        ("a", "b-1.0.tar.gz", None),
        ("a", "a-1.0-py3-any.whl", None),
    ],
)
def test_the_known_name_tells_where_the_version_begins(name, filename, version):
    assert version_text(canonicalize_name(name), filename) == version


@pytest.mark.parametrize("page", [[], {}, {"files": {}}, "text", None], ids=repr)
def test_what_is_no_page_is_an_error(page):
    with pytest.raises(NetworkError, match="no index page"):
        list(from_json(page, BASE))


def test_another_protocol_version_is_an_error():
    with pytest.raises(NetworkError, match=r"version 2\.0"):
        list(from_json({"meta": {"api-version": "2.0"}, "files": []}, BASE))
    with pytest.raises(NetworkError, match=r"version 2\.1"):
        list(from_html('<meta name="pypi:repository-version" content="2.1">', BASE))
