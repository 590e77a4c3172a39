# SPDX-License-Identifier: MIT
import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muslwheels.progress import Output, ProgressReader, StageEnded, StageStarted, split_name


def vertex(name: str, **more: object) -> str:
    return json.dumps({"vertexes": [{"digest": "sha256:1", "name": name, **more}]})


def log(text: bytes) -> str:
    data = base64.b64encode(text).decode()
    return json.dumps({"logs": [{"vertex": "sha256:1", "stream": 1, "data": data}]})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("[build 2/4] RUN make", ("build", "RUN make")),
        ("[cell build 2/4] RUN make", ("build", "RUN make")),
        ("[linux/arm/v7 cell test 1/1] COPY a b", ("test", "COPY a b")),
        ("[internal] load build context", ("", "[internal] load build context")),
        ("exporting to client directory", ("", "exporting to client directory")),
    ],
)
def test_stage_is_the_last_word_in_the_brackets(name: str, expected: tuple[str, str]) -> None:
    assert split_name(name) == expected


def test_a_vertex_starts_and_ends_once_however_often_it_is_repeated() -> None:
    reader = ProgressReader()
    lines = [
        vertex("[build 1/2] RUN x"),
        vertex("[build 1/2] RUN x", started="t"),
        vertex("[build 1/2] RUN x", started="t"),
        vertex("[build 1/2] RUN x", started="t", completed="t", error="exit code: 1"),
        vertex("[build 1/2] RUN x", started="t", completed="t", error="exit code: 1"),
    ]

    events = [event for line in lines for event in reader.feed(line)]

    assert events == [
        StageStarted(stage="build", text="RUN x"),
        StageEnded(stage="build", text="RUN x", cached=False, error="exit code: 1"),
    ]


def test_a_step_from_the_cache_ends_without_having_started() -> None:
    line = vertex("[build 1/2] RUN x", started="t", completed="t", cached=True)

    assert list(ProgressReader().feed(line)) == [
        StageEnded(stage="build", text="RUN x", cached=True)
    ]


def test_output_is_joined_over_chunks_and_flushed_at_the_end() -> None:
    reader = ProgressReader()
    events = []
    for line in [
        vertex("[build 1/2] RUN x", started="t"),
        log(b"one\ntw"),
        log(b"o\r\nthree"),
        vertex("[build 1/2] RUN x", started="t", completed="t"),
    ]:
        events += list(reader.feed(line))

    assert [event.line for event in events if isinstance(event, Output)] == ["one", "two", "three"]


def test_a_line_that_is_not_json_is_kept_as_output() -> None:
    assert list(ProgressReader().feed("ERROR: no builder\n")) == [
        Output(stage="", line="ERROR: no builder")
    ]


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_no_output_is_lost_or_made_up(chunks: list[bytes]) -> None:
    """However the engine cuts a step's ASCII output into chunks, the lines are the same."""
    text = b"".join(chunks).replace(b"\r", b"").decode("ascii", errors="ignore").encode()
    cuts = [text[i : i + 3] for i in range(0, len(text), 3)]
    reader = ProgressReader()
    events = list(reader.feed(vertex("[build 1/2] RUN x", started="t")))
    for cut in cuts:
        events += reader.feed(log(cut))
    events += reader.feed(vertex("[build 1/2] RUN x", started="t", completed="t"))

    lines = [event.line for event in events if isinstance(event, Output)]

    expected = text.decode().split("\n")
    assert lines == (expected[:-1] if expected[-1] == "" else expected)
