# SPDX-License-Identifier: MIT
"""The benchmark's own judgement: what keeps a limit, and how a run divides into its parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import (
    BenchError,
    Figure,
    Timed,
    fresh_environment,
    main,
    parts,
    python_built,
    table,
)

RUN = Timed(
    seconds=100.0,
    lines=(
        (1.0, "bootstrap: making .venv with Python 3.11.2"),
        (9.0, "bootstrap: ready"),
        (10.0, "nox > Running session build(python='3.13', arch='amd64')"),
        (12.0, "Engine: fetching docker.io from Debian sid"),
        (13.0, "Engine: starting"),
        (20.0, "Making a Debian trixie root from this machine's mirror"),
        (40.0, "base-py3.13-amd64: started"),
        (41.0, "base-py3.13-amd64: toolchain (1.0 s)"),
        (80.0, "base-py3.13-amd64: done in 40.0 s, ready"),
        (81.0, "cffi2.1.1-py3.13-amd64: started"),
        (95.0, "python-musl-wheels:cffi2.1.1-py3.13: started"),
    ),
)


def test_a_run_divides_into_parts_that_add_up() -> None:
    found = parts(RUN)

    assert found == {
        "bootstrap": 10.0,
        "plan": 2.0,
        "engine": 8.0,
        "root file system": 20.0,
        "base image": 40.0,
        "wheels": 15.0,
        "image": 5.0,
    }
    assert sum(found.values()) == RUN.seconds


def test_the_python_of_the_base_image_is_known_where_one_was_built() -> None:
    assert python_built(RUN) == "3.13"
    assert not python_built(Timed(seconds=1.0, lines=((0.5, "7 wheels wanted: 7 at hand"),)))


@pytest.mark.parametrize(
    ("figure", "met", "row"),
    [
        (Figure(name="a", value=1.99, unit="s", at_most=2), True, "| a | 1.99 s | < 2 | yes |"),
        (Figure(name="a", value=2.0, unit="s", at_most=2), False, "| a | 2 s | < 2 | **no** |"),
        (Figure(name="a", value=20, unit="1/s", at_least=20), True, "| a | 20 1/s | >= 20 | yes |"),
        (
            Figure(name="a", value=19.9, unit="", at_least=20),
            False,
            "| a | 19.9  | >= 20 | **no** |",
        ),
        (Figure(name="a", value=1234.5, unit="s"), True, "| a | 1234 s |  |  |"),
    ],
)
def test_a_figure_is_judged_by_its_limit(figure: Figure, met: bool, row: str) -> None:  # noqa: FBT001
    assert figure.met is met
    assert figure.row == row
    assert list(table([figure]))[-1] == row


def test_a_fresh_environment_has_no_engine_and_caches_of_its_own() -> None:
    environ = {"PATH": "/bin", "DOCKER_HOST": "unix:///x", "UV_CACHE_DIR": "/old"}

    fresh = fresh_environment(environ, Path("/new"))

    assert fresh == {"PATH": "/bin", "UV_CACHE_DIR": "/new/uv", "PIP_CACHE_DIR": "/new/pip"}


def test_an_unknown_figure_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(BenchError, match="no figure named 'frist'"):
        main(["frist"])
