# SPDX-License-Identifier: MIT
"""The index over a real connection to a local server: what it answers, keeps, and survives."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import tarfile
import zipfile

import pypi_simple
import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from muslwheels.errors import (
    ConfigError,
    IntegrityError,
    NetworkError,
    ReleaseError,
    WheelhouseError,
)
from muslwheels.pypi import FRESH, PyPI, default_index, digest, duration, pip_index, storage_error
from muslwheels.release import File
from muslwheels.web import Timing, Web
from tests.index_server import IndexServer, Reply

A = canonicalize_name("a")
ONE = Version("1.0")
QUICK = Timing(attempts=3, backoff=0.01, connect=1.0, read=0.15, deadline=0.2, patience=0.05)
METADATA = "Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: b>=1\n"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """The machine's proxy and netrc have no say here."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("NETRC", os.devnull)


@pytest.fixture(scope="module")
def running():
    with IndexServer().running() as server:
        yield server


@pytest.fixture
def server(running):
    running.replies.clear()
    running.requests.clear()
    return running


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def said():
    return []


@pytest.fixture
def index(server, tmp_path, clock, said):
    """Makes indexes over the same cache, as one process after the other would."""
    webs = []

    def make(url=server.url, *, clean=False):
        webs.append(Web(said.append, timing=QUICK))
        return PyPI(url, tmp_path / "cache", webs[-1], clean=clean, now=clock)

    yield make
    for web in webs:
        web.close()


def link(name, data=b"", attributes=""):
    return f'<a href="../../files/{name}#sha256={sha256(data)}" {attributes}>{name}</a>'


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def wheel(filler=0):
    """The bytes of a wheel, as large as wanted."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a/data.bin", os.urandom(filler))
        archive.writestr("a-1.0.dist-info/METADATA", METADATA)
    return data.getvalue()


def sdist(pkg_info):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        entry = tarfile.TarInfo("a-1.0/PKG-INFO")
        entry.size = len(pkg_info)
        tar.addfile(entry, io.BytesIO(pkg_info.encode()))
    return data.getvalue()


def serve(server, name, data, attributes="", **more):
    """Serve a page with one file, and the file; the File the index makes of it."""
    server.page("a", link(name, data, attributes))
    server.replies[f"/files/{name}"] = Reply(body=data, type="application/octet-stream", **more)
    return File(filename=name, url=f"http://{server.host}/files/{name}", sha256=sha256(data))


def requirements(index):
    return [str(one) for one in index.metadata(A, ONE).requires_dist]


class TestPages:
    def test_html(self, server, index):
        server.page("a", link("a-1.0.tar.gz", b"x"))

        ((file,),) = index().project(A).releases.values()

        assert file.url == f"http://{server.host}/files/a-1.0.tar.gz"
        assert file.sha256 == sha256(b"x")

    def test_json(self, server, index):
        page = {"files": [{"filename": "a-1.0.tar.gz", "url": "x/a-1.0.tar.gz", "hashes": {}}]}
        kind = "application/vnd.pypi.simple.v1+json; charset=utf-8"
        server.replies["/simple/a/"] = Reply(body=json.dumps(page).encode(), type=kind)

        ((file,),) = index().project(A).releases.values()

        assert file.url == f"{server.url}a/x/a-1.0.tar.gz"

    def test_addresses_are_relative_to_where_a_redirect_ends(self, server, index):
        server.replies["/simple/a/"] = Reply(status=301, headers={"Location": "/other/a/"})
        server.replies["/other/a/"] = Reply(body=b"<a href=a-1.0.zip></a>")

        ((file,),) = index().project(A).releases.values()

        assert file.url == f"http://{server.host}/other/a/a-1.0.zip"

    def test_an_unknown_module_is_an_error_that_names_the_index(self, server, index):
        with pytest.raises(ReleaseError, match=f"no module named a on {server.url}"):
            index().project(A)
        assert not index().exists(A)

    def test_a_page_of_no_known_type_is_an_error(self, server, index):
        server.page("a", "hello", type="text/plain")

        with pytest.raises(NetworkError, match="text/plain, not an index page"):
            index().project(A)

    def test_broken_json_is_an_error(self, server, index):
        server.replies["/simple/a/"] = Reply(body=b'{"files": [', type="application/json")

        with pytest.raises(NetworkError, match="broken JSON"):
            index().project(A)

    def test_a_page_is_asked_for_once_a_day(self, server, index, clock):
        server.page("a", link("a-1.0.tar.gz"))
        index().project(A)
        clock.now += FRESH - 1
        index().project(A)

        assert server.paths() == ["/simple/a/"]

    def test_after_a_day_it_is_asked_whether_it_changed(self, server, index, clock):
        stamps = {"ETag": '"1"', "Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT"}
        server.page("a", link("a-1.0.tar.gz"), headers=stamps)
        index().project(A)
        clock.now += FRESH
        server.replies["/simple/a/"] = Reply(status=304)

        assert list(index().project(A).releases) == [ONE]
        assert list(index().project(A).releases) == [ONE]

        first, second = server.requests
        assert "If-None-Match" not in first.headers
        assert second.headers["If-None-Match"] == '"1"'
        assert second.headers["If-Modified-Since"] == stamps["Last-Modified"]

    def test_a_page_that_changed_replaces_the_old_one(self, server, index, clock):
        server.page("a", link("a-1.0.tar.gz"))
        index().project(A)
        clock.now += FRESH
        server.page("a", link("a-2.0.tar.gz"))

        assert list(index().project(A).releases) == [Version("2.0")]

    def test_clean_cache_asks_anew(self, server, index):
        server.page("a", link("a-1.0.tar.gz"))
        index().project(A)
        index(clean=True).project(A)

        assert len(server.requests) == 2

    def test_a_damaged_cache_is_no_obstacle(self, server, index, tmp_path):
        server.page("a", link("a-1.0.tar.gz"))
        index().project(A)
        (stored,) = (tmp_path / "cache/pages").rglob("a.json")
        stored.write_text('{"format": 1, "rel')

        assert list(index().project(A).releases) == [ONE]

    def test_two_indexes_do_not_mix(self, server, index):
        server.page("a", link("a-1.0.tar.gz"))
        index().project(A)

        with pytest.raises(ReleaseError):
            index(f"http://{server.host}/other/").project(A)

    def test_prefetch_asks_at_the_same_time(self, server, index):
        names = [canonicalize_name(f"a{number}") for number in range(8)]
        for name in names:
            server.page(name, link(f"{name}-1.0.tar.gz"), delay=0.05)
        ready = index()
        ready.prefetch(names)
        before = len(server.requests)

        assert [list(ready.project(name).releases) for name in names] == [[ONE]] * 8
        assert before == len(server.requests) == 8

    def test_what_fails_in_prefetch_shows_when_it_is_asked_for(self, server, index):
        ready = index()
        ready.prefetch([A])

        with pytest.raises(ReleaseError):
            ready.project(A)
        assert len(server.requests) == 1

    def test_names_that_exist_are_remembered(self, server, index):
        server.page("a", link("a-1.0.tar.gz"))
        index().exists(A)
        index().exists(canonicalize_name("b"))

        assert index().known_names() == ("a",)


class TestWeather:
    def test_a_server_that_fails_is_asked_again(self, server, index):
        page = Reply(body=link("a-1.0.tar.gz").encode())
        server.replies["/simple/a/"] = [Reply(status=503), Reply(status=500), page]

        assert list(index().project(A).releases) == [ONE]

    @pytest.mark.parametrize("status", [500, 502, 503, 429])
    def test_but_not_for_ever(self, server, index, status):
        server.replies["/simple/a/"] = Reply(status=status)

        with pytest.raises(NetworkError) as caught:
            index().project(A)

        assert f"Cannot get the page of a from {server.host}: it answers {status}" in str(
            caught.value
        )
        assert len(server.requests) == QUICK.attempts

    def test_retry_after_is_honoured(self, server, index, said):
        server.replies["/simple/a/"] = [
            Reply(status=503, headers={"Retry-After": "0.2"}),
            Reply(body=link("a-1.0.tar.gz").encode()),
        ]

        assert index().exists(A)
        assert any("asking again for the page of a" in line for line in said)

    def test_a_retry_after_of_an_hour_is_not_waited_for(self, server, index):
        server.replies["/simple/a/"] = Reply(status=503, headers={"Retry-After": "3600"})

        with pytest.raises(NetworkError):
            index().project(A)
        assert len(server.requests) == 1

    @pytest.mark.parametrize("status", [401, 403])
    def test_refused_access_is_not_asked_again(self, server, index, status):
        server.replies["/simple/a/"] = Reply(status=status)

        with pytest.raises(NetworkError, match="refuses access") as caught:
            index().project(A)

        assert "netrc" in caught.value.hint
        assert len(server.requests) == 1

    def test_a_slow_server_is_an_error_after_a_word_about_it(self, server, index, said):
        server.replies["/simple/a/"] = Reply(delay=0.3)

        with pytest.raises(NetworkError, match=r"no answer within|timed out"):
            index().project(A)
        assert said == [f"still waiting for {server.host} (the page of a)"]

    def test_a_dripping_server_meets_the_deadline(self, server, index):
        server.page("a", "x" * 1000, drip=0.05)

        with pytest.raises(NetworkError, match="not done after"):
            index().project(A)

    def test_a_page_that_breaks_off_is_asked_for_again(self, server, index):
        whole = link("a-1.0.tar.gz") + link("a-2.0.tar.gz")
        server.replies["/simple/a/"] = [
            Reply(body=whole.encode(), cut=60),
            Reply(body=whole.encode()),
        ]

        assert len(index().project(A).releases) == 2

    def test_a_page_that_always_breaks_off_is_an_error(self, server, index):
        server.page("a", link("a-1.0.tar.gz"), cut=10)

        with pytest.raises(NetworkError, match="Cannot get the page of a"):
            index().project(A)

    def test_nobody_there_is_an_error_once_and_then_at_once(self, index):
        silent = index("http://127.0.0.1:1/simple/")

        with pytest.raises(NetworkError) as caught:
            silent.project(A)
        with pytest.raises(NetworkError):
            silent.project(canonicalize_name("b"))

        assert caught.value.message == (
            "Cannot get the page of a from 127.0.0.1:1: connection refused."
        )
        assert "PYPI_INDEX" in caught.value.hint

    def test_an_old_page_serves_while_the_network_is_down(self, server, index, clock):
        server.page("a", link("a-1.0.tar.gz"))
        index().project(A)
        clock.now += 3 * FRESH
        server.replies["/simple/a/"] = Reply(status=503)
        offline = index()

        assert list(offline.project(A).releases) == [ONE]
        assert offline.notes == ("The index cannot be reached: using pages up to 3 days old.",)

    def test_credentials_reach_the_server_and_nothing_else(self, server, index, tmp_path):
        server.page("a", link("a-1.0.tar.gz", b"x"))
        server.replies["/files/a-1.0.tar.gz"] = Reply(body=b"x")
        private = index(f"http://user:hush@{server.host}/simple")

        ((file,),) = private.project(A).releases.values()
        private.download(file, tmp_path)
        with pytest.raises(ReleaseError) as caught:
            private.project(canonicalize_name("b"))

        assert all(one.headers["Authorization"].startswith("Basic ") for one in server.requests)
        assert "hush" not in f"{file}{caught.value}"
        stored = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
        assert stored
        assert not any(b"hush" in path.read_bytes() for path in stored)

    def test_credentials_are_not_in_the_error_of_a_dead_index(self, index):
        with pytest.raises(NetworkError) as caught:
            index("http://user:hush@127.0.0.1:1/simple/").project(A)

        assert "hush" not in str(caught.value)

    def test_a_cache_that_cannot_be_written_is_noted(self, server, tmp_path):
        (tmp_path / "file").write_text("in the way")
        web = Web(print, timing=QUICK)
        server.page("a", link("a-1.0.tar.gz"))
        ready = PyPI(server.url, tmp_path / "file", web)

        assert ready.exists(A)
        assert "could not be cached" in ready.notes[0]
        web.close()


class TestMetadata:
    def test_metadata_of_its_own_is_enough(self, server, index):
        served = METADATA.encode()
        name = "a-1.0-py3-none-any.whl"
        server.page("a", link(name, b"x", f'data-core-metadata="sha256={sha256(served)}"'))
        server.replies[f"/files/{name}.metadata"] = Reply(body=served)

        assert requirements(index()) == ["b>=1"]
        assert server.paths() == ["/simple/a/", f"/files/{name}.metadata"]

    def test_metadata_of_its_own_is_checked(self, server, index):
        name = "a-1.0-py3-none-any.whl"
        server.page("a", link(name, b"x", f'data-core-metadata="sha256={sha256(b"other")}"'))
        server.replies[f"/files/{name}.metadata"] = Reply(body=METADATA.encode())

        with pytest.raises(IntegrityError, match="not what the index promises"):
            index().metadata(A, ONE)

    def test_an_index_that_breaks_its_promise_of_metadata_is_asked_for_files(self, server, index):
        name, data = "a-1.0-py3-none-any.whl", wheel()
        source = sdist(METADATA.replace("2.1", "2.2"))
        promised = link(name, data, 'data-core-metadata="true"')
        server.page("a", promised + link("a-1.0.tar.gz", source))
        server.replies["/files/a-1.0.tar.gz"] = Reply(body=source)

        assert requirements(index()) == ["b>=1"]
        assert f"/files/{name}.metadata" in server.paths()

    @pytest.mark.parametrize("filler", [0, 300_000], ids=["small", "large"])
    def test_the_end_of_a_wheel_is_enough_where_ranges_are_served(
        self, server, index, tmp_path, filler
    ):
        serve(server, "a-1.0-py3-none-any.whl", wheel(filler), ranges=True)

        assert requirements(index()) == ["b>=1"]
        assert server.requests[-1].headers["Range"].startswith("bytes=-")
        assert not (tmp_path / "cache/files").exists()

    def test_the_whole_wheel_is_fetched_where_they_are_not(self, server, index, tmp_path):
        file = serve(server, "a-1.0-py3-none-any.whl", wheel())

        assert requirements(index()) == ["b>=1"]
        assert digest(tmp_path / "cache/files" / file.filename) == file.sha256

    def test_an_sdist_is_read_where_there_is_no_wheel(self, server, index):
        serve(server, "a-1.0.tar.gz", sdist(METADATA.replace("2.1", "2.2")))

        assert requirements(index()) == ["b>=1"]

    def test_an_sdist_that_leaves_it_open_is_not_known(self, server, index):
        serve(server, "a-1.0.tar.gz", sdist(METADATA))

        assert not index().metadata(A, ONE).known

    def test_an_unreadable_sdist_is_an_error(self, server, index):
        serve(server, "a-1.0.tar.gz", b"not an archive")

        with pytest.raises(IntegrityError, match="not a sound archive"):
            index().metadata(A, ONE)

    def test_it_is_kept_for_ever(self, server, index, clock):
        serve(server, "a-1.0-py3-none-any.whl", wheel(), ranges=True)
        index().metadata(A, ONE)
        clock.now += 1000 * FRESH
        before = len(server.requests)

        assert requirements(index()) == ["b>=1"]
        assert server.paths()[before:] == ["/simple/a/"]

    def test_prefetch_finds_what_is_kept(self, server, index):
        serve(server, "a-1.0-py3-none-any.whl", wheel(), ranges=True)
        index().metadata(A, ONE)
        before = len(server.requests)
        ready = index()
        ready.prefetch_metadata([(A, ONE)])

        assert requirements(ready) == ["b>=1"]
        assert len(server.requests) == before


class TestDownload:
    def test_a_file_arrives_whole_and_once(self, server, index, tmp_path):
        file = serve(server, "a-1.0.tar.gz", b"x" * 300_000)

        path = index().download(file, tmp_path / "new/folder")
        index().download(file, tmp_path / "new/folder")

        assert path.read_bytes() == b"x" * 300_000
        assert len(server.requests) == 1

    def test_a_tampered_file_is_an_error_and_leaves_nothing(self, server, index, tmp_path):
        file = serve(server, "a-1.0.tar.gz", b"good")
        server.replies["/files/a-1.0.tar.gz"] = Reply(body=b"evil")

        with pytest.raises(IntegrityError) as caught:
            index().download(file, tmp_path / "files")

        assert sha256(b"evil") in caught.value.message
        assert sha256(b"good") in caught.value.message
        assert list((tmp_path / "files").iterdir()) == []

    def test_a_tampered_file_at_hand_is_fetched_anew(self, server, index, tmp_path):
        file = serve(server, "a-1.0.tar.gz", b"good")
        (tmp_path / "a-1.0.tar.gz").write_bytes(b"evil")

        assert index().download(file, tmp_path).read_bytes() == b"good"

    def test_a_download_that_breaks_off_starts_again(self, server, index, tmp_path):
        file = serve(server, "a-1.0.tar.gz", b"x" * 1000)
        server.replies["/files/a-1.0.tar.gz"] = [
            Reply(body=b"x" * 1000, cut=500),
            Reply(body=b"x" * 1000),
        ]

        assert index().download(file, tmp_path).read_bytes() == b"x" * 1000

    def test_one_that_always_breaks_off_leaves_nothing(self, server, index, tmp_path):
        file = serve(server, "a-1.0.tar.gz", b"x" * 1000, cut=500)

        with pytest.raises(NetworkError):
            index().download(file, tmp_path / "files")
        assert list((tmp_path / "files").iterdir()) == []

    def test_a_file_that_is_gone_is_an_error(self, server, index, tmp_path):
        file = serve(server, "a-1.0.tar.gz", b"x", status=404)

        with pytest.raises(NetworkError, match=r"answers 404 for /files/a-1\.0\.tar\.gz"):
            index().download(file, tmp_path)

    def test_a_folder_that_cannot_be_written_is_an_error(self, server, index, tmp_path):
        file = serve(server, "a-1.0.tar.gz", b"x")
        (tmp_path / "file").write_text("in the way")

        with pytest.raises(WheelhouseError, match=r"a-1\.0\.tar\.gz cannot be stored in"):
            index().download(file, tmp_path / "file")


@pytest.mark.parametrize(
    ("number", "hint"), [(errno.ENOSPC, "Free some space"), (errno.EACCES, "permissions")]
)
def test_storage_errors_say_what_to_do(tmp_path, number, hint):
    error = storage_error("a.whl", tmp_path, OSError(number, os.strerror(number)))

    assert os.strerror(number).lower() in error.message
    assert hint in error.hint


def test_the_default_index_is_that_of_pypi_simple():
    assert default_index() == pypi_simple.PYPI_SIMPLE_ENDPOINT


class TestPipIndex:
    def write(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_the_users_configuration_is_read(self, tmp_path):
        self.write(
            tmp_path / ".config/pip/pip.conf", "[global]\nindex-url = https://mirror.test/%40x/\n"
        )

        assert pip_index({"HOME": str(tmp_path)}) == "https://mirror.test/%40x/"

    def test_the_file_of_the_environment_goes_first(self, tmp_path):
        self.write(tmp_path / ".pip/pip.conf", "[global]\nindex-url = https://one.test/\n")
        self.write(tmp_path / "other.conf", "[global]\nindex-url = https://two.test/\n")

        found = pip_index({"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(tmp_path / "other.conf")})

        assert found == "https://two.test/"

    def test_a_broken_one_is_an_error(self, tmp_path):
        self.write(tmp_path / ".pip/pip.conf", "index-url")

        with pytest.raises(ConfigError, match="pip's configuration"):
            pip_index({"HOME": str(tmp_path)})


@pytest.mark.parametrize(("hours", "text"), [(30, "30 hours"), (48, "2 days"), (24 * 9, "9 days")])
def test_durations(hours, text):
    assert duration(hours * 3600) == text
