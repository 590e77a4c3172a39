# SPDX-License-Identifier: MIT
"""modules.toml: the one of the project, and what is said of those that are broken."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from muslwheels.architecture import Architecture
from muslwheels.config import MIRRORS, BaseMode, BuildMode, Config, Mirrors, Module
from muslwheels.errors import ConfigError, TargetError
from muslwheels.target import Flavour, PythonVersion, Ssl, readings

FILE = Path(__file__).parents[2] / "modules.toml"
AMD64, ARMV6 = Architecture.AMD64, Architecture.ARMV6
PY311, PY313, PY314 = (PythonVersion(3, minor) for minor in (11, 13, 14))

SMALL = """
pythons = ["3.14", "3.11", "3.13"]
architectures = ["amd64", "armv6"]

[targets]
all = ["cffi", "paramiko-libressl", "PyNaCl"]
core = ["cffi"]

[base]
alpine = "3.24"
"""


def config(more: str = "") -> Config:
    return Config.from_toml(SMALL + more)


def module(more: str, python: PythonVersion = PY313, arch: Architecture = AMD64) -> Module:
    """The settings of cffi."""
    return config(more).module(canonicalize_name("cffi"), python, arch)


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config.from_toml(text)
    assert caught.value.hint
    first, *rest = caught.value.message.splitlines()
    assert first in {"modules.toml has a fault:", f"modules.toml has {len(rest)} faults:"}
    return [line.removeprefix("  ") for line in rest]


@pytest.fixture(scope="module")
def project() -> Config:
    return Config.from_toml(FILE.read_text(encoding="utf-8"))


# The project's own file


def test_the_project_builds_for_every_architecture_there_is(project: Config) -> None:
    assert project.architectures == tuple(Architecture)


def test_the_project_supports_every_python_from_3_11(project: Config) -> None:
    assert project.pythons[:4] == tuple(PythonVersion(3, minor) for minor in range(11, 15))


def test_the_default_modules_are_those_of_the_older_system(project: Config) -> None:
    assert " ".join(each.text for each in project.modules) == (
        "auditwheel cffi toml pycparser bcrypt cryptography-openssl cryptography-libressl lxml "
        "misaka mysqlclient paramiko-openssl paramiko-libressl psutil psycopg2-binary PyNaCl "
        "pyOpenSSL python-hosts setuptools-rust"
    )
    assert [each.text for each in project.core] == ["pycparser", "cffi", "toml"]


def test_both_ssl_variants_are_built_and_openssl_is_the_default(project: Config) -> None:
    assert (project.ssl_variants, project.ssl_default) == (tuple(Ssl), Ssl.OPENSSL)


def test_images_and_bases_are_named_as_their_users_know_them(project: Config) -> None:
    assert project.images.repository(Flavour.SHARED) == "python-musl-wheels"
    assert project.images.repository(Flavour.NO_SHARED) == "python-alpine-wheels"
    assert project.base.reference(PY313) == f"python:3.13-alpine{project.base.alpine}"
    assert project.base.mode is BaseMode.AUTO


def test_the_project_names_no_mirror_of_its_own(project: Config) -> None:
    assert project.mirrors == Mirrors()


def test_every_default_module_has_a_check_that_is_a_line_of_python(project: Config) -> None:
    for target in project.modules:
        check = project.module(target.name, PY313, AMD64).check

        assert check, target.name
        assert "\n" not in check
        assert len(ast.parse(check).body) >= 1


def test_modules_that_ask_for_the_limited_api_name_the_python_they_ask_for(project: Config) -> None:
    asked = {
        name: " ".join(value for values in each.config_settings.values() for value in values)
        for name in project.names
        if (each := project.module(name, PY313, AMD64)).config_settings
    }

    assert asked == {
        "bcrypt": "--py-limited-api=cp39",
        "cryptography": "--features=pyo3/abi3-py311",
        "pynacl": "--py-limited-api=cp38",
    }
    for name, value in asked.items():
        abi3 = project.module(canonicalize_name(name), PY313, AMD64).abi3
        assert abi3
        assert value.endswith(f"3{abi3.minor}")


def test_the_file_documents_the_environment_of_every_mirror() -> None:
    text = FILE.read_text(encoding="utf-8")

    for key, variables in MIRRORS.items():
        assert f"#   {key:<12} {', else '.join(variables)}\n" in text


# Small files


def test_pythons_are_sorted_by_age_and_the_newest_is_the_default() -> None:
    (target,) = config().expand(readings("cffi"))

    assert config().pythons == (PY311, PY313, PY314)
    assert config().pythons_of(target) == (PY314,)
    assert config().architectures_of(target) == (AMD64, ARMV6)


def test_a_target_that_names_python_and_architecture_is_for_those() -> None:
    (target,) = config().expand(readings("cffi-py3.11-armv6"))

    assert config().pythons_of(target) == (PY311,)
    assert config().architectures_of(target) == (ARMV6,)


def test_pyall_is_every_configured_python() -> None:
    assert config().pythons_of(readings("cffi-pyall")[0]) == (PY311, PY313, PY314)


def test_all_and_core_stand_for_their_modules() -> None:
    expanded = config().expand(
        [*readings("core-py3.11"), *readings("all-armv6"), *readings("toml")]
    )

    assert [str(each) for each in expanded] == [
        "cffi-py3.11",
        "cffi-armv6",
        "paramiko-libressl-armv6",
        "pynacl-armv6",
        "toml",
    ]


def test_what_a_group_and_the_command_line_both_name_comes_once() -> None:
    expanded = config().expand([*readings("cffi"), *readings("core"), *readings("CFFI")])

    assert [str(each) for each in expanded] == ["cffi"]


@pytest.mark.parametrize(
    ("text", "message", "known"),
    [
        (
            "cffi-py3.12",
            "Python 3.12 is not configured (target 'cffi-py3.12').",
            "3.11, 3.13, 3.14",
        ),
        ("cffi-s390x", "Architecture s390x is not configured", "amd64, armv6"),
        ("cffi-libressl", "SSL variant libressl is not configured", "modules.toml has openssl"),
        ("all-py2.7", "Python 2.7 is not configured (target 'all-py2.7').", "3.11, 3.13, 3.14"),
    ],
)
def test_what_is_not_configured_is_met_with_what_is(text: str, message: str, known: str) -> None:
    small = config('[ssl]\nvariants = ["openssl"]\n')
    with pytest.raises(TargetError) as caught:
        small.expand(readings(text))

    assert message in caught.value.message
    assert known in caught.value.hint


def test_every_module_the_file_mentions_is_known_by_its_normalised_name() -> None:
    names = config("[modules.'Ruamel.YAML']\nrust = false\n").names

    assert names == {"cffi", "paramiko", "pynacl", "ruamel-yaml"}


def test_a_module_without_a_table_has_the_defaults() -> None:
    found = module("")

    assert (found.name, found.ssl, found.abi3, found.mode) == ("cffi", False, None, None)
    assert (found.rust, found.cxx, found.no_binary, found.excluded) == (None, None, False, "")
    assert (dict(found.config_settings), found.build_depends, found.check) == ({}, (), "")


def test_a_module_has_what_its_table_says() -> None:
    found = module(
        """
        [modules.CFFI]
        ssl = true
        abi3 = "3.9"
        config_settings = { "--build-option" = ["--a", "--b"], x = "y" }
        build_depends = ["libffi-dev"]
        imports = ["_cffi_backend"]
        check = "import cffi"
        mode = "emulated"
        rust = false
        cxx = true
        no_binary = true
        excluded = "why not"
        environment = { CFLAGS = "-O2", EMPTY = "" }
        """
    )

    assert (found.ssl, found.abi3, found.mode) == (True, PythonVersion(3, 9), BuildMode.EMULATED)
    assert found.config_settings == {"--build-option": ("--a", "--b"), "x": ("y",)}
    assert (found.build_depends, found.imports) == (("libffi-dev",), ("_cffi_backend",))
    assert (found.check, found.rust, found.cxx) == ("import cffi", False, True)
    assert (found.no_binary, found.excluded) == (True, "why not")
    assert found.environment == {"CFLAGS": "-O2", "EMPTY": ""}


OVERRIDES = """
[modules.cffi]
build_depends = ["libffi-dev"]
environment = { A = "1", B = "1" }

[[modules.cffi.overrides]]
architectures = ["armv6"]
build_depends = []
environment = { B = "2" }

[[modules.cffi.overrides]]
pythons = ["3.13", "3.14"]
architectures = ["armv6"]
excluded = "no such thing there"
environment = { C = "3" }

[[modules.cffi.overrides]]
pythons = ["3.14"]
rust = true
"""


def test_an_override_replaces_values_and_adds_to_tables_where_it_applies() -> None:
    plain = module(OVERRIDES, python=PY311, arch=AMD64)
    armv6 = module(OVERRIDES, python=PY311, arch=ARMV6)
    both = module(OVERRIDES, python=PY313, arch=ARMV6)
    newest = module(OVERRIDES, python=PY314, arch=AMD64)

    assert (plain.build_depends, plain.environment) == (("libffi-dev",), {"A": "1", "B": "1"})
    assert (armv6.build_depends, armv6.environment) == ((), {"A": "1", "B": "2"})
    assert (armv6.excluded, both.excluded) == ("", "no such thing there")
    assert both.environment == {"A": "1", "B": "2", "C": "3"}
    assert (plain.rust, newest.rust) == (None, True)


def test_a_config_cannot_be_changed() -> None:
    found = module(OVERRIDES)

    with pytest.raises(TypeError):
        found.environment["A"] = "2"  # type: ignore[index]


def test_builders_and_exclusions_go_by_architecture_or_platform() -> None:
    small = config(
        '[builders]\n"linux/arm/v6" = "pi"\nx86_64 = "here"\n[excluded]\narmv6 = "slow"\n'
    )

    assert small.builders == {ARMV6: "pi", AMD64: "here"}
    assert small.excluded == {ARMV6: "slow"}


def test_the_environment_goes_before_the_files_mirrors() -> None:
    small = config('[mirrors]\ndebian = "file"\npypi = "file"\ncrates = "file"\n')
    environ = {
        "DEBIAN_MIRROR": "environment",
        "PIP_INDEX_URL": "pip's",
        "PYPI_INDEX": "ours",
        "CRATES_INDEX": "",
        "http_proxy": "small",
        "SSL_CERT_FILE": "/ca.pem",
        "UNRELATED": "x",
    }

    assert small.with_environment(environ).mirrors == Mirrors(
        debian="environment", pypi="ours", crates="file", http_proxy="small", ca_bundle="/ca.pem"
    )
    assert small.with_environment({}) == small


def test_every_mirror_can_be_overridden() -> None:
    assert set(MIRRORS) == set(Mirrors.__slots__)
    for key, variables in MIRRORS.items():
        for variable in variables:
            mirrors = config().with_environment({variable: "there"}).mirrors
            assert mirrors == Mirrors(**{key: "there"})


# Broken files


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("x = 1\npythons = [", "at the end, line 2, where something is still open"),
        ("a = 1\nb\nc = 1\n", "line 2, column 2"),
        ("[base]\nalpine = 3.x\n", "line 2, column 11"),
        ("pythons = ['3.13]\n[base]\nx = 'y'\n", "line 1, column 18"),
        ("a = 1\na = 2\n", "line 2, column 6"),
        ("\x00", "line 1, column 1"),
    ],
)
def test_what_is_no_toml_is_reported_with_its_place(text: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_toml(text)

    assert caught.value.message.startswith("modules.toml is not TOML: ")
    assert place in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"3.11", ', '3.11, "3.11", ', "pythons: a string is wanted, not 3.11."),
        (
            '"3.11"',
            '"3.11.4"',
            "pythons: '3.11.4' is not a Python version. Write X.Y, such as 3.13.",
        ),
        ('"3.11"', '"3.13"', "pythons: 3.13 stands there twice."),
        ('["3.14", "3.11", "3.13"]', "[]", "pythons: at least one is wanted."),
        ('pythons = ["3.14", "3.11", "3.13"]', "", "pythons: it is missing."),
        ('"armv6"', '"amd46"', "architectures: Unknown architecture 'amd46'. Did you mean amd64"),
        ('"armv6"', '"x86_64"', "architectures: amd64 stands there twice."),
        (
            'core = ["cffi"]',
            'core = ["cfi"]',
            "targets.core: 'cfi' is unknown here. Did you mean cffi?",
        ),
        ('core = ["cffi"]', 'cores = ["cffi"]', "targets.cores: unknown key. Did you mean core?"),
        ('"PyNaCl"', '"a;b"', "targets.all: 'a;b' is not a target: it holds ';'."),
        ('"PyNaCl"', '"CFFI"', "targets.all: cffi stands there twice."),
        ('alpine = "3.24"', "alpine = 3.24", "base.alpine: a string is wanted, not 3.24."),
        ('alpine = "3.24"', "", "base.alpine: it is missing."),
        ('alpine = "3.24"', 'alpine = ""', "base.alpine: it must not be empty"),
    ],
)
def test_a_fault_in_what_must_be_there_is_named(old: str, new: str, fault: str) -> None:
    assert old in SMALL
    (found,) = faults(SMALL.replace(old, new))

    assert found.startswith(fault)


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ('mode = "regstry"', "base.mode: 'regstry' is unknown here. Did you mean registry?"),
        ('imgae = "x"', "base.imgae: unknown key. Did you mean image?"),
        ('image = "python:3"', "base.image: 'python:3' must hold {python}"),
        ('image = "p{python}{os}"', "base.image: 'p{python}{os}' must hold {python}"),
        ('image = "p{python"', "base.image: 'p{python' is no pattern"),
        ("[ssl]\nvariants = []", "ssl.variants: at least one is wanted."),
        ('[ssl]\nvariants = ["boringssl"]', "ssl.variants: 'boringssl' is unknown here."),
        (
            '[ssl]\nvariants = ["openssl"]\ndefault = "libressl"',
            "ssl.default: 'libressl' is unknown",
        ),
        ("[mirrors]\ndebain = 'x'", "mirrors.debain: unknown key. Did you mean debian?"),
        ("[mirrors]\ndebian = ''", "mirrors.debian: it must not be empty"),
        ("[images]\nno-shared = 'x'", "images.no-shared: unknown key. Did you mean no_shared"),
        ("[builders]\n'linux/s390x' = 'x'", "builders.\"linux/s390x\": 's390x' is unknown here."),
        ("[builders]\namd64 = 1", "builders.amd64: a string is wanted, not 1."),
        ("[excluded]\nvax = 'x'", "excluded.vax: Unknown architecture 'vax'."),
        ("[modles]\na = 1", "modles: unknown key. Did you mean modules?"),
        ("[modules]\ncffi = 1", "modules.cffi: a table is wanted, not 1."),
        ("[modules.'-x']", "modules.-x: no project can have that name."),
        ("[modules.'a b']", 'modules."a b": no project can have that name.'),
        ("[modules.pynacl]\n[modules.PyNaCl]", "modules.PyNaCl: pynacl has a table already"),
        ("[modules.cffi]\nrusty = true", "modules.cffi.rusty: unknown key. Did you mean rust?"),
        ("[modules.cffi]\nrust = 'yes'", "modules.cffi.rust: true or false is wanted"),
        ("[modules.cffi]\nabi3 = 'cp39'", "modules.cffi.abi3: 'cp39' is not a Python version."),
        (
            "[modules.cffi]\nmode = 'crss'",
            "modules.cffi.mode: 'crss' is unknown here. Did you mean c",
        ),
        ("[modules.cffi]\nbuild_depends = 'a'", "modules.cffi.build_depends: a list is wanted"),
        ("[modules.cffi]\nenvironment = {A = 1}", "modules.cffi.environment: a string is wanted"),
        (
            "[modules.cffi]\nconfig_settings = {a = [1]}",
            "modules.cffi.config_settings: a string is",
        ),
        (
            "[modules.cffi.overrides]\nrust = true",
            "modules.cffi.overrides: a list is wanted",
        ),
        (
            "[[modules.cffi.overrides]]\nrust = true",
            "modules.cffi.overrides[0].pythons: an override names pythons, architectures or both.",
        ),
        (
            "[[modules.cffi.overrides]]\npythons = ['3.12']",
            "modules.cffi.overrides[0].pythons: '3.12' is unknown here. Did you mean 3.1",
        ),
        (
            "[[modules.cffi.overrides]]\narchitectures = ['arm64']",
            "modules.cffi.overrides[0].architectures: 'arm64' is unknown here. Did you mean a",
        ),
        (
            "[[modules.cffi.overrides]]\npython = ['3.13']\narchitectures = ['amd64']",
            "modules.cffi.overrides[0].python: unknown key. Did you mean pythons?",
        ),
    ],
)
def test_a_fault_in_what_may_be_there_is_named(more: str, fault: str) -> None:
    (found,) = faults(SMALL + more)

    assert found.startswith(fault)


def test_all_faults_are_reported_together() -> None:
    found = faults(
        """
        pythons = ["three"]
        architectures = ["vax"]
        more = 1
        [targets]
        all = []
        [modules.cffi]
        rust = 1
        [[modules.cffi.overrides]]
        pythons = ["3.13"]
        cxx = 1
        """
    )

    assert [line.partition(": ")[0] for line in found] == [
        "pythons",
        "architectures",
        "targets.all",
        "base.alpine",
        "modules.cffi.overrides[0].cxx",
        "modules.cffi.rust",
        "more",
    ]


def test_an_empty_file_lacks_what_must_be_there() -> None:
    assert faults("") == [
        "pythons: it is missing.",
        "architectures: it is missing.",
        "targets.all: it is missing.",
        "base.alpine: it is missing.",
    ]


def test_a_parsed_mapping_is_read_like_its_text() -> None:
    assert Config.from_mapping(tomllib.loads(SMALL)) == Config.from_toml(SMALL)


def test_modes_are_written_as_documented() -> None:
    assert [each.value for each in BaseMode] == ["auto", "registry", "source"]
    assert [each.value for each in BuildMode] == ["cross", "emulated"]
