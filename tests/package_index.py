# SPDX-License-Identifier: MIT
"""Our own test packages as an index; it sends everybody on to the real one for all others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from tests.index_server import IndexServer, Reply
from tests.packages.make_sdist import make_sdist


class PackageIndex(IndexServer):
    """Serves sdists of tests/packages, and files that a test makes up."""

    def __init__(self, real: str) -> None:
        super().__init__()
        self._real = real

    def serve(self, names: Iterable[str], folder: Path) -> None:
        """Make and serve the sdists of packages; `folder` takes the files."""
        for name in names:
            sdist = make_sdist(name, folder)
            self.project(name, {sdist.name: sdist.read_bytes()})

    def project(self, name: str, files: dict[str, bytes], *, attributes: str = "") -> None:
        """Serve a project's page (PEP 503) and its files; `attributes` are those of all links."""
        links = []
        for filename, content in files.items():
            path = f"/files/{quote(filename)}"
            fragment = f"sha256={hashlib.sha256(content).hexdigest()}"
            links.append(f'<a href="{path}#{fragment}" {attributes}>{filename}</a>')
            self.replies[path] = Reply(body=content, type="application/octet-stream")
        self.page(name, "\n".join(links))

    def _next(self, path: str) -> Reply:
        if path not in self.replies and path.startswith("/simple/"):
            return Reply(status=302, headers={"Location": self._real + path[len("/simple/") :]})
        return super()._next(path)
