# SPDX-License-Identifier: MIT
"""`wheels/`: the only room that writes there.

`wheels/<arch>/` holds the wheels of an architecture, `wheels/<arch>/libressl/` those that
link the SSL library that is not the default. A wheel enters by `accept`, which checks it in
full and then renames it into place, so a file in `wheels/` is always a whole and tested one.
Each folder has `receipts.jsonl`: one JSON object a wheel, saying where it came from.
"""

from __future__ import annotations

import errno
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from muslwheels.errors import IntegrityError, WheelhouseError
from muslwheels.plan import Cell
from muslwheels.storage import digest, replacing, sync
from muslwheels.target import Ssl
from muslwheels.wheel import best, fits

RECEIPTS = "receipts.jsonl"
TAKEN, BUILT = "PyPI", "built"  # origins of a wheel


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What is known of one wheel in `wheels/`."""

    wheel: str  # file name
    sha256: str
    origin: str  # TAKEN or BUILT
    mode: str  # "cross" where built, else ""
    seconds: float  # wall time of the cell
    tested: str  # the Python and architecture whose base image imported it
    needed: tuple[str, ...]  # libraries outside the wheel that its ELF files link (DT_NEEDED)
    made: str  # ISO 8601, UTC


class Wheelhouse:
    """The wheels at hand below one folder."""

    def __init__(self, root: Path, *, default_ssl: Ssl = Ssl.OPENSSL) -> None:
        self.root = root
        self._default_ssl = default_ssl
        self._read: dict[Path, tuple[tuple[int, int, int], dict[str, Receipt]]] = {}

    def folder(self, cell: Cell) -> Path:
        """Where the wheel of a cell belongs."""
        folder = self.root / cell.arch.value
        if cell.ssl is None or cell.ssl is self._default_ssl:
            return folder
        return folder / cell.ssl.value

    def fitting(self, cell: Cell, *, built_only: bool = False) -> str | None:
        """File name of the best wheel at hand for a cell; None when there is none.

        `built_only` leaves out wheels taken from the index (`--no-binary`). A wheel without
        a receipt was put there by somebody else and does not count.
        """
        folder = self.folder(cell)
        receipts = self.receipts(folder)
        names = [
            name
            for name, receipt in receipts.items()
            if is_of(name, cell)
            and not (built_only and receipt.origin != BUILT)
            and (folder / name).is_file()
        ]
        return best(names, cell.python, cell.arch, cell.flavour)

    def path(self, cell: Cell, name: str) -> Path:
        """Path of a wheel at hand."""
        return self.folder(cell) / name

    def receipts(self, folder: Path) -> Mapping[str, Receipt]:
        """Receipts of a folder by file name; the last one written for a name holds.

        Read again only when the file was replaced: a plan asks for hundreds of cells.
        """
        path = folder / RECEIPTS
        try:
            state = path.stat()
        except FileNotFoundError:
            return {}
        stamp = (state.st_ino, state.st_mtime_ns, state.st_size)
        known = self._read.get(folder)
        if known is None or known[0] != stamp:
            known = stamp, {receipt.wheel: receipt for receipt in read_receipts(path)}
            self._read[folder] = known
        return known[1]

    def accept(self, cell: Cell, wheel: Path, receipt: Receipt) -> Path:
        """Check a tested wheel and move it into place, whole or not at all.

        Raises IntegrityError when it is not a wheel for this cell, WheelhouseError when it
        cannot be stored.
        """
        check(wheel, cell, receipt.sha256)
        folder = self.folder(cell)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place(wheel, folder / wheel.name)
            with FileLock(folder / ".lock"):
                self._record(folder, receipt)
        except OSError as error:
            raise storage_error(folder, error) from error
        return folder / wheel.name

    def _record(self, folder: Path, receipt: Receipt) -> None:
        receipts = {**self.receipts(folder), receipt.wheel: receipt}
        lines = [json.dumps(asdict(receipts[name])) + "\n" for name in sorted(receipts)]
        with replacing(folder / RECEIPTS) as file:
            file.write("".join(lines).encode())
            sync(file)


def is_of(name: str, cell: Cell) -> bool:
    """Whether a wheel's file name has the project and version of a cell."""
    try:
        project, version, _, _ = parse_wheel_filename(name)
    except InvalidWheelFilename:
        return False
    return (project, version) == (cell.name, cell.version)


def check(wheel: Path, cell: Cell, sha256: str) -> None:
    """Raise IntegrityError unless the file is a sound wheel that fits the cell."""
    if not is_of(wheel.name, cell):
        raise IntegrityError(f"{cell.identifier}: {wheel.name} is a wheel of something else.")
    if not fits(wheel.name, cell.python, cell.arch, cell.flavour):
        raise IntegrityError(
            f"{cell.identifier}: the tags of {wheel.name} do not fit this Python and architecture."
        )
    if (actual := digest(wheel)) != sha256:
        raise IntegrityError(
            f"{cell.identifier}: {wheel.name} has sha256 {actual}, expected {sha256}."
        )
    try:
        with zipfile.ZipFile(wheel) as archive:
            damaged = archive.testzip()
    except zipfile.BadZipFile as error:
        raise IntegrityError(f"{cell.identifier}: {wheel.name} is not a zip file.") from error
    if damaged:
        raise IntegrityError(f"{cell.identifier}: {damaged} in {wheel.name} is damaged.")


def place(source: Path, target: Path) -> None:
    """Copy a file so that `target` is either absent, the old one, or the whole new one."""
    with replacing(target) as file, source.open("rb") as origin:
        shutil.copyfileobj(origin, file)
        sync(file)


def read_receipts(path: Path) -> Iterator[Receipt]:
    """Receipts of a file; a line that cannot be read counts for nothing."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return
    for line in text.splitlines():
        try:
            yield parse_receipt(json.loads(line))
        except (ValueError, KeyError, TypeError):
            continue


def parse_receipt(data: Mapping[str, object]) -> Receipt:
    """A receipt from its JSON object; raises KeyError, TypeError or ValueError."""
    needed = data["needed"]
    if not isinstance(needed, list):
        raise TypeError("needed")
    return Receipt(
        wheel=str(data["wheel"]),
        sha256=str(data["sha256"]),
        origin=str(data["origin"]),
        mode=str(data["mode"]),
        seconds=float(str(data["seconds"])),
        tested=str(data["tested"]),
        needed=tuple(str(name) for name in needed),
        made=str(data["made"]),
    )


def storage_error(folder: Path, error: OSError) -> WheelhouseError:
    """The message for a wheel that could not be stored."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WheelhouseError(
            f"No space left to store a wheel in {folder}.",
            hint="Free some space and run the same command again: finished wheels are kept.",
        )
    return WheelhouseError(f"Cannot store a wheel in {folder}: {error.strerror}.")
