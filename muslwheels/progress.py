# SPDX-License-Identifier: MIT
"""Reads BuildKit's progress stream (`--progress rawjson`): pure, one line in, events out.

The format is BuildKit's `client.SolveStatus`, one JSON object a line: `vertexes` (a step
of the graph; repeated as it starts and completes) and `logs` (base64 output of a step).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

STEP_NAME = re.compile(
    r"^\[(?P<labels>[^\]]*?)\s*(?P<step>\d+)/(?P<steps>\d+)\] (?P<text>.*)$", re.DOTALL
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StageStarted:
    """A stage of the Dockerfile began (or went on to its next instruction)."""

    stage: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StageEnded:
    """An instruction ended; `error` is empty when it succeeded."""

    stage: str
    text: str
    cached: bool
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """One line that an instruction printed."""

    stage: str
    line: str


Event = StageStarted | StageEnded | Output


@dataclass(slots=True)
class ProgressReader:
    """Turns the lines of one build into events; keeps what it needs to tell repeats apart."""

    _names: dict[str, str] = field(default_factory=dict)
    _started: set[str] = field(default_factory=set)
    _ended: set[str] = field(default_factory=set)
    _partial: dict[str, bytes] = field(default_factory=dict)

    def feed(self, line: str) -> Iterator[Event]:
        """Events of one line; a line that is not JSON is yielded as output of no stage."""
        try:
            status = json.loads(line)
        except ValueError:
            if line.strip():
                yield Output(stage="", line=line.rstrip())
            return
        for vertex in status.get("vertexes") or ():
            yield from self._vertex(vertex)
        for log in status.get("logs") or ():
            yield from self._log(log)

    def _vertex(self, vertex: dict[str, str]) -> Iterator[Event]:
        digest, name = vertex["digest"], vertex.get("name", "")
        self._names[digest] = name
        stage, text = split_name(name)
        # A step answered from the cache never runs: it ends without having started.
        if "started" in vertex and digest not in self._started and not vertex.get("cached"):
            self._started.add(digest)
            yield StageStarted(stage=stage, text=text)
        if "completed" in vertex and "started" in vertex and digest not in self._ended:
            self._ended.add(digest)
            yield from self._rest(digest, stage)
            yield StageEnded(
                stage=stage,
                text=text,
                cached=bool(vertex.get("cached")),
                error=vertex.get("error", ""),
            )

    def _rest(self, digest: str, stage: str) -> Iterator[Event]:
        if rest := self._partial.pop(digest, b""):
            yield Output(stage=stage, line=text_of(rest))

    def _log(self, log: dict[str, str]) -> Iterator[Event]:
        digest = log["vertex"]
        try:
            data = base64.b64decode(log.get("data", ""))
        except binascii.Error:
            return
        stage, _ = split_name(self._names.get(digest, ""))
        *lines, rest = (self._partial.pop(digest, b"") + data).split(b"\n")
        if rest:
            self._partial[digest] = rest
        for line in lines:
            yield Output(stage=stage, line=text_of(line))


def text_of(line: bytes) -> str:
    """A line as text; of a line that a program drew over with carriage returns, the last state."""
    return line.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode(errors="replace")


def split_name(name: str) -> tuple[str, str]:
    """Stage and instruction of a vertex name such as `[cell build 2/4] RUN …`.

    BuildKit puts platform, bake target and stage into the brackets; the stage is last.
    Steps that belong to no stage (`[internal] …`, `exporting to …`) have stage "".
    """
    match = STEP_NAME.match(name)
    if not match:
        return "", name
    labels = match["labels"].split()
    return (labels[-1] if labels else ""), match["text"]
