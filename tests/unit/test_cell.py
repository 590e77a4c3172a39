# SPDX-License-Identifier: MIT
import json
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from filelock import FileLock

from muslwheels.architecture import Architecture
from muslwheels.bake import Recipe
from muslwheels.build import Status
from muslwheels.cell import CellMaker
from muslwheels.errors import BuildError, IntegrityError
from muslwheels.plan import Action
from muslwheels.release import File
from muslwheels.wheelhouse import BUILT, TAKEN, Wheelhouse
from tests.fakes import (
    FakeDownloads,
    FakeWorkshop,
    RecordingReporter,
    cell,
    export_wheel,
    step,
    wheel,
)

CFFI = cell("cffi", "2.0")
WHEEL = "cffi-2.0-cp314-cp314-musllinux_1_2_x86_64.whl"
SDIST = "cffi-2.0.tar.gz"


def sdist(folder: Path, pyproject: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / SDIST, "w:gz") as tar:
        member = tarfile.TarInfo("cffi-2.0/pyproject.toml")
        member.size = len(pyproject)
        tar.addfile(member, BytesIO(pyproject.encode()))
    return folder / SDIST


def file(name: str) -> File:
    return File(filename=name, url=f"http://index/{name}")


def maker(tmp_path: Path, export: Callable[[Recipe, Path], None]) -> CellMaker:
    return CellMaker(
        index=FakeDownloads(tmp_path / "index"),
        workshop=FakeWorkshop(export),
        wheelhouse=Wheelhouse(tmp_path / "wheels"),
        reporter=RecordingReporter(),
        folder=tmp_path / "build",
    )


def test_a_build_ends_in_the_wheelhouse_with_a_receipt(tmp_path: Path) -> None:
    sdist(tmp_path / "index")
    making = maker(tmp_path, export_wheel(WHEEL, needed=("libffi.so.8",)))

    outcome = making.make(step(CFFI, file=file(SDIST)), ())

    assert (outcome.status, outcome.wheel) == (Status.BUILT, tmp_path / "wheels/amd64" / WHEEL)
    receipt = making.wheelhouse.receipts(tmp_path / "wheels/amd64")[WHEEL]
    assert (receipt.origin, receipt.mode, receipt.needed) == (BUILT, "cross", ("libffi.so.8",))
    assert receipt.tested == "py3.14 amd64"
    assert not (tmp_path / "build/cells" / CFFI.identifier).exists()


def test_a_second_run_finds_the_wheel_and_asks_nobody(tmp_path: Path) -> None:
    sdist(tmp_path / "index")
    maker(tmp_path, export_wheel(WHEEL)).make(step(CFFI, file=file(SDIST)), ())

    def refuse(_: Recipe, __: Path) -> None:
        raise AssertionError("built twice")

    again = maker(tmp_path, refuse).make(step(CFFI, file=file(SDIST)), ())

    assert again.status is Status.AT_HAND


def test_a_wheel_from_the_index_is_only_tested(tmp_path: Path) -> None:
    taken = wheel(tmp_path / "index", WHEEL)

    def export(recipe: Recipe, out: Path) -> None:
        assert recipe.taken
        assert not list((recipe.work / "sdist").iterdir())
        (out / WHEEL).write_bytes((recipe.work / "taken" / WHEEL).read_bytes())
        (out / "result.json").write_text(json.dumps({"needed": []}))

    making = maker(tmp_path, export)
    outcome = making.make(step(CFFI, Action.TAKE, file=file(WHEEL)), ())

    assert outcome.status is Status.TAKEN
    assert outcome.wheel is not None
    assert outcome.wheel.read_bytes() == taken.read_bytes()
    assert making.wheelhouse.receipts(outcome.wheel.parent)[WHEEL].origin == TAKEN


def test_a_wheel_that_the_test_changed_is_refused(tmp_path: Path) -> None:
    wheel(tmp_path / "index", WHEEL, "original")
    making = maker(tmp_path, export_wheel(WHEEL))

    with pytest.raises(IntegrityError, match="was changed"):
        making.make(step(CFFI, Action.TAKE, file=file(WHEEL)), ())

    assert not (tmp_path / "wheels").exists()


def test_dependencies_lie_beside_the_wheel_that_is_tested(tmp_path: Path) -> None:
    sdist(tmp_path / "index")
    dependency = wheel(tmp_path / "wheels/amd64", "pycparser-3.0-py3-none-any.whl")

    def export(recipe: Recipe, out: Path) -> None:
        names = [path.name for path in (recipe.work / "dependencies").iterdir()]
        assert names == [dependency.name]
        export_wheel(WHEEL)(recipe, out)

    outcome = maker(tmp_path, export).make(step(CFFI, file=file(SDIST)), (dependency,))

    assert outcome.status is Status.BUILT


def test_a_failed_build_leaves_nothing_in_the_wheelhouse(tmp_path: Path) -> None:
    sdist(tmp_path / "index")

    def fail(_: Recipe, out: Path) -> None:
        wheel(out, WHEEL)
        raise BuildError("stage 'test' failed.")

    making = maker(tmp_path, fail)
    with pytest.raises(BuildError, match="'test' failed"):
        making.make(step(CFFI, file=file(SDIST)), ())

    assert not (tmp_path / "wheels").exists()
    assert isinstance(making.reporter, RecordingReporter)
    assert making.reporter.lines[-1].startswith(f"ended {CFFI.identifier} False")


@pytest.mark.parametrize(
    ("names", "result"),
    [
        ((), "{}"),
        ((WHEEL, "b-1-py3-none-any.whl"), '{"needed": []}'),
        ((WHEEL,), "{"),
        ((WHEEL,), "{}"),
    ],
    ids=["no wheel", "two wheels", "damaged result", "empty result"],
)
def test_an_engine_that_exports_something_else_is_not_believed(
    tmp_path: Path, names: tuple[str, ...], result: str
) -> None:
    sdist(tmp_path / "index")

    def export(_: Recipe, out: Path) -> None:
        for name in names:
            wheel(out, name)
        (out / "result.json").write_text(result)

    with pytest.raises(IntegrityError):
        maker(tmp_path, export).make(step(CFFI, file=file(SDIST)), ())


@pytest.mark.parametrize(
    ("requires", "stage"),
    [("setuptools", "runtimes"), ("maturin>=1", "runtimes-rust"), ("pybind11", "runtimes-cxx")],
)
def test_the_toolchain_follows_the_build_requirements(
    tmp_path: Path, requires: str, stage: str
) -> None:
    sdist(tmp_path / "index", f'[build-system]\nrequires = ["{requires}"]\n')
    making = maker(tmp_path, export_wheel(WHEEL))

    making.make(step(CFFI, file=file(SDIST)), ())

    assert isinstance(making.workshop, FakeWorkshop)
    assert making.workshop.recipes[0].needs.runtimes == stage


def test_a_pure_wheel_of_another_architecture_is_tested_and_kept_here_too(tmp_path: Path) -> None:
    name = "pycparser-3.0-py3-none-any.whl"
    first = cell("pycparser", "3.0")
    second = cell("pycparser", "3.0", arch=Architecture.ARM64)
    wheel(tmp_path / "index", name)

    def export(recipe: Recipe, out: Path) -> None:
        (out / name).write_bytes((recipe.work / "taken" / name).read_bytes())
        (out / "result.json").write_text(json.dumps({"needed": []}))

    making = maker(tmp_path, export)
    making.make(step(first, Action.TAKE, file=file(name)), ())
    outcome = making.make(step(second, Action.REUSE, source=first), ())

    assert outcome.wheel == tmp_path / "wheels/arm64" / name
    assert isinstance(making.index, FakeDownloads)
    assert making.index.asked == [name]


def test_waiting_for_another_run_ends_when_cancelled(tmp_path: Path) -> None:
    making = maker(tmp_path, export_wheel(WHEEL))
    locks = tmp_path / "build" / "locks"
    locks.mkdir(parents=True)
    with FileLock(locks / f"{CFFI.identifier}.lock"), ThreadPoolExecutor() as pool:
        waiting = pool.submit(making.make, step(CFFI, file=file(SDIST)), ())
        making.cancel()
        with pytest.raises(BuildError, match="cancelled"):
            waiting.result(10)
