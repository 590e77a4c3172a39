# SPDX-License-Identifier: MIT
"""Makes sdists of the packages in this folder: plain tarballs, always the same bytes."""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
from pathlib import Path

PACKAGES = Path(__file__).parent
VERSION = "1.0"
EPOCH = 1735689600  # 2025-01-01


def make_sdist(name: str, folder: Path) -> Path:
    """Write the sdist of a package into a folder; its path."""
    stem = f"{name.replace('-', '_')}-{VERSION}"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        add(
            archive,
            f"{stem}/PKG-INFO",
            f"Metadata-Version: 2.4\nName: {name}\nVersion: {VERSION}\n",
        )
        for path in sorted((PACKAGES / name).rglob("*")):
            if path.is_file():
                add(archive, f"{stem}/{path.relative_to(PACKAGES / name)}", path.read_text())
    sdist = folder / f"{stem}.tar.gz"
    sdist.write_bytes(gzip.compress(packed.getvalue(), mtime=EPOCH))
    return sdist


def add(archive: tarfile.TarFile, name: str, text: str) -> None:
    """Put a file into a tarball, without what differs between machines."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = len(text.encode()), EPOCH, 0o644
    archive.addfile(info, io.BytesIO(text.encode()))


if __name__ == "__main__":
    for each in sys.argv[2:]:
        make_sdist(each, Path(sys.argv[1]))
