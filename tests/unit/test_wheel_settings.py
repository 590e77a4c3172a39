# SPDX-License-Identifier: MIT
import pytest
import settings


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ({}, []),
        ({"a": "b"}, ["--config-settings=a=b"]),
        (
            {"build-args": ["--features=x y", "-v"]},
            ["--config-settings=build-args=--features=x y", "--config-settings=build-args=-v"],
        ),
    ],
)
def test_config_settings_become_options_of_pip(configured, expected):
    assert list(settings.arguments(configured, "", "/cross/meson.ini")) == expected


@pytest.mark.parametrize(
    ("pyproject", "expected"),
    [
        ("[build-system]\nbuild-backend = 'mesonpy'\n", True),
        ('[build-system]\nbuild-backend="mesonpy"\n', True),
        ("[build-system]\nbuild-backend = 'setuptools.build_meta'\n", False),
        ("# build-backend = 'mesonpy'\n", False),
    ],
)
def test_only_meson_gets_a_cross_file(pyproject, expected):
    options = list(settings.arguments({}, pyproject, "/cross/meson.ini"))

    assert (options == ["--config-settings=setup-args=--cross-file=/cross/meson.ini"]) is expected
