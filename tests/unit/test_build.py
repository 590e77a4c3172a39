# SPDX-License-Identifier: MIT
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muslwheels.build import Outcome, Status, carry_out
from muslwheels.errors import BuildError
from muslwheels.plan import Action, Cell, Step
from tests.fakes import FakeMaker, RecordingReporter, cell, plan, step

A, B, C = cell("a"), cell("b"), cell("c")


def built(of: Step) -> Outcome:
    return Outcome(step=of, status=Status.BUILT, wheel=Path(f"/w/{of.cell.name}.whl"))


def test_dependencies_come_first_and_their_wheels_are_handed_on() -> None:
    steps = [step(A), step(B, requires=(A,)), step(C, requires=(B,))]
    maker = FakeMaker({each.cell: built(each) for each in steps})

    outcomes = carry_out(plan(*((each,) for each in steps)), maker, RecordingReporter(), jobs=2)

    assert maker.made == [A, B, C]
    assert set(maker.given[C]) == {Path("/w/a.whl"), Path("/w/b.whl")}
    assert [outcome.cell for outcome in outcomes] == [A, B, C]


def test_a_failure_skips_its_dependants_and_nothing_else() -> None:
    first, second, third = step(A), step(B, requires=(A,)), step(C)
    maker = FakeMaker({A: BuildError("compiler says no"), C: built(third)})

    outcomes = carry_out(plan((first, third), (second,)), maker, RecordingReporter(), jobs=1)

    assert {outcome.cell: outcome.status for outcome in outcomes} == {
        A: Status.FAILED,
        B: Status.SKIPPED,
        C: Status.BUILT,
    }
    assert outcomes[0].error == "compiler says no"
    assert "needs a1.0-py3.14-amd64, which failed" in outcomes[2].error


def test_what_the_plan_knows_to_be_impossible_is_not_tried() -> None:
    maker = FakeMaker({})

    (outcome,) = carry_out(plan((step(A, Action.FAIL),)), maker, RecordingReporter(), jobs=1)

    assert (outcome.status, outcome.error) == (Status.FAILED, "a test wants it")
    assert maker.made == []


def test_ctrl_c_cancels_what_runs_and_is_raised_again() -> None:
    maker = FakeMaker({A: KeyboardInterrupt()})

    with pytest.raises(KeyboardInterrupt):
        carry_out(plan((step(A),)), maker, RecordingReporter(), jobs=1)

    assert maker.cancelled


@given(st.lists(st.frozensets(st.integers(0, 6), max_size=3), min_size=1, max_size=7), st.data())
def test_every_cell_of_any_plan_has_an_outcome(
    graph: list[frozenset[int]], data: st.DataObject
) -> None:
    """Whatever fails, each cell is made after what it needs, or skipped because of it."""
    cells = [cell(f"m{number}") for number in range(len(graph))]
    steps = [
        step(cells[i], requires=tuple(cells[j] for j in sorted(needs) if j < i))
        for i, needs in enumerate(graph)
    ]
    bad = data.draw(st.frozensets(st.sampled_from(cells)))
    answers: dict[Cell, Outcome | BuildError] = {
        each.cell: BuildError("no") if each.cell in bad else built(each) for each in steps
    }

    outcomes = carry_out(
        plan(*((each,) for each in steps)), FakeMaker(answers), RecordingReporter(), jobs=2
    )

    by_cell = {outcome.cell: outcome for outcome in outcomes}
    assert len(by_cell) == len(cells)
    for each in steps:
        lacking = any(not by_cell[needed].status.good for needed in each.requires)
        expected = (
            Status.SKIPPED if lacking else Status.FAILED if each.cell in bad else Status.BUILT
        )
        assert by_cell[each.cell].status is expected
