# SPDX-License-Identifier: MIT
"""A package index on the loopback interface that can be as bad as real ones."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """One answer, and how it is spoiled."""

    status: int = 200
    body: bytes = b""
    type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0  # seconds before the first byte
    drip: float = 0.0  # seconds between bytes
    cut: int | None = None  # bytes after which the connection is closed
    ranges: bool = False  # honours Range


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the server was asked."""

    path: str
    headers: Mapping[str, str]


class IndexServer:
    """Replies by path; a list of replies is used up one by one, its last one stays."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | list[Reply]] = {}
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or each answer takes 40 ms

            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.host = f"127.0.0.1:{self._http.server_address[1]}"
        self.url = f"http://{self.host}/simple/"

    def page(self, name: str, body: str, **more: object) -> None:
        """Serve the HTML page of a project."""
        self.replies[f"/simple/{name}/"] = Reply(body=body.encode(), **more)  # type: ignore[arg-type]

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.path for request in self.requests]

    def _next(self, path: str) -> Reply:
        with self._lock:
            reply = self.replies.get(path, Reply(status=404))
            if isinstance(reply, list):
                reply = reply.pop(0) if len(reply) > 1 else reply[0]
            return reply

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request, as badly as told."""
        self.requests.append(Request(path=handler.path, headers=dict(handler.headers)))
        reply = self._next(handler.path)
        time.sleep(reply.delay)
        status, body, extra = ranged(reply, handler.headers.get("Range"))
        handler.send_response(status)
        handler.send_header("Content-Type", reply.type)
        handler.send_header("Content-Length", str(len(body)))
        for key, value in {**reply.headers, **extra}.items():
            handler.send_header(key, value)
        handler.end_headers()
        try:
            self._send(handler, reply, body)
        except OSError:
            handler.close_connection = True  # the client left, as it may

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply, body: bytes) -> None:
        sent = body if reply.cut is None else body[: reply.cut]
        for part in [sent[at : at + 1] for at in range(len(sent))] if reply.drip else [sent]:
            handler.wfile.write(part)
            handler.wfile.flush()
            time.sleep(reply.drip)
        if reply.cut is not None:
            handler.close_connection = True
            linger = struct.pack("ii", 1, 0)  # close with a reset, as a dying server does
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    @contextmanager
    def running(self) -> Iterator[IndexServer]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
            thread.join()


def ranged(reply: Reply, asked: str | None) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers under a Range header (RFC 9110, one range)."""
    body, size = reply.body, len(reply.body)
    if not (reply.ranges and asked):
        return reply.status, body, {}
    first, _, last = asked.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, size - int(last))
    end = int(last) + 1 if first and last else size
    part = body[start:end]
    return 206, part, {"Content-Range": f"bytes {start}-{start + len(part) - 1}/{size}"}
