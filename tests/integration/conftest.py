# SPDX-License-Identifier: MIT
"""Real builds: on the checkout's engine, with the real index, into folders of each test's own."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from muslwheels import bake, cli, engine
from muslwheels.architecture import Architecture
from muslwheels.buildx import Buildx
from muslwheels.places import Places
from muslwheels.pypi import PyPI
from muslwheels.settings import SETTINGS, Settings
from muslwheels.target import PythonVersion
from tests.integration.command import IMAGES, new_run
from tests.package_index import PackageIndex

PYTHON = "3.13"  # one whose source the Debian mirror has
ARCH = Architecture.parse(platform.machine())
CELL = f"-py{PYTHON}-{ARCH}"
MACHINE = ARCH.machine
BUILD_SECONDS = 1800.0  # a first build makes the base image and a toolchain

# Cheap tests first; what takes the engine away comes last.
ORDER = (
    "test_command_line.py",
    "test_index.py",
    "test_pypi_weather.py",
    "test_engine.py",
    "test_packages.py",
    "test_interrupted.py",
    "test_registry.py",
    "test_paramiko.py",
    "test_engine_killed.py",
)

PACKAGES = (
    "auditwheel-refuses",
    "build-fails",
    "forty-two",
    "import-fails",
    "links-sqlite",
    "pure-python",
    "slow-build",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: ORDER.index(item.path.name) if item.path.name in ORDER else 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """A command that ended."""

    status: int
    output: str  # standard output and error, as a user sees them
    seconds: float  # CPU time of it and its children: the machine may be busy with others


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """A place to build in that nobody else uses."""

    folder: Path
    index: str = ""  # --index; empty: the real one

    @property
    def wheels(self) -> Path:
        """Where the wheels of this machine's architecture arrive."""
        return self.folder / "wheels" / ARCH.value

    def arguments(self, *arguments: str, project: Path | None = None) -> list[str]:
        """The command line of a build of these targets and options."""
        return [
            *(sys.executable, "-m", "tests.integration.command", str(self.folder)),
            *(("--project", str(project)) if project else ()),
            *("--", "--base", "source"),
            *(("--index", self.index) if self.index else ()),
            *arguments,
        ]

    def build(self, *arguments: str, project: Path | None = None) -> Done:
        """Build to the end."""
        return command(*self.arguments(*arguments, project=project))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin to build, in a process group of its own, as a terminal would."""
        with self.output.open("a") as output:
            return subprocess.Popen(
                self.arguments(*arguments),
                cwd=cli.PROJECT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    @property
    def output(self) -> Path:
        """What builds that were only started say."""
        return self.folder / "output"

    def receipts(self) -> dict[str, str]:
        """Origin of each wheel by its file name; checks that nothing half-written is beside."""
        file = self.wheels / "receipts.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        origins = {receipt["wheel"]: receipt["origin"] for receipt in map(json.loads, lines)}
        there = {path.name for path in self.wheels.glob("*")} if self.wheels.exists() else set()
        assert there - {"receipts.jsonl", ".lock"} == set(origins)
        return origins


def environment(**more: str) -> dict[str, str]:
    """Our environment without settings that would change what is tested."""
    ours = {each.variable for each in SETTINGS if each.variable}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = ",".join(filter(None, [kept.get(name), "127.0.0.1"]))
    return {**kept, **more}


def command(
    *argv: str | Path, env: Mapping[str, str] | None = None, cwd: Path = cli.PROJECT
) -> Done:
    """Run a command to its end; no traceback must ever show."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        argv,
        cwd=cwd,
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    sys.stdout.write(done.stdout)  # pytest shows it when the test fails
    assert "Traceback" not in done.stdout
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Done(status=done.returncode, output=done.stdout, seconds=seconds)


def wait_until(what: str, condition: object, *, seconds: float) -> None:
    """Wait until a condition (a function without parameters) holds."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def checkout_engine() -> engine.Engine:
    """The engine that builds of this checkout use."""
    return engine.ensure(cli.PROJECT, builder=None, report=print)


@dataclass(frozen=True, kw_only=True, slots=True)
class Docker:
    """The engine's client, for a look at what came out, and for images that use it."""

    engine: engine.Engine
    folder: Path

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.engine.docker, *arguments],
            env={**os.environ, **self.engine.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def media_type(self, image: str) -> str:
        """Media type of an image's top-level document (OCI image layout)."""
        archive = self.folder / "saved.tar"
        self("save", "--output", str(archive), image)
        with tarfile.open(archive) as saved:
            index = saved.extractfile("index.json")
            assert index is not None
            return str(json.load(index)["manifests"][0]["mediaType"])

    def consume(self, dockerfile: str, contexts: Mapping[str, str], *, tag: str = "") -> str:
        """Build a Dockerfile, `PYTHON-BASE` among its contexts being our base; what it printed."""
        places = Places(
            project=cli.PROJECT, wheels=self.folder / "wheels", build=self.folder / "build"
        )
        workshop = new_run(places, ["--base", "source"]).workshop
        python = PythonVersion.parse(PYTHON)
        definition = bake.base_definition(workshop.site, workshop.base(python), ARCH)
        base = f"target:{bake.base_name(python, ARCH)}"
        context = self.folder / "context"
        context.mkdir(exist_ok=True)
        definition["target"]["consumer"] = {
            "context": str(context),
            "dockerfile-inline": dockerfile,
            "contexts": {
                name: base if value == "PYTHON-BASE" else value for name, value in contexts.items()
            },
            "platforms": [ARCH.platform],
            "output": [f"type=image,name={tag}"] if tag else ["type=cacheonly"],
            "no-cache": True,
            **({"network": "host"} if self.engine.network_host else {}),
        }
        log = self.folder / "consumer.log"
        Buildx(self.engine).bake(
            definition,
            "consumer",
            file=self.folder / "consumer.json",
            log=log,
            on_stage=print,
        )
        return log.read_text()


@pytest.fixture
def docker(checkout_engine: engine.Engine, tmp_path: Path) -> Docker:
    """See Docker."""
    folder = tmp_path / "docker"
    folder.mkdir()
    return Docker(engine=checkout_engine, folder=folder)


@pytest.fixture(scope="session", autouse=True)
def no_images_left() -> Iterator[None]:
    """Images of these tests go when they end."""
    yield
    found = engine.find(cli.PROJECT)
    if found is None:
        return
    docker = Docker(engine=found, folder=Path("/nonexistent"))
    for repository in IMAGES:
        if names := docker("image", "ls", "--quiet", repository).split():
            docker("image", "rm", "--force", *names)


@pytest.fixture(scope="session")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    """Our packages on a loopback index; one address for all tests keeps the engine's cache."""
    config = cli.read_config()
    folder = tmp_path_factory.mktemp("index")
    real = PyPI.from_settings(config, Settings(), folder, print).url
    server = PackageIndex(real)
    server.serve(PACKAGES, folder)
    with server.running():
        yield server


@pytest.fixture
def index(package_index: PackageIndex) -> Iterator[PackageIndex]:
    """The index, which a test may spoil."""
    replies = dict(package_index.replies)
    yield package_index
    package_index.replies = replies


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Builds from the real index."""
    return Bench(folder=tmp_path)


@pytest.fixture
def own(tmp_path: Path, index: PackageIndex) -> Bench:
    """Plans from the index of our own packages; `own_built` also builds."""
    return Bench(folder=tmp_path, index=index.url)


@pytest.fixture
def own_built(own: Bench, checkout_engine: engine.Engine) -> Bench:
    """Builds our own packages."""
    if not checkout_engine.network_host:
        pytest.skip("builds on this engine do not reach a server on this machine's loopback")
    return own


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the checkout, without what commands made there but the Debian root."""
    project = tmp_path / "copy"
    for name in ("muslwheels", "dockerfiles", "scripts"):
        shutil.copytree(cli.PROJECT / name, project / name)
    for name in ("noxfile.py", "tasks.py", "modules.toml"):
        shutil.copy(cli.PROJECT / name, project)
    made = project / ".engine"
    made.mkdir()
    (made / "debian").symlink_to(cli.PROJECT / ".engine" / "debian")  # takes a minute to make
    return project
