# SPDX-License-Identifier: MIT
"""What a plan says is to be done."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from muslwheels.architecture import Architecture
from muslwheels.config import Config
from muslwheels.errors import NetworkError, ReleaseError
from muslwheels.plan import EVERYTHING, Action, Plan, PlanOptions
from muslwheels.planner import make_plan, requests
from muslwheels.target import Flavour, PythonVersion, Ssl, readings
from tests.fake_index import FakeAtHand, FakeIndex, native, pure, release, sdist
from tests.fakes import cell

PY313, PY314 = PythonVersion(3, 13), PythonVersion(3, 14)
AMD64, ARMV7 = Architecture.AMD64, Architecture.ARMV7
HERE = PlanOptions(available=frozenset({AMD64}))
EVERYWHERE = PlanOptions(available=frozenset(Architecture))
FAIL, REUSE, TAKE, BUILD = Action.FAIL, Action.REUSE, Action.TAKE, Action.BUILD

CONFIG = {
    "pythons": ["3.13", "3.14"],
    "architectures": ["amd64", "armv7"],
    "targets": {"all": ["crypto"], "core": ["crypto"]},
    "base": {"alpine": "3.24"},
    "ssl": {"variants": ["openssl", "libressl"], "default": "openssl"},
}


def config(**modules):
    tables = {name.replace("_", "-"): table for name, table in modules.items()}
    return Config.from_mapping({**CONFIG, "modules": tables})


def plan(index, *texts, options=HERE, at_hand=None, config=config()):  # noqa: B008  # frozen
    targets = config.expand(readings(text)[0] for text in texts)
    return make_plan(targets, config, options, index, at_hand or FakeAtHand())


def actions(made: Plan):
    return {str(step.cell): step.action for step in made.steps}


def step_of(made: Plan, identifier: str):
    (found,) = [step for step in made.steps if step.cell.identifier == identifier]
    return found


def paramiko(**more):
    """An index with one module of each kind and what it needs."""
    return FakeIndex(
        {
            "paramiko": [
                release(
                    sdist("paramiko", "4.0"), pure("paramiko", "4.0"), requires=["crypto", "pure"]
                )
            ],
            "crypto": [
                release(
                    sdist("crypto", "46.0"),
                    native("crypto", "46.0", tag="cp311-abi3"),
                    native("crypto", "46.0", tag="cp311-abi3", machine="armv7l"),
                    requires=["ffi"],
                )
            ],
            "ffi": [release(sdist("ffi", "2.0"), native("ffi", "2.0"))],
            "pure": [release(sdist("pure", "1.0"), pure("pure", "1.0"))],
        },
        **more,
    )


class TestActions:
    def test_wheels_of_the_index_are_taken_dependencies_first(self):
        made = plan(paramiko(), "paramiko-amd64")

        assert [[str(step.cell) for step in level] for level in made.levels] == [
            ["ffi2.0-py3.14-amd64", "pure1.0-py3.14-amd64"],
            ["crypto46.0-py3.14-amd64"],
            ["paramiko4.0-py3.14-amd64"],
        ]
        assert set(actions(made).values()) == {TAKE}
        step = step_of(made, "crypto46.0-py3.14-amd64")
        assert step.wheel == "crypto-46.0-cp311-abi3-musllinux_1_2_x86_64.whl"
        assert step.file is not None
        assert step.file.filename == step.wheel

    def test_what_was_asked_for_by_name_is_marked(self):
        made = plan(paramiko(), "paramiko-amd64", "ffi-amd64")

        assert {step.cell.name for step in made.steps if step.wanted} == {"paramiko", "ffi"}

    def test_a_module_without_a_fitting_wheel_is_built_from_its_sdist(self):
        made = plan(paramiko(), "ffi-py3.13-amd64")

        (step,) = made.steps
        assert step.action is BUILD
        assert step.file is not None
        assert step.file.filename == "ffi-2.0.tar.gz"
        assert step.reason == "no wheel on the index fits"

    def test_a_wheel_at_hand_goes_before_the_index(self):
        at_hand = FakeAtHand({cell("ffi", "2.0"): "ffi-2.0-own.whl"})

        (step,) = plan(paramiko(), "ffi-amd64", at_hand=at_hand).steps

        assert (step.action, step.wheel, step.source) == (REUSE, "ffi-2.0-own.whl", None)

    @pytest.mark.parametrize("chosen", [frozenset({"ffi"}), frozenset({EVERYTHING})], ids=str)
    def test_no_binary_builds_and_ignores_wheels_taken_before(self, chosen):
        options = replace(HERE, no_binary=chosen)
        taken = FakeAtHand(
            {cell("ffi", "2.0"): "ffi-2.0.whl"}, taken=frozenset({cell("ffi", "2.0")})
        )
        built = FakeAtHand({cell("ffi", "2.0"): "ffi-2.0.whl"})

        assert (
            plan(paramiko(), "ffi-amd64", options=options, at_hand=taken).steps[0].action is BUILD
        )
        assert (
            plan(paramiko(), "ffi-amd64", options=options, at_hand=built).steps[0].action is REUSE
        )

    def test_no_binary_of_one_module_leaves_the_others(self):
        made = plan(paramiko(), "crypto-amd64", options=replace(HERE, no_binary={"crypto"}))

        assert actions(made) == {"ffi2.0-py3.14-amd64": TAKE, "crypto46.0-py3.14-amd64": BUILD}

    def test_modules_toml_can_ask_for_no_binary(self):
        made = plan(paramiko(), "ffi-amd64", config=config(ffi={"no_binary": True}))

        assert actions(made) == {"ffi2.0-py3.14-amd64": BUILD}

    def test_no_binary_without_an_sdist_fails_and_says_what_there_is(self):
        index = FakeIndex({"a": [release(native("a", "1.0"))]})

        (step,) = plan(index, "a-amd64", options=replace(HERE, no_binary={"a"})).steps

        assert step.action is FAIL
        assert "no sdist" in step.reason
        assert step.hint == "The index has wheels for musllinux."

    def test_no_build_fails_what_would_be_built_and_what_needs_it(self):
        made = plan(paramiko(), "crypto-py3.13-amd64", options=replace(HERE, no_build=True))

        ffi, crypto = made.steps
        assert ffi.action is crypto.action is FAIL
        assert ffi.hint == "Leave out --no-build."
        assert crypto.reason.startswith("It needs ffi2.0-py3.13-amd64, which cannot be had")

    def test_a_build_under_emulation_is_not_available_yet(self):
        made = plan(
            paramiko(),
            "ffi-py3.13-amd64",
            options=replace(HERE, no_binary={"ffi"}),
            config=config(ffi={"mode": "emulated"}),
        )

        step = step_of(made, "ffi2.0-py3.13-amd64")
        assert (step.action, "under emulation" in step.reason) == (FAIL, True)

    def test_a_script_is_mentioned(self):
        options = replace(HERE, scripts=frozenset({canonicalize_name("ffi")}))

        (step,) = plan(paramiko(), "ffi-amd64", options=options).steps

        assert step.script


class TestFlavours:
    NO_SHARED = replace(HERE, flavours=(Flavour.NO_SHARED,))

    def test_no_shared_is_built_from_source(self):
        made = plan(paramiko(), "crypto-amd64", options=self.NO_SHARED)

        assert actions(made) == {
            "ffi2.0-py3.14-amd64+no-shared": BUILD,
            "crypto46.0-py3.14-amd64+no-shared": BUILD,
        }
        assert "no-shared leaves outside" in made.steps[0].reason

    def test_no_shared_takes_wheels_without_machine_code(self):
        made = plan(paramiko(), "pure-amd64", options=self.NO_SHARED)

        assert actions(made) == {"pure1.0-py3.14-amd64+no-shared": TAKE}

    def test_a_wheel_for_linux_on_the_index_is_not_taken(self):
        """Such wheels are for glibc (piwheels has them)."""
        wheel = "a-1.0-cp314-cp314-linux_x86_64.whl"
        index = FakeIndex({"a": [release(sdist("a", "1.0"), wheel)]})

        (step,) = plan(index, "a-amd64", options=self.NO_SHARED).steps

        assert step.action is BUILD

    def test_both_share_wheels_without_machine_code(self):
        options = replace(HERE, flavours=(Flavour.SHARED, Flavour.NO_SHARED))

        made = plan(paramiko(), "pure-amd64", options=options)

        assert actions(made) == {
            "pure1.0-py3.14-amd64": TAKE,
            "pure1.0-py3.14-amd64+no-shared": REUSE,
        }


class TestSsl:
    CONFIG = config(crypto={"ssl": True})
    BOTH = replace(HERE, base_has=frozenset(Ssl))

    def test_the_default_is_openssl_and_reaches_all_that_need_it(self):
        made = plan(paramiko(), "paramiko-amd64", config=self.CONFIG)

        assert {str(step.cell): step.cell.ssl for step in made.steps} == {
            "ffi2.0-py3.14-amd64": None,
            "pure1.0-py3.14-amd64": None,
            "crypto46.0-py3.14-amd64": Ssl.OPENSSL,
            "paramiko4.0-py3.14-amd64": Ssl.OPENSSL,
        }
        assert [delivery.ssl for delivery in made.deliveries] == [Ssl.OPENSSL]

    def test_libressl_builds_what_links_it_and_takes_the_rest(self):
        made = plan(paramiko(), "paramiko-libressl-amd64", options=self.BOTH, config=self.CONFIG)

        assert actions(made) == {
            "ffi2.0-py3.14-amd64": TAKE,
            "pure1.0-py3.14-amd64": TAKE,
            "crypto-libressl46.0-py3.14-amd64": BUILD,
            "paramiko-libressl4.0-py3.14-amd64": TAKE,
        }
        step = step_of(made, "crypto-libressl46.0-py3.14-amd64")
        assert step.reason == "the index's wheels carry OpenSSL"

    def test_both_variants_share_what_does_not_link_it(self):
        made = plan(
            paramiko(),
            "paramiko-libressl-amd64",
            "paramiko-openssl-amd64",
            options=self.BOTH,
            config=self.CONFIG,
        )

        step = step_of(made, "paramiko-libressl4.0-py3.14-amd64")
        assert step.action is REUSE
        assert step.source == cell("paramiko", "4.0", ssl=Ssl.OPENSSL)
        assert [need.identifier for need in step.requires] == [
            "crypto-libressl46.0-py3.14-amd64",
            "pure1.0-py3.14-amd64",
        ]

    def test_a_base_without_libressl_fails_what_would_link_it(self):
        made = plan(paramiko(), "paramiko-libressl-amd64", config=self.CONFIG)

        step = step_of(made, "crypto-libressl46.0-py3.14-amd64")
        assert (step.action, step.reason) == (FAIL, "The base image has no LibreSSL.")
        assert step_of(made, "paramiko-libressl4.0-py3.14-amd64").action is FAIL
        assert made.deliveries == ()

    def test_a_variant_of_a_module_without_ssl_is_noted(self):
        made = plan(paramiko(), "ffi-libressl-amd64", config=self.CONFIG)

        (note,) = made.notes
        assert note.startswith("ffi-libressl-amd64: neither ffi nor anything it needs links")
        assert actions(made) == {"ffi2.0-py3.14-amd64": TAKE}


class TestSharing:
    def test_a_wheel_without_machine_code_is_taken_once_for_all(self):
        made = plan(paramiko(), "pure-pyall", options=EVERYWHERE)

        assert actions(made) == {
            "pure1.0-py3.13-amd64": TAKE,
            "pure1.0-py3.14-amd64": REUSE,
            "pure1.0-py3.13-armv7": REUSE,
            "pure1.0-py3.14-armv7": REUSE,
        }
        assert {step.source for step in made.steps} == {
            None,
            cell("pure", "1.0", python=PY313),
        }

    def test_it_is_built_once_for_all(self):
        options = replace(EVERYWHERE, no_binary={"pure"})

        made = plan(paramiko(), "pure-pyall", options=options)

        assert Counter(actions(made).values()) == {BUILD: 1, REUSE: 3}

    def test_abi3_is_taken_once_per_architecture(self):
        made = plan(paramiko(), "crypto-pyall", options=EVERYWHERE)

        found = {name: action for name, action in actions(made).items() if "crypto" in name}
        assert found == {
            "crypto46.0-py3.13-amd64": TAKE,
            "crypto46.0-py3.14-amd64": REUSE,
            "crypto46.0-py3.13-armv7": TAKE,
            "crypto46.0-py3.14-armv7": REUSE,
        }

    def test_abi3_is_built_once_for_the_oldest_python(self):
        options = replace(HERE, no_binary={"crypto"})

        made = plan(
            paramiko(),
            "crypto-pyall-amd64",
            options=options,
            config=config(crypto={"abi3": "3.11"}),
        )

        step = step_of(made, "crypto46.0-py3.14-amd64")
        assert (step.action, step.source) == (REUSE, cell("crypto", "46.0", python=PY313))
        assert step.file is not None  # to build it after all, should the wheel not fit
        assert step.file.filename == "crypto-46.0.tar.gz"

    def test_abi3_of_a_later_python_serves_no_earlier_one(self):
        options = replace(HERE, no_binary={"crypto"})

        made = plan(
            paramiko(),
            "crypto-pyall-amd64",
            options=options,
            config=config(crypto={"abi3": "3.14"}),
        )

        assert step_of(made, "crypto46.0-py3.13-amd64").action is BUILD
        assert step_of(made, "crypto46.0-py3.14-amd64").action is BUILD

    def test_other_wheels_are_built_for_each_python(self):
        made = plan(paramiko(), "ffi-pyall-amd64", options=replace(HERE, no_binary={"ffi"}))

        assert set(actions(made).values()) == {BUILD}

    def test_a_program_in_a_wheel_serves_every_python(self):
        wheel = native("tool", "1.0", tag="py3-none", machine="i686")
        index = FakeIndex({"tool": [release(sdist("tool", "1.0"), wheel)]})

        made = plan(index, "tool-pyall-amd64")

        assert actions(made) == {"tool1.0-py3.13-amd64": BUILD, "tool1.0-py3.14-amd64": REUSE}


class TestForeign:
    def test_a_foreign_cell_fails_and_says_what_it_would_be(self):
        made = plan(paramiko(), "crypto")

        step = step_of(made, "crypto46.0-py3.14-armv7")
        assert step.action is FAIL
        assert step.reason == (
            "Wheels for armv7 cannot be tested here yet "
            "(otherwise: take, the index has a fitting wheel)."
        )
        assert step.hint == "Give one of amd64."
        assert step_of(made, "crypto46.0-py3.14-amd64").action is TAKE

    def test_only_what_can_be_had_is_delivered(self):
        (delivery,) = plan(paramiko(), "crypto").deliveries

        assert dict(delivery.cells) == {AMD64: (cell("crypto", "46.0"), cell("ffi", "2.0"))}

    def test_nothing_foreign_lends_its_wheel(self):
        made = plan(paramiko(), "pure-armv7", "pure-amd64")

        assert actions(made) == {"pure1.0-py3.14-amd64": TAKE, "pure1.0-py3.14-armv7": FAIL}


class TestDeliveries:
    def test_one_image_for_all_architectures(self):
        made = plan(paramiko(), "crypto-amd64", "crypto-armv7", options=EVERYWHERE)

        (delivery,) = made.deliveries
        assert (delivery.name, str(delivery.version), delivery.python) == ("crypto", "46.0", PY314)
        assert set(delivery.cells) == {AMD64, ARMV7}

    def test_one_image_per_python_and_flavour(self):
        options = replace(HERE, flavours=(Flavour.SHARED, Flavour.NO_SHARED))

        made = plan(paramiko(), "pure-pyall-amd64", options=options)

        assert len(made.deliveries) == 4

    def test_an_image_holds_everything_needed(self):
        (delivery,) = plan(paramiko(), "paramiko-amd64").deliveries

        assert [each.name for each in delivery.cells[AMD64]] == [
            "paramiko",
            "crypto",
            "pure",
            "ffi",
        ]


class TestMistakes:
    def test_an_unknown_module_stops_everything(self):
        with pytest.raises(ReleaseError, match=r"Did you mean paramiko\?"):
            plan(paramiko(), "ffi", "paramikoo")

    def test_all_mistakes_are_told_at_once(self):
        with pytest.raises(ReleaseError) as caught:
            plan(paramiko(), "paramikoo", "ffi==9", "crypto")

        assert "no module named paramikoo" in caught.value.message
        assert "There is no ffi 9" in caught.value.message

    def test_an_index_out_of_reach_is_no_mistake_of_the_target(self):
        index = paramiko(broken={"ffi": NetworkError("out of reach")})

        with pytest.raises(NetworkError):
            plan(index, "ffi")

    def test_a_yanked_version_is_used_when_named_and_noted(self):
        index = FakeIndex({"a": [release(sdist("a", "1.0"), yanked="CVE-1. ")]})

        made = plan(index, "a==1.0-amd64")

        assert actions(made) == {"a1.0-py3.14-amd64": BUILD}
        assert len(made.notes) == 1
        assert made.notes[0].startswith("a 1.0 was yanked by its authors: CVE-1. It is used")

    def test_notes_of_the_index_are_passed_on(self):
        assert plan(paramiko(notes=("old pages",)), "ffi-amd64").notes == ("old pages",)


class TestFailures:
    def test_one_target_without_its_dependencies_leaves_the_others(self):
        index = paramiko()
        index.projects["bad"] = [release(sdist("bad", "1.0"), requires=["nowhere"])]

        made = plan(index, "bad", "ffi-amd64")

        assert actions(made) == {"ffi2.0-py3.14-amd64": TAKE}
        assert [each.what for each in made.failed] == ["bad-py3.14-amd64", "bad-py3.14-armv7"]
        assert "nowhere" in made.failed[0].reason

    def test_a_dependency_out_of_reach_fails_its_target_only(self):
        index = paramiko(broken={"pure": NetworkError("pure is out of reach", hint="Wait.")})

        made = plan(index, "paramiko-amd64", "ffi-amd64")

        assert [(each.reason, each.hint) for each in made.failed] == [
            ("pure is out of reach", "Wait.")
        ]
        assert actions(made) == {"ffi2.0-py3.14-amd64": TAKE}

    def test_a_python_named_that_the_module_refuses_fails(self):
        index = FakeIndex({"a": [release(sdist("a", "1.0"), python="<3.14")]})

        made = plan(index, "a-py3.14-amd64")

        assert [each.what for each in made.failed] == ["a-py3.14-amd64"]
        assert made.skipped == ()

    def test_among_all_pythons_it_is_skipped(self):
        index = FakeIndex({"a": [release(sdist("a", "1.0"), python="<3.14")]})

        made = plan(index, "a-pyall-amd64")

        assert actions(made) == {"a1.0-py3.13-amd64": BUILD}
        assert [each.what for each in made.skipped] == ["a-py3.14-amd64"]
        assert made.failed == ()

    def test_excluded_modules_are_skipped_with_the_reason(self):
        made = plan(
            paramiko(),
            "paramiko-amd64",
            "crypto-amd64",
            config=config(crypto={"excluded": "needs a rest"}),
        )

        assert [(each.what, each.reason) for each in made.skipped] == [
            ("crypto-py3.14-amd64", "needs a rest"),
            ("paramiko-py3.14-amd64", "It needs crypto: needs a rest"),
        ]
        assert made.steps == ()


class TestScripts:
    def options(self, **wanted):
        depends = {canonicalize_name(name): texts for name, texts in wanted.items()}
        return replace(HERE, extra_depends=depends, no_binary={"ffi"})

    def test_what_a_script_wants_is_built_first(self):
        made = plan(paramiko(), "ffi-amd64", options=self.options(ffi=("crypto",)))

        # crypto needs ffi itself: the circle is cut where it closes
        assert [str(step.cell) for step in made.steps] == [
            "crypto46.0-py3.14-amd64",
            "ffi2.0-py3.14-amd64",
        ]
        assert made.notes == ("ffi needs itself by way of other modules: built without.",)

    def test_it_is_no_run_time_dependency(self):
        made = plan(paramiko(), "ffi-amd64", options=self.options(ffi=("pure==1.0",)))

        step = step_of(made, "ffi2.0-py3.14-amd64")
        assert step.requires == ()
        assert step.build_requires == (cell("pure", "1.0"),)
        assert not step_of(made, "pure1.0-py3.14-amd64").wanted
        assert made.deliveries[0].cells[AMD64] == (cell("ffi", "2.0"),)

    def test_a_module_that_is_not_built_asks_for_nothing(self):
        options = replace(self.options(pure=("ffi",)), no_binary=frozenset())

        assert actions(plan(paramiko(), "pure-amd64", options=options)) == {
            "pure1.0-py3.14-amd64": TAKE
        }

    def test_a_wish_that_cannot_be_met_fails_the_module(self):
        made = plan(paramiko(), "ffi-amd64", options=self.options(ffi=("crypto==1",)))

        (step,) = made.steps
        assert step.action is FAIL
        assert step.reason.startswith("scripts/ffi.sh wants more built first: There is no crypto")


class TestRequests:
    def test_cells_restrict_what_is_planned(self):
        options = replace(HERE, cells=frozenset({(PY313, AMD64)}))

        made = plan(paramiko(), "pure-pyall", options=options)

        assert actions(made) == {"pure1.0-py3.13-amd64": TAKE}

    def test_what_nobody_wants_asks_no_index(self):
        options = replace(HERE, cells=frozenset({(PY313, AMD64)}))

        assert plan(FakeIndex({}), "pure-py3.14", options=options) == Plan()

    def test_each_is_asked_for_once(self):
        targets = config().expand(readings(text)[0] for text in ("ffi", "FFI-py3.14"))

        wanted, skipped = requests(targets, config(), HERE)

        assert len(wanted) == len({(each.target.name, each.where) for each in wanted}) * 2
        assert skipped == ()

    def test_excluded_architectures_are_skipped_with_the_reason(self):
        excluding = Config.from_mapping({**CONFIG, "excluded": {"armv7": "no machine"}})

        made = plan(paramiko(), "pure", config=excluding)

        assert [(each.what, each.reason) for each in made.skipped] == [
            ("pure-py3.14-armv7", "no machine")
        ]
        assert actions(made) == {"pure1.0-py3.14-amd64": TAKE}


def test_identifiers_are_unique_over_all_fields():
    cells = [
        cell("a", "1.0", python=python, arch=arch, flavour=flavour, ssl=ssl)
        for python in (PY313, PY314)
        for arch in Architecture
        for flavour in Flavour
        for ssl in Ssl
    ]

    assert len({each.identifier for each in cells}) == len(cells)


# Properties that hold for any index.

NAMES = ("a", "b", "c", "d", "e")
KINDS = {
    "sdist": lambda name, version: [sdist(name, version)],
    "pure": lambda name, version: [pure(name, version)],
    "both": lambda name, version: [sdist(name, version), pure(name, version)],
    "native": lambda name, version: [sdist(name, version), native(name, version)],
    "abi3": lambda name, version: [native(name, version, tag="cp313-abi3")],
    "windows": lambda name, version: [f"{name}-{version}-cp314-cp314-win32.whl"],
}
MARKERS = ("", " ; platform_machine == 'armv7l'", " ; python_version < '3.14'")


@st.composite
def indexes(draw):
    def one(name):
        def numbered(number):
            version = f"{number}.0"
            requires = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
            marker = draw(st.sampled_from(MARKERS))
            kind = draw(st.sampled_from(sorted(KINDS)))
            return release(
                *KINDS[kind](name, version),
                requires=[f"{need}{marker}" for need in requires if need != name],
            )

        return [numbered(number) for number in range(1, draw(st.integers(1, 2)) + 1)]

    return {name: one(name) for name in NAMES}


OPTIONS = st.builds(
    PlanOptions,
    available=st.sampled_from([frozenset({AMD64}), frozenset(Architecture)]),
    flavours=st.sampled_from(
        [(Flavour.SHARED,), (Flavour.NO_SHARED,), (Flavour.SHARED, Flavour.NO_SHARED)]
    ),
    base_has=st.sampled_from([frozenset({Ssl.OPENSSL}), frozenset(Ssl)]),
    no_binary=st.sampled_from([frozenset(), frozenset({EVERYTHING}), frozenset({"b"})]),
)
TARGETS = st.lists(
    st.sampled_from(["a-pyall", "b", "c-libressl-pyall", "d-amd64", "e-py3.13", "a-libressl"]),
    min_size=1,
    max_size=3,
    unique=True,
)


@settings(max_examples=60, deadline=None)
@given(projects=indexes(), texts=TARGETS, options=OPTIONS)
def test_every_plan_can_be_carried_out(projects, texts, options):
    """Order, uniqueness and sharing hold whatever the index holds."""
    chosen = config(b={"ssl": True}, c={"abi3": "3.13"})
    made = plan(FakeIndex(projects), *texts, options=options, config=chosen)
    again = plan(FakeIndex(projects), *texts, options=options, config=chosen)

    assert made == again
    seen: dict[object, object] = {}
    for level in made.levels:
        for step in level:
            before = (*step.requires, *step.build_requires, *filter(None, [step.source]))
            assert all(each in seen for each in before)
            assert step.cell not in seen
            if step.action in {TAKE, BUILD}:
                assert all(seen[each].action is not FAIL for each in before)
            if step.source:
                assert seen[step.source].action in {TAKE, BUILD, FAIL}
        seen.update({step.cell: step for step in level})
    files = Counter(
        step.file.filename
        for step in made.steps
        if step.action is TAKE and step.file and step.file.filename.endswith("-any.whl")
    )
    assert all(count == 1 for count in files.values())
    for delivery in made.deliveries:
        for cells in delivery.cells.values():
            assert all(seen[each].action is not FAIL for each in cells)
