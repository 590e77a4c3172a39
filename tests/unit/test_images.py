# SPDX-License-Identifier: MIT
import re
from pathlib import Path

import pytest

from muslwheels.architecture import Architecture
from muslwheels.config import Config
from muslwheels.images import content, definition, file_name, folder_of, reference
from muslwheels.plan import Delivery
from muslwheels.target import Flavour, Ssl
from tests.fakes import PYTHON, cell, wheel


@pytest.fixture
def config() -> Config:
    return Config.from_mapping(
        {
            "pythons": ["3.14"],
            "architectures": ["amd64"],
            "targets": {"all": ["cffi"], "core": ["cffi"]},
            "base": {"alpine": "3.22"},
        }
    )


def delivery(version: str = "1.0", ssl: Ssl | None = None, **changes: Flavour) -> Delivery:
    of = cell("cryptography", version, ssl=ssl)
    return Delivery(
        name=of.name,
        version=of.version,
        python=PYTHON,
        ssl=ssl,
        flavour=changes.get("flavour", Flavour.SHARED),
        cells={Architecture.AMD64: (of,), Architecture.ARMV7: (of,)},
    )


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (delivery(), "python-musl-wheels:cryptography1.0-py3.14"),
        (delivery(ssl=Ssl.OPENSSL), "python-musl-wheels:cryptography1.0-py3.14"),
        (delivery(ssl=Ssl.LIBRESSL), "python-musl-wheels:cryptography-libressl1.0-py3.14"),
        (delivery(flavour=Flavour.NO_SHARED), "python-alpine-wheels:cryptography1.0-py3.14"),
        (delivery("1.0+cu12"), "python-musl-wheels:cryptography1.0_cu12-py3.14"),
    ],
)
def test_reference(config: Config, what: Delivery, expected: str) -> None:
    assert reference(what, config) == expected
    assert re.fullmatch(r"[a-z0-9._/-]+:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", expected)


@pytest.mark.parametrize("arch", Architecture, ids=str)
def test_the_folder_of_a_platform_is_what_images_dockerfile_asks_for(arch: Architecture) -> None:
    """BuildKit sets TARGETVARIANT for 32-bit ARM only."""
    system, machine, variant = (*arch.platform.split("/"), "")[:3]

    assert folder_of(arch) == f"{system}_{machine}" + (f"_{variant}" if variant else "")


def test_content_is_the_same_in_whatever_order_wheels_come(tmp_path: Path) -> None:
    one, two = wheel(tmp_path, "a-1-py3-none-any.whl"), wheel(tmp_path, "b-1-py3-none-any.whl")

    first = content({Architecture.AMD64: (one, two), Architecture.ARM64: (one,)})

    assert first == content({Architecture.ARM64: (one,), Architecture.AMD64: (two, one)})
    assert list(first["linux/amd64"]) == [one.name, two.name]


def test_one_definition_holds_all_platforms(tmp_path: Path) -> None:
    made = definition(tmp_path, "r:t", delivery(), tmp_path / "work")["target"]["image"]

    assert made["platforms"] == ["linux/amd64", "linux/arm/v7"]
    assert made["tags"] == ["r:t"]


def test_an_image_makes_a_file_name() -> None:
    assert file_name("host:5000/r/w:cffi2.0-py3.14") == "host_5000_r_w_cffi2.0-py3.14"
