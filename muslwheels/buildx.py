# SPDX-License-Identifier: MIT
"""The edge to Docker: the only module that drives `docker buildx`, through python-on-whales."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import psutil
from python_on_whales import DockerClient, DockerException
from python_on_whales.components.buildx.imagetools.models import Manifest

from muslwheels.engine import Engine
from muslwheels.errors import BuildError, EngineError
from muslwheels.progress import Output, ProgressReader, StageEnded, StageStarted

# nox shows every logger's debug lines; python-on-whales has one for each command.
logging.getLogger("python_on_whales").setLevel(logging.WARNING)

LAST_LINES = 20  # of a failed stage's output, shown in the error
LOST_ENGINE = (
    "cannot connect to the docker daemon",
    "code = unavailable",
    "error reading from server",
    "connection refused",
    "failed to dial",
    "transport is closing",
)


@dataclass(slots=True)
class BuildLog:
    """Writes one build's output to a file and remembers how each stage ended."""

    file: TextIO
    on_stage: Callable[[str], None]
    stage: str = ""
    failed: StageEnded | None = None
    last: dict[str, deque[str]] = field(default_factory=dict)

    def add(self, event: Output | StageStarted | StageEnded) -> None:
        """Record one event."""
        match event:
            case Output(stage=stage, line=line):
                self.last.setdefault(stage, deque(maxlen=LAST_LINES)).append(line)
                self._write(stage, line)
            case StageStarted(stage=stage, text=text):
                self.last.pop(stage, None)  # said by an instruction that is done
                self._write(stage, f"+ {text}")
                if stage and stage != self.stage:
                    self.stage = stage
                    self.on_stage(stage)
            case StageEnded(stage=stage, error=error):
                if error and not is_cancelled(error) and self.failed is None:
                    self.failed = event
                    self._write(stage, f"! {error}")

    def _write(self, stage: str, line: str) -> None:
        self.file.write(f"{stage or '-':12} | {line}\n")
        self.file.flush()

    def tail(self, stage: str) -> tuple[str, ...]:
        """The last lines a stage printed."""
        return tuple(self.last.get(stage, ()))


class StageFailedError(BuildError):
    """A stage of a Dockerfile failed; carries which one and what it printed last."""

    def __init__(self, stage: str, lines: tuple[str, ...], log: Path) -> None:
        self.stage = stage
        self.lines = lines
        self.log = log
        shown = "".join(f"\n    {line}" for line in lines)
        super().__init__(f"stage {stage!r} failed.{shown}", hint=f"Whole log: {log}")


class Buildx:
    """Runs bake definitions on one engine; safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._client = DockerClient(
            client_call=[str(engine.docker)],
            host=engine.environment.get("DOCKER_HOST"),
            config=engine.environment.get("DOCKER_CONFIG"),
        )
        self._cancelled = threading.Event()

    def bake(
        self,
        definition: Mapping[str, object],
        target: str,
        *,
        file: Path,
        log: Path,
        on_stage: Callable[[str], None],
        cache: bool = True,
    ) -> None:
        """Build one target of a bake definition, which is kept as `file` for whoever asks how.

        Raises StageFailedError when a stage fails, EngineError when the engine does.
        """
        if self._cancelled.is_set():
            raise BuildError("cancelled.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(definition, indent=2) + "\n")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as stream:
            record = BuildLog(stream, on_stage)
            try:
                self._stream(file, target, record, cache=cache)
            except DockerException as error:
                raise self._explain(error, record, log) from None
            except KeyboardInterrupt:  # meant for us alone, buildx would go on
                self.cancel()
                raise

    def _stream(self, file: Path, target: str, record: BuildLog, *, cache: bool) -> None:
        """Feed the progress of `docker buildx bake` to the record until it ends."""
        reader = ProgressReader()
        lines = self._client.buildx.bake(
            # python-on-whales has no `allow` for bake and passes targets on as they are.
            ["--allow=network.host", target] if self._engine.network_host else [target],
            builder=self._engine.builder,
            files=[file],
            cache=cache,
            progress="rawjson",  # type: ignore[arg-type]  # accepted at run time, typed upstream later
            variables={"BUILDX_BAKE_ENTITLEMENTS_FS": "0"},
            stream_logs=True,
        )
        # The stream must be drained: left alone it would keep buildx running.
        for line in lines:
            for event in reader.feed(str(line)):
                record.add(event)

    def _explain(
        self, error: DockerException, record: BuildLog, log: Path
    ) -> BuildError | EngineError:
        if self._cancelled.is_set():
            return BuildError("cancelled.")
        said = "\n".join(record.tail("")).lower() + (error.stderr or "").lower()
        if record.failed is None or any(
            word in record.failed.error.lower() for word in LOST_ENGINE
        ):
            if any(word in said for word in LOST_ENGINE) or record.failed is not None:
                return EngineError(
                    "The engine went away during the build.",
                    hint="Run the same command again: it starts the engine and goes on where it "
                    f"stopped. `invoke engine.logs` shows why it ended. Log: {log}",
                )
            return StageFailedError("definition", plain_lines(record, error), log)
        stage = record.failed.stage
        return StageFailedError(stage, record.tail(stage) or (record.failed.error,), log)

    def cancel(self) -> None:
        """End all builds that run; each raises in its own thread."""
        self._cancelled.set()
        for child in psutil.Process().children(recursive=True):
            try:
                child.terminate()
            except psutil.NoSuchProcess:
                continue

    def has_image(self, reference: str) -> bool:
        """Whether the engine's image store holds an image."""
        return bool(self._client.image.exists(reference))

    def image_platforms(self, reference: str, *, timeout: float) -> frozenset[str] | None:
        """Platforms of an image in its registry; None when nobody answers for it in time.

        The engine's own client asks, so mirrors, credentials and addresses are the user's.
        `timeout` is in seconds.
        """
        answers: list[frozenset[str]] = []

        def ask() -> None:
            try:
                manifest = self._client.buildx.imagetools.inspect(reference)
            except DockerException:
                return
            answers.append(platforms_of(manifest))

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(timeout)
        return answers[0] if answers else None


def platforms_of(manifest: Manifest) -> frozenset[str]:
    """OCI platforms of an image index; attestations (`unknown/unknown`) do not count."""
    found = (entry.platform for entry in manifest.manifests or ())
    return frozenset(
        "/".join(part for part in (each.os, each.architecture, each.variant) if part)
        for each in found
        if each is not None and each.os != "unknown"
    )


def is_cancelled(error: str) -> bool:
    """Whether a step ended only because another one failed."""
    return "context canceled" in error.lower()


def plain_lines(record: BuildLog, error: DockerException) -> tuple[str, ...]:
    """What buildx itself said, where no stage is to blame."""
    return record.tail("") or tuple((error.stderr or str(error)).splitlines()[-LAST_LINES:])
