# SPDX-License-Identifier: MIT
"""A bad index, as the user of a build sees it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from tests.index_server import Reply
from tests.integration.conftest import CELL, Bench
from tests.package_index import PackageIndex

pytestmark = pytest.mark.integration


def test_wheels_for_others_and_no_sdist(own: Bench, index: PackageIndex) -> None:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pure_python-1.0.dist-info/METADATA", "Name: pure-python\nVersion: 1.0\n")
    name = "pure_python-1.0-cp313-cp313-win_amd64.whl"
    index.project("pure-python", {name: wheel.getvalue()})
    done = own.build(f"pure-python{CELL}")
    assert done.status == 9
    assert "has no sdist, and none of its wheels (" in done.output
    assert own.receipts() == {}


def test_an_index_that_answers_500(own: Bench, index: PackageIndex) -> None:
    index.replies["/simple/pure-python/"] = Reply(status=500)
    done = own.build(f"pure-python{CELL}")
    assert done.status == 5
    assert f"Cannot get the page of pure-python from {index.host}: it answers 500" in done.output
    assert "run the same command again" in done.output


def test_a_slow_index_is_waited_for_and_named(own: Bench, index: PackageIndex) -> None:
    page = index.replies["/simple/pure-python/"]
    assert isinstance(page, Reply)
    index.replies["/simple/pure-python/"] = replace(page, delay=5)
    done = own.build(f"pure-python{CELL}", "--noop")
    assert f"still waiting for {index.host} (the page of pure-python)" in done.output
    assert "pure_python-1.0.tar.gz" in done.output
    assert done.status == 0


def yank(index: PackageIndex) -> None:
    """Mark the only version of pure-python as one that should not be used (PEP 592)."""
    sdist = index.replies["/files/pure_python-1.0.tar.gz"]
    assert isinstance(sdist, Reply)
    files = {"pure_python-1.0.tar.gz": sdist.body}
    index.project("pure-python", files, attributes='data-yanked="bad"')


def test_a_yanked_version_is_not_chosen(own: Bench, index: PackageIndex) -> None:
    yank(index)
    done = own.build(f"pure-python{CELL}")
    assert done.status == 9
    assert "yanked" in done.output
    assert own.receipts() == {}


def test_a_yanked_version_is_taken_when_named(own: Bench, index: PackageIndex) -> None:
    yank(index)
    done = own.build(f"pure-python1.0{CELL}", "--noop")
    assert done.status == 0
    assert "pure-python 1.0 was yanked by its authors: bad." in done.output


def test_a_tampered_download_is_refused(own_built: Bench, index: PackageIndex) -> None:
    index.project("forty-two", {"forty_two-1.0.tar.gz": b"what was promised"})
    path = "/files/forty_two-1.0.tar.gz"
    index.replies[path] = Reply(body=b"what was sent", type="application/gzip")
    done = own_built.build(f"forty-two{CELL}")
    assert done.status in (6, 9)
    assert "forty_two-1.0.tar.gz" in done.output
    assert "sha256" in done.output
    assert own_built.receipts() == {}
