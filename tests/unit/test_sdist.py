# SPDX-License-Identifier: MIT
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from muslwheels.errors import IntegrityError
from muslwheels.sdist import Needs, inspect


def tar(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, BytesIO(text.encode()))
    return path


def requires(*names: str) -> str:
    return f"[build-system]\nrequires = {list(names)!r}\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"m-1/setup.py": ""}, Needs()),
        ({"m-1/pyproject.toml": requires("setuptools>=61", "wheel")}, Needs()),
        ({"m-1/pyproject.toml": requires("maturin>=1,<2")}, Needs(rust=True)),
        ({"m-1/pyproject.toml": requires("Setuptools_Rust")}, Needs(rust=True)),
        ({"m-1/vendor/pyproject.toml": requires("maturin")}, Needs()),
        ({"m-1/src/m.cpp": ""}, Needs(cxx=True)),
        ({"m-1/tests/m.cpp": ""}, Needs()),
        ({"m-1/pyproject.toml": requires("scikit-build-core", "pybind11")}, Needs(cxx=True)),
        ({"m-1/pyproject.toml": "[build-system"}, Needs()),
        ({"m-1/pyproject.toml": "build-system = 3"}, Needs()),
        ({"m-1/pyproject.toml": requires("not a requirement!", "maturin")}, Needs(rust=True)),
    ],
)
def test_needs(tmp_path: Path, files: dict[str, str], expected: Needs) -> None:
    assert inspect(tar(tmp_path / "m-1.tar.gz", files)) == expected


def test_a_zip_is_an_sdist_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m-1.zip", "w") as archive:
        archive.writestr("m-1/pyproject.toml", requires("maturin"))

    assert inspect(tmp_path / "m-1.zip") == Needs(rust=True)


@pytest.mark.parametrize("name", ["m-1.tar.gz", "m-1.zip"])
def test_a_damaged_sdist_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not an archive")

    with pytest.raises(IntegrityError, match=f"{name} is not a readable sdist"):
        inspect(tmp_path / name)
