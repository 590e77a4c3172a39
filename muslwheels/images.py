# SPDX-License-Identifier: MIT
"""Images of wheels: what they are called, what they hold, how they are assembled.

An image is an OCI index over all architectures, FROM scratch, with wheels at `/` and nothing
else, made for `COPY --from=`. It is assembled from files, without running anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from muslwheels.architecture import Architecture
from muslwheels.bake import DOCKERFILES, Definition, Target
from muslwheels.config import Config
from muslwheels.plan import Delivery
from muslwheels.storage import digest, link

TARGET = "image"


def reference(delivery: Delivery, config: Config) -> str:
    """`<repository>:<module>[-<ssl>]<version>-py<X.Y>`; the default SSL library goes unnamed."""
    ssl = delivery.ssl
    variant = f"-{ssl}" if ssl and ssl is not config.ssl_default else ""
    tag = f"{delivery.name}{variant}{delivery.version}-py{delivery.python}"
    # A local version (`1.0+cu12`) has a character that tags cannot have.
    return f"{config.images.repository(delivery.flavour)}:{tag.replace('+', '_')}"


def file_name(image: str) -> str:
    """An image reference as a file name."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", image)


def folder_of(arch: Architecture) -> str:
    """Folder of a platform's wheels, named as images.Dockerfile spells it."""
    return arch.platform.replace("/", "_")


def content(wheels: Mapping[Architecture, Iterable[Path]]) -> dict[str, dict[str, str]]:
    """What an image holds: SHA-256 by file name, by platform."""
    return {
        arch.platform: {path.name: digest(path) for path in sorted(paths)}
        for arch, paths in sorted(wheels.items(), key=lambda item: item[0].platform)
    }


def lay_out(folder: Path, wheels: Iterable[Path]) -> None:
    """Put the wheels of one platform into its folder."""
    folder.mkdir(parents=True)
    for wheel in wheels:
        link(wheel, folder)


def definition(project: Path, image: str, delivery: Delivery, work: Path) -> Definition:
    """The bake definition that assembles an image in the engine from laid-out folders."""
    made: Target = {
        "context": str(work),
        "dockerfile": str(project / DOCKERFILES / "images.Dockerfile"),
        "platforms": [
            arch.platform for arch in sorted(delivery.cells, key=lambda arch: arch.value)
        ],
        "tags": [image],
        # An attestation makes an index even of one platform: clients never fall back silently.
        "attest": [{"type": "provenance", "mode": "min"}],
        "output": ["type=image,oci-mediatypes=true"],
        "annotations": [
            f"index:org.opencontainers.image.title={delivery.name}",
            f"index:org.opencontainers.image.version={delivery.version}",
        ],
    }
    return {"target": {TARGET: made}}
