# SPDX-License-Identifier: MIT
"""Every error has its own exit code, and shows what to do next."""

from __future__ import annotations

import pytest

from muslwheels import errors
from muslwheels.errors import MuslWheelsError, close_names

CLASSES = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, MuslWheelsError)
]


def test_exit_codes_are_unique_and_failures() -> None:
    codes = [each.exit_code for each in CLASSES]

    assert len(set(codes)) == len(codes) == 10
    assert all(1 <= code < 64 for code in codes)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_an_error_shows_message_and_then_hint(kind: type[MuslWheelsError]) -> None:
    error = kind("Something happened to cffi.", hint="Do that.")

    assert str(error) == "Something happened to cffi.\nDo that."
    assert (error.message, error.hint) == ("Something happened to cffi.", "Do that.")


def test_an_error_without_hint_is_its_message_alone() -> None:
    assert str(MuslWheelsError("Something happened.")) == "Something happened."


def test_close_names_are_suggested_best_first() -> None:
    assert close_names("cfi", ["toml", "cffi"]) == "Did you mean cffi?"
    assert close_names("armv", ["armv6", "armv7", "s390x"]) in {
        "Did you mean armv6 or armv7?",
        "Did you mean armv7 or armv6?",
    }


def test_nothing_close_is_an_empty_sentence() -> None:
    assert close_names("zzz", ["cffi"]) == ""
