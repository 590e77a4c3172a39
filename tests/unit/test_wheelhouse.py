# SPDX-License-Identifier: MIT
import json
from pathlib import Path

import pytest

from muslwheels.architecture import Architecture
from muslwheels.errors import IntegrityError, WheelhouseError
from muslwheels.storage import digest
from muslwheels.target import Flavour, PythonVersion, Ssl
from muslwheels.wheelhouse import BUILT, RECEIPTS, TAKEN, Receipt, Wheelhouse
from tests.fakes import cell, wheel

CFFI = "cffi-2.0-cp314-cp314-musllinux_1_2_x86_64.whl"


def receipt(path: Path, **changes: object) -> Receipt:
    facts: dict[str, object] = {
        "wheel": path.name,
        "sha256": digest(path),
        "origin": BUILT,
        "mode": "cross",
        "seconds": 1.5,
        "tested": "py3.14 amd64",
        "needed": ("libc.musl-x86_64.so.1",),
        "made": "2026-01-01T00:00:00+00:00",
    }
    return Receipt(**{**facts, **changes})  # type: ignore[arg-type]


def test_an_accepted_wheel_is_at_hand_with_its_receipt(tmp_path: Path) -> None:
    house = Wheelhouse(tmp_path / "wheels")
    made = wheel(tmp_path, CFFI)
    where = cell("cffi", "2.0")

    path = house.accept(where, made, receipt(made))

    assert path == tmp_path / "wheels" / "amd64" / CFFI
    assert house.fitting(where) == CFFI
    assert house.receipts(path.parent)[CFFI] == receipt(made)
    assert not list(path.parent.glob(".incoming-*"))


@pytest.mark.parametrize(
    "other",
    [
        cell("cffi", "2.1"),
        cell("pycparser", "2.0"),
        cell("cffi", "2.0", python=PythonVersion(3, 13)),
        cell("cffi", "2.0", arch=Architecture.ARM64),
        cell("cffi", "2.0", flavour=Flavour.NO_SHARED),
        cell("cffi", "2.0", ssl=Ssl.LIBRESSL),
    ],
    ids=str,
)
def test_a_wheel_serves_no_other_cell(tmp_path: Path, other: object) -> None:
    house = Wheelhouse(tmp_path / "wheels")
    made = wheel(tmp_path, CFFI)
    house.accept(cell("cffi", "2.0"), made, receipt(made))

    assert house.fitting(other) is None  # type: ignore[arg-type]


def test_no_binary_leaves_out_what_came_from_the_index(tmp_path: Path) -> None:
    house = Wheelhouse(tmp_path / "wheels")
    made = wheel(tmp_path, CFFI)
    house.accept(cell("cffi", "2.0"), made, receipt(made, origin=TAKEN))

    assert house.fitting(cell("cffi", "2.0"), built_only=True) is None
    assert house.fitting(cell("cffi", "2.0"), built_only=False) == CFFI


def test_a_wheel_that_somebody_put_there_does_not_count(tmp_path: Path) -> None:
    wheel(tmp_path / "wheels" / "amd64", CFFI)

    assert Wheelhouse(tmp_path / "wheels").fitting(cell("cffi", "2.0")) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pycparser-2.0-py3-none-any.whl", "something else"),
        ("cffi-2.0-cp313-cp313-musllinux_1_2_x86_64.whl", "do not fit"),
        ("cffi-2.0-cp314-cp314-musllinux_1_2_aarch64.whl", "do not fit"),
        ("cffi-2.0-cp314-cp314-manylinux_2_17_x86_64.whl", "do not fit"),
        ("cffi.whl", "something else"),
    ],
)
def test_a_wheel_for_something_else_is_refused(tmp_path: Path, name: str, message: str) -> None:
    house = Wheelhouse(tmp_path / "wheels")
    made = wheel(tmp_path, name)

    with pytest.raises(IntegrityError, match=message):
        house.accept(cell("cffi", "2.0"), made, receipt(made))

    assert not (tmp_path / "wheels").exists()


def test_a_wheel_with_another_hash_is_refused(tmp_path: Path) -> None:
    made = wheel(tmp_path, CFFI)

    with pytest.raises(IntegrityError, match="expected 0000"):
        Wheelhouse(tmp_path / "wheels").accept(
            cell("cffi", "2.0"), made, receipt(made, sha256="0000")
        )


def test_a_truncated_wheel_is_refused(tmp_path: Path) -> None:
    made = wheel(tmp_path, CFFI, "x" * 1000)
    made.write_bytes(made.read_bytes()[:-30])

    with pytest.raises(IntegrityError, match="not a zip"):
        Wheelhouse(tmp_path / "wheels").accept(cell("cffi", "2.0"), made, receipt(made))


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "wheels").write_text("a file where the folder should be")
    made = wheel(tmp_path, CFFI)

    with pytest.raises(WheelhouseError, match="Cannot store a wheel"):
        Wheelhouse(tmp_path / "wheels").accept(cell("cffi", "2.0"), made, receipt(made))


@pytest.mark.parametrize("line", ["", "{", "[]", '{"wheel": 1}', '{"needed": 3}'])
def test_a_damaged_receipt_counts_for_nothing(tmp_path: Path, line: str) -> None:
    house = Wheelhouse(tmp_path / "wheels")
    made = wheel(tmp_path, CFFI)
    path = house.accept(cell("cffi", "2.0"), made, receipt(made)).parent / RECEIPTS
    path.write_text(path.read_text() + line + "\n")

    assert house.fitting(cell("cffi", "2.0")) == CFFI


def test_receipts_are_sorted_and_one_a_wheel(tmp_path: Path) -> None:
    house = Wheelhouse(tmp_path / "wheels")
    for name in ("cffi-2.0-cp314-cp314-musllinux_1_1_x86_64.whl", CFFI, CFFI):
        made = wheel(tmp_path, name)
        house.accept(cell("cffi", "2.0"), made, receipt(made))

    lines = (tmp_path / "wheels" / "amd64" / RECEIPTS).read_text().splitlines()

    assert [json.loads(line)["wheel"] for line in lines] == sorted(
        ["cffi-2.0-cp314-cp314-musllinux_1_1_x86_64.whl", CFFI]
    )
    assert house.fitting(cell("cffi", "2.0")) == CFFI


def test_the_second_ssl_library_has_a_folder_of_its_own(tmp_path: Path) -> None:
    house = Wheelhouse(tmp_path)

    assert house.folder(cell("cryptography", ssl=Ssl.OPENSSL)) == tmp_path / "amd64"
    assert house.folder(cell("cryptography", ssl=Ssl.LIBRESSL)) == tmp_path / "amd64" / "libressl"
