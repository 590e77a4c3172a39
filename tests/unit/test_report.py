# SPDX-License-Identifier: MIT
import json
from pathlib import Path

import pytest

from muslwheels import report
from muslwheels.build import Outcome, Status
from muslwheels.plan import Action, Failed, Plan, Skipped
from muslwheels.release import File
from tests.fakes import cell, plan, step

A, B = cell("a"), cell("b")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (60, "1:00 min"), (125.4, "2:05 min")],
)
def test_clock(seconds: float, expected: str) -> None:
    assert report.clock(seconds) == expected


def test_columns_are_aligned_and_have_no_trailing_blanks() -> None:
    assert report.columns([("a", "bbb"), ("cccc", "")]) == "a     bbb\n----  ---\ncccc"


def test_the_table_tells_of_each_wheel_where_it_came_from_and_its_test() -> None:
    outcomes = [
        Outcome(
            step=step(A),
            status=Status.BUILT,
            wheel=Path("/w/a-1.0-cp314-cp314-musllinux_1_2_x86_64.whl"),
            size=2048,
            seconds=61,
            tested="py3.14 amd64",
        ),
        Outcome(step=step(B), status=Status.FAILED, error="no"),
    ]

    lines = report.outcome_table(outcomes).splitlines()

    assert lines[2].split() == [
        "a-1.0-cp314-cp314-musllinux_1_2_x86_64.whl",
        *("built", "2", "KiB", "1:01", "min", "imported,", "py3.14", "amd64"),
    ]
    assert lines[3].split() == ["b1.0-py3.14-amd64", "failed"]


def test_failures_give_their_reasons() -> None:
    outcomes = [
        Outcome(step=step(A), status=Status.BUILT),
        Outcome(step=step(B), status=Status.SKIPPED, error="needs a"),
    ]

    text = report.failures(outcomes, [Failed(what="c", reason="no release.", hint="Ask upstream.")])

    assert text.splitlines() == [
        "c: failed: no release. Ask upstream.",
        "b1.0-py3.14-amd64: skipped: needs a",
    ]


def test_a_plan_for_machines_has_every_fact_of_a_step() -> None:
    file = File(filename="a-1.0.tar.gz", url="http://index/a", sha256="00")
    of = Plan(
        levels=((step(A, file=file),), (step(B, Action.FAIL, requires=(A,)),)),
        skipped=(Skipped(what="c", reason="excluded"),),
        notes=("a note",),
    )

    data = json.loads(report.plan_json(of))

    assert [(each["cell"], each["action"], each["level"]) for each in data["steps"]] == [
        ("a1.0-py3.14-amd64", "build", 0),
        ("b1.0-py3.14-amd64", "fail", 1),
    ]
    assert data["steps"][0]["file"] == "a-1.0.tar.gz"
    assert data["steps"][1]["requires"] == ["a1.0-py3.14-amd64"]
    assert data["skipped"] == [{"what": "c", "reason": "excluded"}]


def test_a_plan_for_people_ends_with_what_does_not_happen() -> None:
    of = Plan(levels=((step(A),),), failed=(Failed(what="b", reason="no release."),))

    lines = report.plan_text(of).splitlines()

    assert lines[0].split() == ["cell", "action", "from", "why"]
    assert lines[-1] == "fails: b: no release."


def test_the_summary_counts_by_what_will_be_done() -> None:
    of = plan((step(A), step(B, Action.TAKE)), (step(cell("c"), Action.REUSE),))

    assert report.plan_summary(of) == "3 wheels wanted: 1 at hand, 1 from PyPI, 1 to build"


def test_plain_lines_say_how_far_a_run_is(capsys: pytest.CaptureFixture[str]) -> None:
    with report.Reporter() as reporter:
        reporter.expect(2)
        reporter.started("a")
        reporter.stage("a", "build")
        reporter.stage("a", "build")
        reporter.ended("a", good=True, text="built")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a: started"
    assert lines[1].startswith("a: build (0.0 s)")
    assert lines[2].startswith("a: done in 0.0 s, built [1 of 2]")
    assert len(lines) == 3
