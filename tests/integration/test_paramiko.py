# SPDX-License-Identifier: MIT
"""The README's promises with the real index: paramiko, its image, and builds from source."""

from __future__ import annotations

import re

import pytest

from muslwheels import cli
from tests.integration.conftest import CELL, MACHINE, PYTHON, Bench, Docker

pytestmark = pytest.mark.integration

PYTHON_TAG = f"cp{PYTHON.replace('.', '')}"
NEEDED = {"bcrypt", "cryptography", "cffi", "invoke", "paramiko", "pycparser", "pynacl"}


def readme_dockerfile() -> str:
    """The README's first Dockerfile that takes wheels from an image."""
    blocks = re.findall(
        r"^```dockerfile\n(.*?)^```",
        (cli.PROJECT / "README.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    return next(block for block in blocks if "COPY --from=python-musl-wheels" in block)


def test_paramiko_from_nothing_to_an_image_in_use(bench: Bench, docker: Docker) -> None:
    done = bench.build(f"paramiko{CELL}")
    assert done.status == 0
    receipts = bench.receipts()
    assert {wheel.partition("-")[0] for wheel in receipts} == NEEDED
    image = re.search(r"^image: (.*/shared:paramiko(.*)-py.*)$", done.output, re.MULTILINE)
    assert image is not None
    assert docker.media_type(image[1]) == "application/vnd.oci.image.index.v1+json"

    again = bench.build(f"paramiko{CELL}")
    assert again.status == 0
    assert again.seconds < 5  # tests.bench holds it to its 2 s, where nothing else runs
    assert "started" not in again.output
    assert again.output.count(" local ") == len(NEEDED)

    dockerfile = readme_dockerfile()
    contexts = dict.fromkeys(
        re.findall(r"^FROM (python:\S+)", dockerfile, re.MULTILINE), "PYTHON-BASE"
    )
    for name in re.findall(r"--from=(python-musl-wheels:\S+)", dockerfile):
        contexts[name] = f"docker-image://{image[1]}"
    docker.consume(dockerfile, contexts, tag="musl-wheels-test/shared:readme")
    said = docker("run", "--rm", "--network", "none", "musl-wheels-test/shared:readme")
    assert said.strip() == image[2]


def test_cffi_from_source(bench: Bench) -> None:
    done = bench.build(f"cffi{CELL}", "--no-binary=cffi")
    assert done.status == 0
    origins = {wheel: origin for wheel, origin in bench.receipts().items() if "cffi" in wheel}
    ((wheel, origin),) = origins.items()
    assert wheel.endswith(f"-{PYTHON_TAG}-{PYTHON_TAG}-musllinux_1_2_{MACHINE}.whl")
    assert origin == "built"


def test_bcrypt_from_source_with_rust(bench: Bench) -> None:
    done = bench.build(f"bcrypt{CELL}", "--no-binary=bcrypt")
    assert done.status == 0
    ((wheel, origin),) = bench.receipts().items()
    assert re.match(rf"bcrypt-.*-abi3-musllinux_1_2_{MACHINE}\.whl", wheel)
    assert origin == "built"
