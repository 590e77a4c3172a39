# SPDX-License-Identifier: MIT
"""The private engine: a Docker daemon of our own below `.engine/`, started on demand.

It lives in a process and a mount namespace of its own: when its first process ends, however that
comes about, the kernel ends all the others (containerd, shims, build steps) and drops every mount.
Nothing outside `.engine/` and its folder in /run is written; no bridge, no firewall rule is made.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from muslwheels.engine import client, daemon, packages, processes
from muslwheels.engine.client import Engine, Kind
from muslwheels.errors import EngineError

RUNTIME = Path("/run")
START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05
LOG_BYTES = 8 * 1024**2  # a longer log is put aside when the engine starts
LAST_LINES = 8  # of the log, shown when it does not start


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateEngine:
    """The one private engine of a project; knows its places, starts and stops it."""

    project: Path

    @property
    def folder(self) -> Path:
        """Everything that survives: programs, caches, images, configuration, log."""
        return self.project / ".engine"

    @property
    def root(self) -> Path:
        """The unpacked programs."""
        return self.folder / "root"

    @property
    def runtime(self) -> Path:
        """Sockets and state of the running engine; short, since socket paths end at 107 bytes."""
        name = sha256(os.fsencode(self.project)).hexdigest()[:12]
        return RUNTIME / f"musl-wheels-{name}"

    @property
    def socket(self) -> Path:
        """Where the Docker API answers."""
        return self.runtime / "docker.sock"

    @property
    def address(self) -> str:
        """The socket as a DOCKER_HOST."""
        return f"unix://{self.socket}"

    @property
    def config(self) -> Path:
        """The daemon's configuration file; also how its processes are told from others."""
        return self.folder / "daemon.json"

    @property
    def docker_config(self) -> Path:
        """The client's configuration folder, with buildx as its plugin."""
        return self.folder / "docker-config"

    @property
    def log(self) -> Path:
        """What the daemon says."""
        return self.folder / "log"

    def find(self, environ: Mapping[str, str] = os.environ) -> Engine | None:
        """The engine if it runs and answers; never starts it."""
        if client.get(self.socket, "/_ping") is None:
            return None
        self._use_credentials(environ)
        return Engine(
            kind=Kind.PRIVATE,
            docker=self.root / "usr/bin/docker",
            environment={"DOCKER_HOST": self.address, "DOCKER_CONFIG": str(self.docker_config)},
            network_host=True,
            builder="default",  # the engine's own, whatever BUILDX_BUILDER says
            platforms=(client.machine_platform(),),
        )

    def ensure(self, report: Callable[[str], None]) -> Engine:
        """Start the engine unless it runs already; of several callers one starts it.

        Raises EngineError when it cannot be set up or does not come up.
        """
        engine = self.find()
        if engine is None:
            with self.lock(report):
                engine = self.find() or self._wait_or_start(report)
        return engine

    def _wait_or_start(self, report: Callable[[str], None]) -> Engine:
        if processes.of_engine(self.config):
            report("Engine: it runs, but is slow to answer; waiting for it")
            self._await_answer_or_end()
        if self.find() is None:  # there was none, or what was left of one has ended
            self._start(report)
        engine = self.find()
        if engine is None:
            raise EngineError("The private engine ended while it was waited for.", hint=self.hint)
        return engine

    def _await_answer_or_end(self) -> None:
        """Wait for a running engine to answer, or for a dying one to be gone."""
        deadline = time.monotonic() + START_SECONDS
        while processes.of_engine(self.config) and client.get(self.socket, "/_ping") is None:
            if time.monotonic() > deadline:
                raise self._silent()
            time.sleep(POLL_SECONDS)

    def _start(self, report: Callable[[str], None]) -> None:
        foreign = processes.foreign_daemon(self.config)
        if foreign is not None:
            raise EngineError(
                f"A Docker daemon runs on this machine (process {foreign}), but not for us.",
                hint="See that `docker info` and `docker buildx version` work for this user, or "
                "set DOCKER_HOST. A private engine beside it would take its network away.",
            )
        packages.install(self.root, report)
        report("Engine: starting")
        self._configure()
        pid = self._launch()
        try:
            self._await_answer(lambda: os.waitpid(pid, os.WNOHANG) == (0, 0))
        except BaseException:
            kill(pid, signal.SIGKILL)  # and with it, by the kernel, everything it started
            self._end(0)
            raise

    def _configure(self) -> None:
        # A crash leaves its pid file, whose number means somebody else in a new namespace.
        shutil.rmtree(self.runtime, ignore_errors=True)
        self.runtime.mkdir(mode=0o700)
        config = daemon.configuration(self.address, self.folder / "data", self.runtime)
        self.config.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        plugin = self.docker_config / "cli-plugins" / "docker-buildx"
        plugin.parent.mkdir(parents=True, exist_ok=True)
        link(plugin, self.root / packages.BUILDX)

    def _use_credentials(self, environ: Mapping[str, str]) -> None:
        """Let the client find the user's registry credentials, without a copy of them."""
        folder = Path(environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
        if folder.resolve() != self.docker_config.resolve():
            link(self.docker_config / "config.json", folder.absolute() / "config.json")

    def _launch(self) -> int:
        """Start the daemon in a session of its own: it outlives us and our terminal."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".1"))
        argv = daemon.command(self.config)
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.posix_spawnp(
            argv[0],
            argv,
            daemon.environment(os.environ, self.root),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log), append, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )

    def _await_answer(self, runs: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while client.get(self.socket, "/_ping") is None:
            if not runs() or time.monotonic() > deadline:
                raise self._silent()
            time.sleep(POLL_SECONDS)

    def _silent(self) -> EngineError:
        said = "".join(f"\n    {line}" for line in self.tail(LAST_LINES))
        return EngineError(f"The private engine does not answer.{said}", hint=self.hint)

    @property
    def hint(self) -> str:
        """What to do when it does not work."""
        return (
            f"Whole log: {self.log}. If it runs and does not answer, `invoke engine.stop` ends it. "
            "Or start Docker with buildx yourself, or set DOCKER_HOST."
        )

    def stop(self, report: Callable[[str], None]) -> bool:
        """End the engine and everything that runs in it; whether there was anything to end."""
        if not self.folder.exists():
            return False
        with self.lock(report):
            ran = bool(processes.of_engine(self.config))
            self._end(STOP_SECONDS)
        return ran

    def _end(self, seconds: float) -> None:
        """Ask the daemon to end, wait, then have the kernel end whatever is left."""
        for pid, argv in processes.of_engine(self.config).items():
            if processes.is_daemon(argv):
                kill(pid, signal.SIGTERM)
        self._await_end(seconds)
        for pid in processes.of_engine(self.config):
            kill(pid, signal.SIGKILL)
        if not self._await_end(STOP_SECONDS):
            raise EngineError(
                "The private engine does not end, even though it was killed.",
                hint=f"Look at its processes: pgrep --full {self.config}",
            )
        shutil.rmtree(self.runtime, ignore_errors=True)

    def _await_end(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while processes.of_engine(self.config):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def remove(self, report: Callable[[str], None]) -> None:
        """Stop the engine and delete it with all its images and caches."""
        self.stop(report)
        shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self, lines: int) -> tuple[str, ...]:
        """The last lines of the log; none when it never ran."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ()
        return tuple(text.splitlines()[-lines:])

    @contextmanager
    def lock(self, report: Callable[[str], None]) -> Iterator[None]:
        """Keep other commands from setting the engine up, starting or stopping it.

        What the file system refuses meanwhile (no permission, disk full) becomes an EngineError.
        """
        try:
            self.folder.mkdir(exist_ok=True)
            with self._locked(report):
                yield
        except OSError as error:
            raise EngineError(
                f"The private engine below {self.folder} cannot be changed: {error}",
                hint="It belongs to root, and needs a few GB of disk.",
            ) from error

    @contextmanager
    def _locked(self, report: Callable[[str], None]) -> Iterator[None]:
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            report("Engine: another command is setting it up or stopping it; waiting for that")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def link(path: Path, target: Path) -> None:
    """Make `path` a symbolic link to `target`, whatever it was."""
    if path.is_symlink() and path.readlink() == target:
        return
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.symlink_to(target)
    new.replace(path)


def kill(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
