# SPDX-License-Identifier: MIT
"""Builds of our own small packages: both flavours, scripts, grafting, and every way to fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import CELL, MACHINE, PYTHON, Bench, Docker

pytestmark = pytest.mark.integration

TAG = f"cp{PYTHON.replace('.', '')}"
INSTALL = (
    "FROM base\n"
    "COPY --from=wheels / /wheels\n"
    "RUN --network=none python3 -m pip install --no-index --find-links /wheels {name}\n"
)
SCRIPT = """\
mod_depends() {
    echo pure-python
}

mod_build() {
    sed -i s/42/43/ src/forty_two.c
    echo "script for $MODULE_NAME $MODULE_VERSION"
    python3 -m pip wheel --no-deps --wheel-dir "$WHEELS_DIR" .
    WHEEL_BUILT_IN_SCRIPT=1
}
"""


def index_of(docker: Docker, image: str) -> bool:
    return docker.media_type(image) == "application/vnd.oci.image.index.v1+json"


def test_both_flavours_of_a_c_extension(own_built: Bench, docker: Docker) -> None:
    done = own_built.build(f"forty-two{CELL}", "--both")
    assert done.status == 0
    assert own_built.receipts() == {
        f"forty_two-1.0-{TAG}-{TAG}-linux_{MACHINE}.whl": "built",
        f"forty_two-1.0-{TAG}-{TAG}-musllinux_1_2_{MACHINE}.whl": "built",
    }
    for repository in ("musl-wheels-test/shared", "musl-wheels-test/no-shared"):
        image = f"{repository}:forty-two1.0-py{PYTHON}"
        assert f"image: {image}" in done.output
        assert index_of(docker, image)


def test_a_library_is_grafted_and_needed_no_more(own_built: Bench, docker: Docker) -> None:
    done = own_built.build(f"links-sqlite{CELL}")
    assert done.status == 0
    (wheel,) = own_built.wheels.glob("*.whl")
    assert f"-musllinux_1_2_{MACHINE}" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        assert any(re.match(r"links_sqlite\.libs/libsqlite3.*\.so", n) for n in archive.namelist())
    said = docker.consume(
        INSTALL.format(name="links-sqlite")
        + "RUN --network=none find / -xdev -name 'libsqlite3.so*' -delete; "
        "! python3 -c \"import ctypes; ctypes.CDLL('libsqlite3.so.0')\" 2>/dev/null; "
        "python3 -c \"import links_sqlite; print('loaded SQLite', links_sqlite.version())\"\n",
        {
            "base": "PYTHON-BASE",
            "wheels": f"docker-image://musl-wheels-test/shared:links-sqlite1.0-py{PYTHON}",
        },
    )
    assert re.search(r"\| loaded SQLite 3\.", said)


def test_a_script_decides_what_is_built(own_built: Bench, copy: Path, docker: Docker) -> None:
    (copy / "scripts" / "forty-two.sh").write_text(SCRIPT)
    done = own_built.build(f"forty-two{CELL}", project=copy)
    assert done.status == 0
    assert set(own_built.receipts()) == {
        f"forty_two-1.0-{TAG}-{TAG}-musllinux_1_2_{MACHINE}.whl",
        "pure_python-1.0-py3-none-any.whl",
    }
    log = own_built.folder / "build" / "logs" / f"forty-two1.0{CELL}.log"
    assert "script for forty-two 1.0" in log.read_text()
    docker.consume(
        INSTALL.format(name="forty-two")
        + 'RUN python3 -c "import forty_two; assert forty_two.answer() == 43"\n',
        {
            "base": "PYTHON-BASE",
            "wheels": f"docker-image://musl-wheels-test/shared:forty-two1.0-py{PYTHON}",
        },
    )


@pytest.mark.parametrize(
    ("name", "stage", "said"),
    [
        ("build-fails", "build", "this module never compiles"),
        ("import-fails", "test", "this module never imports"),
        ("auditwheel-refuses", "repair", "auditwheel refuses it: "),
    ],
)
def test_a_failing_module_stops_no_other(
    own_built: Bench, name: str, stage: str, said: str
) -> None:
    done = own_built.build(f"{name}{CELL}", f"pure-python{CELL}")
    log = own_built.folder / "build" / "logs" / f"{name}1.0{CELL}.log"
    assert done.status == 9
    assert f"stage '{stage}' failed." in done.output
    assert said in done.output
    assert f"Whole log: {log}" in done.output
    assert said in log.read_text()
    assert set(own_built.receipts()) == {"pure_python-1.0-py3-none-any.whl"}


@pytest.fixture
def full_disk(own_built: Bench) -> Iterator[Path]:
    """A file that fills wheels/, a small file system."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root can mount a file system")
    wheels = own_built.folder / "wheels"
    wheels.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", wheels], check=True)
    filler = wheels / "filler"
    filler.write_bytes(bytes(64 * 1024))
    yield filler
    subprocess.run(["umount", wheels], check=True)


def test_a_full_disk_keeps_no_half_wheel(own_built: Bench, full_disk: Path) -> None:
    done = own_built.build(f"forty-two{CELL}")
    assert done.status in (9, 10)
    assert "No space left to store a wheel in" in done.output
    assert own_built.receipts() == {}
    full_disk.unlink()
    assert own_built.build(f"forty-two{CELL}").status == 0
    assert len(own_built.receipts()) == 1


def test_two_runs_at_once_build_once(own_built: Bench) -> None:
    runs = [own_built.start(f"forty-two{CELL}") for _ in range(2)]
    assert [run.wait(600) for run in runs] == [0, 0]
    said = own_built.output.read_text()
    wheel = f"forty_two-1.0-{TAG}-{TAG}-musllinux_1_2_{MACHINE}.whl"
    origins = re.findall(rf"^{re.escape(wheel)} +(\w+)", said, re.MULTILINE)
    assert sorted(origins) == ["built", "local"]
    assert own_built.receipts() == {wheel: "built"}
