# SPDX-License-Identifier: MIT
"""Files as both edges to the disk, `wheelhouse` and `pypi`, write them: whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `target` once the block is done, or vanishes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".incoming-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def sync(file: BinaryIO) -> None:
    """Have an open file on the disk: a power cut then leaves no name without its bytes."""
    file.flush()
    os.fsync(file.fileno())


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return digest_of(file)


def digest_of(file: BinaryIO) -> str:
    """SHA-256 of an open file from its start."""
    file.seek(0)
    return hashlib.file_digest(cast("io.BufferedIOBase", file), "sha256").hexdigest()


def link(source: Path, folder: Path) -> None:
    """Put a file into a folder without copying its bytes where the file system allows it."""
    target = folder / source.name
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
