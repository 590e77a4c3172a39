# SPDX-License-Identifier: MIT
"""Dependencies from metadata, nothing executed."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest
from packaging.specifiers import SpecifierSet

from muslwheels import metadata

METADATA = """\
Metadata-Version: 2.4
Name: a
Version: 1.0
Requires-Python: >=3.9
Requires-Dist: b>=1
Requires-Dist: c ; extra == "fast"
Provides-Extra: fast

The description. Requires-Dist: nothing
"""
OLD = "Metadata-Version: 1.2\nName: a\nVersion: 1.0\n"


def texts(found):
    return [str(one) for one in found.requires_dist]


def sdist(folder, *, form="tar.gz", **files):
    """An sdist with these files; `__` in a name stands for a folder."""
    path = folder / f"a-1.0.{form}"
    named = {f"a-1.0/{name.replace('__', '/')}": text.encode() for name, text in files.items()}
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in named.items():
                archive.writestr(name, data)
        return path
    with tarfile.open(path, "w:gz") as tar:
        for name, data in named.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def test_a_wheel_is_taken_at_its_word():
    found = metadata.from_wheel(METADATA)

    assert texts(found) == ["b>=1", 'c; extra == "fast"']
    assert found.requires_python == SpecifierSet(">=3.9")
    assert found.provides_extra == {"fast"}
    assert found.known


def test_a_requirement_nobody_can_read_makes_it_not_known():
    found = metadata.from_wheel("Metadata-Version: 2.1\nRequires-Dist: b (>=\nRequires-Dist: c\n")

    assert texts(found) == ["c"]
    assert not found.known


def test_storage_keeps_everything():
    found = metadata.from_wheel(METADATA)

    assert metadata.of(**metadata.to_json(found)) == found


@pytest.mark.parametrize("form", ["tar.gz", "zip"])
def test_pkg_info_is_enough_where_it_vouches_for_itself(tmp_path, form):
    path = sdist(tmp_path, form=form, **{"PKG-INFO": METADATA})

    assert texts(metadata.from_sdist(path)) == ["b>=1", 'c; extra == "fast"']


@pytest.mark.parametrize(
    "pkg_info",
    [
        METADATA.replace("2.4", "2.1"),
        METADATA.replace("\n\n", "\nDynamic: Requires-Dist\n\n"),
        "",
        OLD,
    ],
)
def test_pkg_info_that_leaves_it_open_is_not(tmp_path, pkg_info):
    assert metadata.from_sdist(sdist(tmp_path, **{"PKG-INFO": pkg_info})) == metadata.UNKNOWN


def test_a_static_pyproject_comes_next(tmp_path):
    pyproject = """
        [project]
        name = "a"
        requires-python = ">=3.10"
        dependencies = ["b ; python_version < '4'"]
        optional-dependencies.fast = ["c", "d ; sys_platform == 'linux'"]
    """

    found = metadata.from_sdist(sdist(tmp_path, **{"PKG-INFO": OLD, "pyproject.toml": pyproject}))

    assert texts(found) == [
        'b; python_version < "4"',
        'c; extra == "fast"',
        'd; sys_platform == "linux" and extra == "fast"',
    ]
    assert found.requires_python == SpecifierSet(">=3.10")
    assert found.provides_extra == {"fast"}


@pytest.mark.parametrize(
    "pyproject",
    [
        '[project]\nname = "a"\ndynamic = ["dependencies"]',
        '[project]\nname = "a"\ndynamic = ["optional-dependencies"]',
        '[build-system]\nrequires = ["x"]',
        "project = 1",
        "[broken",
    ],
)
def test_a_pyproject_that_leaves_it_open_is_passed_over(tmp_path, pyproject):
    assert metadata.from_sdist(sdist(tmp_path, **{"pyproject.toml": pyproject})) == metadata.UNKNOWN


@pytest.mark.parametrize("folder", ["a.egg-info__", "src__a.egg-info__"])
def test_the_egg_info_of_old_sdists_comes_last(tmp_path, folder):
    requires = (
        "b>=1\n\n[:python_version < '4']\nc\n\n[fast]\nd\n\n[slow:sys_platform == 'linux']\ne\n"
    )
    path = sdist(
        tmp_path,
        **{
            "PKG-INFO": OLD,
            f"{folder}PKG-INFO": OLD + "Requires-Python: >=3.8\n",
            f"{folder}requires.txt": requires,
        },
    )

    found = metadata.from_sdist(path)

    assert texts(found) == [
        "b>=1",
        'c; python_version < "4"',
        'd; extra == "fast"',
        'e; sys_platform == "linux" and extra == "slow"',
    ]
    assert found.requires_python == SpecifierSet(">=3.8")
    assert found.provides_extra == {"fast", "slow"}
    assert found.known


def test_an_egg_info_without_requirements_means_none(tmp_path):
    found = metadata.from_sdist(sdist(tmp_path, **{"a.egg-info__PKG-INFO": OLD}))

    assert found.known
    assert found.requires_dist == ()


def test_the_egg_info_of_a_test_package_is_not_the_projects(tmp_path):
    path = sdist(tmp_path, **{"tests__data__x.egg-info__PKG-INFO": OLD})

    assert metadata.from_sdist(path) == metadata.UNKNOWN
