# SPDX-License-Identifier: MIT
"""Which versions are chosen, and what is said where none will do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from muslwheels.architecture import Architecture
from muslwheels.errors import NetworkError, ReleaseError
from muslwheels.refusal import PythonRefused
from muslwheels.resolve import Environment, Resolver
from muslwheels.target import PythonVersion
from tests.fake_index import FakeIndex, native, pure, release, sdist

PY39, PY314 = PythonVersion(3, 9), PythonVersion(3, 14)
HERE = Environment(python=PY314, arch=Architecture.AMD64)
ARM = Environment(python=PY314, arch=Architecture.ARMV7)


def choose(index, name="a", version=None, where=HERE):
    wanted = Version(version) if version else None
    return str(Resolver(index).choose(canonicalize_name(name), wanted, where))


def resolve(index, name="a", version="1.0", where=HERE):
    return Resolver(index).resolve(canonicalize_name(name), Version(version), where)


def versions(resolution):
    return {name: str(version) for name, version in resolution.versions.items()}


def simple(name, *numbers, **more):
    """Releases that have an sdist."""
    return [release(sdist(name, number), **more) for number in numbers]


class TestChoose:
    def test_the_newest_stable_version_is_taken(self):
        assert choose(FakeIndex({"a": simple("a", "1.9", "1.10", "2.0rc1", "1.2")})) == "1.10"

    def test_a_pre_release_is_taken_when_there_is_nothing_else(self):
        assert choose(FakeIndex({"a": simple("a", "1.0a1", "1.0b2")})) == "1.0b2"

    def test_a_pre_release_is_taken_when_it_is_named(self):
        assert choose(FakeIndex({"a": simple("a", "1.0", "2.0rc1")}), version="2.0rc1") == "2.0rc1"

    def test_a_version_may_be_spelled_otherwise(self):
        assert choose(FakeIndex({"a": simple("a", "1.0.0")}), version="1.0") == "1.0.0"

    def test_versions_that_refuse_the_python_are_passed_over(self):
        index = FakeIndex({"a": [*simple("a", "1.0"), *simple("a", "2.0", python="<3.14")]})

        assert choose(index) == "1.0"

    def test_a_patch_release_in_requires_python_is_taken_to_be_out(self):
        assert choose(FakeIndex({"a": simple("a", "1.0", python=">=3.14.1,!=3.14.0")})) == "1.0"

    def test_yanked_versions_are_passed_over(self):
        index = FakeIndex({"a": [*simple("a", "1.0"), *simple("a", "2.0", yanked="broken")]})

        assert choose(index) == "1.0"

    def test_a_yanked_version_is_taken_when_named_exactly(self):
        index = FakeIndex({"a": simple("a", "2.0", yanked="broken")})

        assert choose(index, version="2.0") == "2.0"
        assert Resolver(index).yanked(canonicalize_name("a"), Version("2.0")) == "broken"

    def test_only_yanked_versions_is_an_error_with_the_reason(self):
        index = FakeIndex({"a": simple("a", "2.0", yanked="broken.")})

        with pytest.raises(ReleaseError) as caught:
            choose(index)

        assert caught.value.message == "a 2.0 was yanked by its authors: broken."
        assert "a==2.0" in caught.value.hint

    def test_a_version_is_passed_over_where_it_has_no_sdist_and_no_fitting_wheel(self):
        index = FakeIndex({"a": [*simple("a", "1.0"), release(native("a", "2.0"))]})

        assert choose(index) == "2.0"
        assert choose(index, where=ARM) == "1.0"

    def test_no_sdist_and_no_fitting_wheel_is_an_error_that_names_what_exists(self):
        wheels = [
            "a-2.0-cp314-cp314-win_amd64.whl",
            "a-2.0-cp314-cp314-manylinux_2_28_x86_64.whl",
        ]
        index = FakeIndex({"a": [release(*wheels)]})

        with pytest.raises(ReleaseError) as caught:
            choose(index)

        assert "no sdist" in caught.value.message
        assert "none of its wheels (manylinux, win) fits Python 3.14 on amd64 with musl" in str(
            caught.value
        )

    def test_the_newest_version_with_an_sdist_is_named(self):
        index = FakeIndex({"a": [*simple("a", "1.0"), release("a-2.0-cp314-cp314-win32.whl")]})

        with pytest.raises(ReleaseError) as caught:
            choose(index, version="2.0")

        assert caught.value.hint == "The newest version with an sdist is 1.0."

    def test_a_python_no_version_accepts_is_an_error_of_its_own(self):
        index = FakeIndex({"a": simple("a", "1.0", python="<3.14,>=3.9")})

        with pytest.raises(PythonRefused) as caught:
            choose(index)

        assert caught.value.message == (
            "a 1.0 does not run on Python 3.14: it asks for Python <3.14,>=3.9."
        )

    def test_metadata_is_asked_where_the_page_is_silent_about_python(self):
        silent = replace(release(sdist("a", "2.0")), python="<3.14")
        index = FakeIndex({"a": [*simple("a", "1.0"), silent]})

        assert choose(index) == "1.0"


class TestCheck:
    def test_an_unknown_module_is_an_error_with_close_names(self):
        resolver = Resolver(FakeIndex({"paramiko": simple("paramiko", "1.0")}), ["pycparser"])

        with pytest.raises(ReleaseError) as caught:
            resolver.check(canonicalize_name("parmiko"), None)

        assert caught.value.hint == "Did you mean paramiko?"

    def test_names_of_modules_toml_are_close_names_too(self):
        with pytest.raises(ReleaseError, match=r"Did you mean pycparser\?"):
            Resolver(FakeIndex({}), ["pycparser"]).check(canonicalize_name("pycparse"), None)

    def test_an_unknown_version_is_an_error_with_the_newest_and_the_closest(self):
        index = FakeIndex({"a": simple("a", "2.4.1", "2.4.11", "9.0", "10.0b1")})

        with pytest.raises(ReleaseError) as caught:
            Resolver(index).check(canonicalize_name("a"), Version("2.4.10"))

        assert caught.value.message == "There is no a 2.4.10."
        assert caught.value.hint == "The newest version is 9.0. Did you mean 2.4.1 or 2.4.11?"

    def test_a_project_without_any_file_says_so(self):
        with pytest.raises(ReleaseError, match="no release of a"):
            Resolver(FakeIndex({"a": []})).check(canonicalize_name("a"), Version("1"))


class TestResolve:
    def test_dependencies_of_dependencies_are_found(self):
        index = FakeIndex(
            {
                "a": simple("a", "1.0", requires=["B.b>=1", "c"]),
                "b-b": simple("b-b", "1.0", "2.0", requires=["c<3"]),
                "c": simple("c", "2.0", "3.0"),
            }
        )

        resolution = resolve(index)

        assert versions(resolution) == {"a": "1.0", "b-b": "2.0", "c": "2.0"}
        assert resolution.requires == {"a": ("b-b", "c"), "b-b": ("c",), "c": ()}

    @pytest.mark.parametrize(
        ("marker", "holds"),
        [
            ("python_version >= '3.14'", True),
            ("python_version < '3.10'", False),
            ("python_full_version >= '3.14.1'", True),
            ("sys_platform == 'win32'", False),
            ("sys_platform == 'linux' and os_name == 'posix'", True),
            ("platform_system == 'Linux'", True),
            ("implementation_name == 'cpython'", True),
            ("platform_python_implementation == 'PyPy'", False),
            ("platform_machine == 'x86_64'", True),
            ("platform_machine == 'armv7l'", False),
            ("extra == 'test'", False),
        ],
    )
    def test_markers_are_those_of_the_target(self, marker, holds):
        index = FakeIndex(
            {"a": simple("a", "1.0", requires=[f"b ; {marker}"]), "b": simple("b", "1.0")}
        )

        assert ("b" in resolve(index).versions) is holds

    def test_extras_of_dependencies_bring_theirs(self):
        index = FakeIndex(
            {
                "a": simple("a", "1.0", requires=["b[Fast]"]),
                "b": simple("b", "1.0", requires=["c ; extra == 'fast'", "d ; extra == 'slow'"]),
                "c": simple("c", "1.0"),
            }
        )

        resolution = resolve(index)

        assert versions(resolution) == {"a": "1.0", "b": "1.0", "c": "1.0"}
        assert resolution.requires["b"] == ("c",)

    def test_an_older_version_is_taken_when_the_newest_conflicts(self):
        index = FakeIndex(
            {
                "a": simple("a", "1.0", requires=["b", "c<2"]),
                "b": [*simple("b", "1.0"), *simple("b", "2.0", requires=["c>=2"])],
                "c": simple("c", "1.0", "2.0"),
            }
        )

        assert versions(resolve(index)) == {"a": "1.0", "b": "1.0", "c": "1.0"}

    def test_a_conflict_names_both_requirements(self):
        index = FakeIndex(
            {
                "a": simple("a", "1.0", requires=["b", "c<2"]),
                "b": simple("b", "1.0", requires=["c>=2 ; python_version > '3'"]),
                "c": simple("c", "1.0", "2.0"),
            }
        )

        with pytest.raises(ReleaseError) as caught:
            resolve(index)

        assert "a 1.0 needs c<2; b 1.0 needs c>=2." in caught.value.message
        assert "No version of c meets them all" in caught.value.hint

    def test_a_requirement_nothing_meets_names_who_needs_it(self):
        index = FakeIndex({"a": simple("a", "1.0", requires=["b>=3"]), "b": simple("b", "2.0")})

        with pytest.raises(ReleaseError) as caught:
            resolve(index)

        assert caught.value.message == "a 1.0 needs b>=3. There is no b >=3."
        assert caught.value.hint.startswith("The newest version is 2.0.")

    def test_an_unknown_dependency_is_an_error(self):
        with pytest.raises(ReleaseError, match="no module named nowhere"):
            resolve(FakeIndex({"a": simple("a", "1.0", requires=["nowhere"])}))

    def test_a_circle_is_no_obstacle(self):
        index = FakeIndex(
            {
                "a": simple("a", "1.0", requires=["b"]),
                "b": simple("b", "1.0", requires=["a"]),
            }
        )

        assert resolve(index).requires == {"a": ("b",), "b": ("a",)}

    def test_dependencies_nobody_can_read_are_said_so(self):
        index = FakeIndex(
            {"a": simple("a", "1.0", requires=["b"]), "b": simple("b", "1.0", known=False)}
        )

        (note,) = resolve(index).notes

        assert note.startswith("The dependencies of b 1.0 cannot be read")


class TestSharing:
    def index(self, requires=(), files=()):
        return FakeIndex(
            {
                "a": [release(sdist("a", "1.0"), requires=["b", *requires])],
                "b": [release(*(files or [sdist("b", "1.0")]))],
                "c": simple("c", "1.0"),
            }
        )

    def asked_again(self, index):
        """Whether a second architecture makes the resolver ask the index once more."""
        resolver = Resolver(index)
        resolver.resolve(canonicalize_name("a"), Version("1.0"), HERE)
        before = len(index.asked)
        resolver.resolve(canonicalize_name("a"), Version("1.0"), ARM)
        return len(index.asked) > before

    def test_what_no_architecture_changes_is_resolved_once(self):
        assert not self.asked_again(self.index())
        assert not self.asked_again(self.index(files=[pure("b", "1.0")]))
        assert not self.asked_again(self.index(["c ; sys_platform == 'linux'"]))

    def test_markers_of_the_machine_are_looked_at_for_each(self):
        index = self.index(["c ; platform_machine == 'armv7l'"])

        assert self.asked_again(index)
        assert "c" not in resolve(index).versions
        assert "c" in resolve(index, where=ARM).versions

    def test_wheels_without_an_sdist_are_looked_at_for_each(self):
        index = self.index(files=[native("b", "1.0"), native("b", "1.0", machine="armv7l")])

        assert self.asked_again(index)

    def test_errors_are_shared_too(self):
        index = FakeIndex(
            {"a": simple("a", "1.0", requires=["b"]), "b": []},
            broken={"b": NetworkError("b is out of reach")},
        )
        resolver = Resolver(index)

        for where in (HERE, ARM):
            with pytest.raises(NetworkError, match="out of reach"):
                resolver.resolve(canonicalize_name("a"), Version("1.0"), where)

        assert index.asked.count("b") == 1
