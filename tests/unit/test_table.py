# SPDX-License-Identifier: MIT
"""Reading a TOML table: typed values, and every fault with its dotted path."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from muslwheels.table import (
    Fault,
    Reader,
    Table,
    any_text,
    boolean,
    list_of,
    mapping,
    member,
    one_of,
    one_or_more,
    set_of,
    text,
    values_of,
)


class Colour(Enum):
    RED = "red"
    GREEN = "green"


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (boolean, True, True),
        (any_text, "", ""),
        (text, "a", "a"),
        (list_of(text), ["a", "a"], ("a", "a")),
        (list_of(text), [], ()),
        (set_of(text), ["b", "a"], ("b", "a")),
        (values_of(one_or_more), {"a": "x", "b": ["y", "z"]}, {"a": ("x",), "b": ("y", "z")}),
        (member(Colour), "red", Colour.RED),
        (one_of(["a", "b"], text), "b", "b"),
        (one_of([], text), "anything", "anything"),
        (mapping, {}, {}),
    ],
)
def test_a_reader_takes_what_it_wants(reader: Reader[Any], value: object, expected: object) -> None:
    assert reader(value) == expected


@pytest.mark.parametrize(
    ("reader", "value", "reason"),
    [
        (boolean, "yes", "true or false is wanted, not 'yes'."),
        (boolean, 1, "true or false is wanted, not 1."),
        (any_text, True, "a string is wanted, not True."),
        (any_text, 3.13, "a string is wanted, not 3.13."),
        (text, "", "it must not be empty; leave the key out instead."),
        (list_of(text), "a", "a list is wanted, not 'a'."),
        (list_of(text), ["a", 1], "a string is wanted, not 1."),
        (set_of(text), [], "at least one is wanted."),
        (set_of(text), ["a", "b", "a"], "a stands there twice."),
        (values_of(text), {"a": 1}, "a string is wanted, not 1."),
        (one_or_more, 1, "a list is wanted, not 1."),
        (member(Colour), "gren", "'gren' is unknown here. Did you mean green?"),
        (one_of(["a", "b"], text), "xyz", "'xyz' is unknown here. Known: a, b."),
        (mapping, ["a"], "a table is wanted, not ['a']."),
    ],
)
def test_a_reader_says_what_it_wants_instead(
    reader: Reader[Any], value: object, reason: str
) -> None:
    with pytest.raises(Fault) as caught:
        reader(value)

    assert str(caught.value) == reason


def test_faults_are_collected_with_their_paths() -> None:
    faults: list[str] = []
    table = Table({"a": 1, "b": {"c d": "x"}, "e": [{"f": 1}], "odd": 1}, "", faults)
    below = table.table("b")

    assert table.read("a", text, "default") == "default"
    assert table.need("missing", text, None) is None
    assert below.read("c d", boolean, default=False) is False
    assert [each.read("f", boolean, default=True) for each in table.tables("e")] == [True]
    table.close()

    assert faults == [
        "a: a string is wanted, not 1.",
        "missing: it is missing.",
        "b.\"c d\": true or false is wanted, not 'x'.",
        "e[0].f: true or false is wanted, not 1.",
        "odd: unknown key. Known: b, a, missing, e.",
    ]


def test_given_holds_only_what_is_there() -> None:
    faults: list[str] = []
    table = Table({"a": "x", "b": 1}, "t", faults)

    assert table.given({"a": text, "b": text, "c": text}) == {"a": "x"}
    assert faults == ["t.b: a string is wanted, not 1."]


def test_a_table_in_place_of_another_value_is_read_as_empty() -> None:
    faults: list[str] = []

    assert Table({"a": 1}, "", faults).table("a").mapping == {}
    assert faults == ["a: a table is wanted, not 1."]
