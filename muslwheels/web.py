# SPDX-License-Identifier: MIT
"""Speaks HTTP for the edges that need it: bounded retries, deadlines, errors in plain words.

Proxies, netrc and CA bundles are requests' own business (its environment variables hold);
credentials never appear in a message.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, BinaryIO, TypeVar
from urllib.parse import urlsplit, urlunsplit

from muslwheels.errors import NetworkError

if TYPE_CHECKING:
    import requests

ATTEMPTS = 3
BACKOFF = 0.5  # seconds before the second attempt; doubles with each further one
LONGEST_WAIT = 30.0  # seconds; a Retry-After beyond it is not waited for
CONNECT_TIMEOUT = 6.0  # seconds
READ_TIMEOUT = 15.0  # seconds without a byte
DEADLINE = 90.0  # seconds for a page, however steadily it drips
PATIENCE = 4.0  # seconds until we say what we are waiting for
CONNECTIONS = 16
CHUNK = 1 << 17  # bytes

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})  # worth another attempt
REFUSED = frozenset({401, 403, 407})

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a server sent."""

    status: int
    url: str  # after redirects
    headers: Mapping[str, str]  # names compare without case
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """Content type without its parameters, in lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """How long to try, in seconds; the defaults are for people, tests have less time."""

    attempts: int = ATTEMPTS
    backoff: float = BACKOFF
    connect: float = CONNECT_TIMEOUT
    read: float = READ_TIMEOUT
    deadline: float = DEADLINE
    patience: float = PATIENCE


class _TryAgainError(Exception):
    """An attempt failed in a way that may pass; `wait` is what the server asked for, in seconds."""

    def __init__(self, reason: str, *, wait: float | None = None, dead: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.dead = dead  # nobody answered at all


class Web:
    """One session with its connections; safe to use from several threads.

    `say` is told when something takes long. A host that does not answer at all is not asked
    again in the same run.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        ca_bundle: str | None = None,
        proxies: Mapping[str, str] | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._say = say
        self._ca_bundle = ca_bundle
        self._proxies = dict(proxies or {})
        self._timing = timing or Timing()
        self._told: set[str] = set()  # hosts whose slowness was mentioned
        self._dead: dict[str, str] = {}  # hosts that do not answer, and how

    def get(
        self,
        url: str,
        what: str,
        *,
        headers: Mapping[str, str] | None = None,
        expected: frozenset[int] = frozenset({200}),
    ) -> Answer:
        """Fetch a document of moderate size; `what` names it in messages.

        Any status in `expected` is an answer. Raises NetworkError for all else.
        """

        def attempt() -> Answer:
            with self._open(url, headers, expected) as response, self._deadline(response):
                return Answer(
                    status=response.status_code,
                    url=without_credentials(response.url),
                    headers=response.headers,
                    body=response.content,
                )

        return self._persist(url, what, attempt)

    def probe(self, url: str, what: str, headers: Mapping[str, str]) -> Answer | None:
        """Fetch part of a file (RFC 9110, range requests); None if the server only sends it all."""

        def attempt() -> Answer | None:
            whole = {"Accept-Encoding": "identity", **headers}
            with self._open(url, whole, frozenset({200, 206, 416})) as response:
                if response.status_code != 206:  # noqa: PLR2004 (Partial Content)
                    return None
                with self._deadline(response):
                    body = response.content
                return Answer(status=206, url=url, headers=response.headers, body=body)

        return self._persist(url, what, attempt)

    def download(self, url: str, what: str, target: BinaryIO) -> None:
        """Fetch a file of any size into `target`, from its start. Raises NetworkError, OSError."""

        def attempt() -> None:
            target.seek(0)
            target.truncate()
            with self._open(url, {"Accept-Encoding": "identity"}, frozenset({200})) as response:
                target.writelines(response.iter_content(CHUNK))

        self._persist(url, what, attempt)

    def close(self) -> None:
        """End all connections."""
        if "_session" in self.__dict__:
            self._session.close()

    @cached_property
    def _session(self) -> requests.Session:
        import requests
        from requests.adapters import HTTPAdapter

        logging.getLogger("urllib3").setLevel(logging.WARNING)  # nox shows whatever is logged
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0))
        session.proxies.update(self._proxies)
        return session

    @contextlib.contextmanager
    def _open(
        self, url: str, headers: Mapping[str, str] | None, expected: frozenset[int]
    ) -> Iterator[requests.Response]:
        """One request; whatever goes wrong in it or its body is _TryAgainError or NetworkError."""
        import requests

        timeouts = (self._timing.connect, self._timing.read)
        silent = True
        try:
            with self._session.get(
                url, headers=headers, timeout=timeouts, stream=True, verify=self._verify()
            ) as response:
                silent = False
                check_status(response, expected)
                yield response
        except requests.exceptions.SSLError as error:
            raise NetworkError(
                f"{host_of(url)}: {describe(error)}.",
                hint="If your network has a certificate authority of its own, name its file in "
                "REQUESTS_CA_BUNDLE or in modules.toml, [mirrors] ca_bundle.",
            ) from error
        except requests.exceptions.Timeout as error:
            raise _TryAgainError(f"no answer within {max(timeouts):g} s", dead=silent) from error
        except requests.exceptions.ChunkedEncodingError as error:
            raise _TryAgainError("the answer broke off") from error
        except requests.exceptions.ConnectionError as error:
            raise _TryAgainError(describe(error), dead=silent) from error
        except requests.exceptions.RequestException as error:
            raise NetworkError(f"{host_of(url)}: {describe(error)}.") from error

    def _verify(self) -> str | bool:
        """The CA bundle; requests looks at its own environment variables where this is True."""
        own = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
        if self._ca_bundle:
            return self._ca_bundle
        if not any(os.environ.get(name) for name in own) and os.environ.get("SSL_CERT_FILE"):
            return os.environ["SSL_CERT_FILE"]
        return True

    @contextlib.contextmanager
    def _deadline(self, response: requests.Response) -> Iterator[None]:
        """End a body that drips: every byte in time, but never all of them."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            response.raw.shutdown()

        try:
            with after(self._timing.deadline, stop):
                yield
        except OSError as error:  # requests' own errors are OSErrors
            if not late.is_set():
                raise
            raise _TryAgainError(f"not done after {self._timing.deadline:g} s") from error
        if late.is_set():
            raise _TryAgainError(f"not done after {self._timing.deadline:g} s")

    def _persist(self, url: str, what: str, attempt: Callable[[], Result]) -> Result:
        """Attempt a few times; the waits between are the server's wish or grow by themselves."""
        host = host_of(url)
        if host in self._dead:
            raise failure(what, host, self._dead[host])
        for number in range(self._timing.attempts):
            try:
                with after(self._timing.patience, partial(self._tell, host, what)):
                    return attempt()
            except _TryAgainError as again:
                reason, last = str(again), number + 1 == self._timing.attempts
                wait = self._timing.backoff * 2**number if again.wait is None else again.wait
                if last or wait > LONGEST_WAIT:
                    if again.dead:
                        self._dead[host] = reason
                    raise failure(what, host, reason) from again
                self._pause(host, what, reason, wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _pause(self, host: str, what: str, reason: str, wait: float) -> None:
        if wait >= self._timing.patience:
            self._say(f"{host}: {reason}; asking again for {what} in {wait:.0f} s")
        time.sleep(wait)

    def _tell(self, host: str, what: str) -> None:
        """Say once per host what we wait for."""
        if host not in self._told:
            self._told.add(host)
            self._say(f"still waiting for {host} ({what})")


@contextlib.contextmanager
def after(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """Act in another thread if the block takes longer."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def check_status(response: requests.Response, expected: frozenset[int]) -> None:
    """Raise _TryAgainError or NetworkError unless the status is expected."""
    status = response.status_code
    if status in expected:
        return
    if status in BUSY:
        raise _TryAgainError(
            f"it answers {status} {response.reason or ''}".rstrip(),
            wait=retry_after(response.headers.get("Retry-After")),
        )
    host = host_of(response.url)
    if status in REFUSED:
        raise NetworkError(
            f"{host} refuses access ({status} {response.reason or ''}).".replace(" )", ")"),
            hint="Give credentials in ~/.netrc, or in the proxy's address.",
        )
    raise NetworkError(f"{host} answers {status} for {path_of(response.url)}.")


def retry_after(text: str | None) -> float | None:
    """Seconds a server asks to wait; None if it says nothing, or gives a date (rare here)."""
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None


def failure(what: str, host: str, reason: str) -> NetworkError:
    """The error for a server that did not do its part in spite of several attempts."""
    return NetworkError(
        f"Cannot get {what} from {host}: {reason}.",
        hint="Check the network (proxy: HTTPS_PROXY; another index: PYPI_INDEX), "
        "then run the same command again: what is done is kept.",
    )


def describe(error: BaseException) -> str:
    """The innermost cause in plain words; requests' own text may hold credentials."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return "its name cannot be resolved"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def host_of(url: str) -> str:
    """Host and port, without credentials."""
    return urlsplit(url).netloc.rpartition("@")[2]


def path_of(url: str) -> str:
    """The path alone: a query may hold a token."""
    return urlsplit(url).path


def without_credentials(url: str) -> str:
    """The same address without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
