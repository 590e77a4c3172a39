# SPDX-License-Identifier: MIT
"""Writes what to build as a bake definition for `docker buildx bake`: pure, and printable.

One definition holds one cell and every stage below it. Targets link to one another by named
contexts (`target:…`), so BuildKit builds what is missing and takes the rest from its cache.
https://docs.docker.com/build/bake/reference/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from muslwheels.architecture import Architecture
from muslwheels.bases import Base, World
from muslwheels.plan import Step
from muslwheels.sdist import Needs
from muslwheels.target import PythonVersion

Definition = dict[str, dict[str, "Target"]]
Target = dict[str, object]

DOCKERFILES = "dockerfiles"


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Where a run builds: what every target of its definitions shares."""

    project: Path  # the checkout
    build_arch: Architecture  # of the engine
    debian: str  # named context of the toolchain's root: an image reference, or a folder
    network_host: bool  # RUN steps use the host's network (the private engine has no bridge)
    secrets: Mapping[str, Path] = field(default_factory=dict)  # by secret id
    args: Mapping[str, str] = field(default_factory=dict)  # addresses, for every target
    jobs: int = 1  # processes a stage may run


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """All that decides how a cell's wheel is built and tested."""

    step: Step
    work: Path  # folder with the rooms sdist/, taken/, dependencies/ and out/
    taken: bool  # a wheel is there, and is only to be tested
    needs: Needs  # toolchain parts
    sha256: str  # of the sdist or wheel it starts from


def escape(value: str) -> str:
    """A string as bake reads it back: `${` and `%{` would start an HCL template."""
    return value.replace("${", "$${").replace("%{", "%%{")


def target(
    site: Site,
    file: str,
    stage: str,
    *,
    platform: str,
    contexts: Mapping[str, str],
    args: Mapping[str, str],
) -> Target:
    """One bake target: a stage of one of our Dockerfiles."""
    made: Target = {
        "context": str(site.project / DOCKERFILES),
        "dockerfile": file,
        "target": stage,
        "platforms": [platform],
        "contexts": dict(contexts),
        "args": {key: escape(value) for key, value in {**site.args, **args}.items()},
        "output": ["type=cacheonly"],
    }
    if site.secrets:
        made["secret"] = [
            {"type": "file", "id": key, "src": str(path)} for key, path in site.secrets.items()
        ]
    if site.network_host:
        made["network"] = "host"
    return made


def architecture_args(arch: Architecture) -> dict[str, str]:
    """The facts of an architecture as the Dockerfiles' build arguments."""
    facts = arch.facts
    return {
        "ARCH": arch.value,
        "ALPINE_ARCH": facts.alpine,
        "TRIPLE": facts.triple,
        "MACHINE": facts.machine,
        "ARCH_CFLAGS": facts.cflags,
        "KERNEL_HEADERS": facts.kernel_headers,
        "LOADER": arch.loader,
        "OPENSSL_TARGET": facts.openssl_target,
        "RUST_TARGET": facts.rust_target,
        "GNU_AS": facts.gnu_as,
    }


CELL = "cell"
DEPENDS = "depends"
# Stage of toolchain.Dockerfile that gives a kind of runtimes (sdist.Needs.runtimes).
RUNTIMES = {
    World.SOURCE: {
        "runtimes": "runtimes",
        "runtimes-cxx": "runtimes-cxx",
        "runtimes-rust": "runtimes-rust",
    },
    World.REGISTRY: {
        "runtimes": "compilers",
        "runtimes-cxx": "compilers",
        "runtimes-rust": "runtimes-rust",
    },
}


def base_name(python: PythonVersion, arch: Architecture) -> str:
    """Bake target of a Python base image built from source."""
    return f"python-{python}-{arch}".replace(".", "_")


def sysroot_name(python: PythonVersion, arch: Architecture) -> str:
    """Bake target of what builds for that base compile and link against."""
    return f"sysroot-{python}-{arch}".replace(".", "_")


def runtimes_name(kind: str, arch: Architecture) -> str:
    """Bake target of the compiler runtimes of an architecture."""
    return f"{kind}-{arch}"


def debian_context(site: Site) -> str:
    """Named context of the Debian root: an image as it is, a folder by a target of its own."""
    return site.debian if site.debian.startswith("docker-image://") else "target:debian"


def toolchain_targets(site: Site, arch: Architecture, world: World) -> dict[str, Target]:
    """The compilers, and the runtimes they need for one architecture.

    An Alpine base brings its own runtimes (libgcc, libstdc++); for one built from source they
    are LLVM's. Rust's standard library is built in both worlds.
    """
    platform = site.build_arch.platform
    contexts = {"debian": debian_context(site)}
    args = {
        **architecture_args(arch),
        "RUNTIME": "gcc" if world is World.REGISTRY else "llvm",
        "RUST_RUNTIMES": RUNTIMES[world]["runtimes-cxx"],
        "JOBS": str(site.jobs),
    }
    stages = {
        **{stage: stage for stage in ("lists", "fetch", "toolchain")},
        **{runtimes_name(kind, arch): stage for kind, stage in RUNTIMES[world].items()},
    }
    targets = {
        name: target(
            site, "toolchain.Dockerfile", stage, platform=platform, contexts=contexts, args=args
        )
        for name, stage in stages.items()
    }
    if not site.debian.startswith("docker-image://"):
        targets["debian"] = {
            "context": site.debian,
            "platforms": [platform],
            "output": ["type=cacheonly"],
        }
    return targets


def base_definition(site: Site, base: Base, arch: Architecture) -> Definition:
    """Everything below a cell: toolchain, runtimes, base image, sysroot."""
    targets = toolchain_targets(site, arch, base.world)
    args = {**architecture_args(arch), "PYTHON": str(base.python), "JOBS": str(site.jobs)}
    if base.world is World.REGISTRY:
        stages = {sysroot_name(base.python, arch): ("alpine.Dockerfile", "sysroot")}
        contexts = python_contexts(site, base, arch)
    else:
        stages = {
            base_name(base.python, arch): ("python.Dockerfile", "python-musl"),
            sysroot_name(base.python, arch): ("python.Dockerfile", "sysroot"),
        }
        contexts = {
            **{stage: f"target:{stage}" for stage in ("lists", "fetch", "toolchain")},
            "runtimes": f"target:{runtimes_name('runtimes', arch)}",
        }
    for name, (file, stage) in stages.items():
        targets[name] = target(
            site, file, stage, platform=arch.platform, contexts=contexts, args=args
        )
    return {"target": targets}


def python_contexts(site: Site, base: Base, arch: Architecture) -> dict[str, str]:
    """The Python image of the target platform, and the same of the build platform."""
    if base.world is World.REGISTRY:
        return dict.fromkeys(("base", "buildbase"), f"docker-image://{base.image}")
    return {
        "base": f"target:{base_name(base.python, arch)}",
        "buildbase": f"target:{base_name(base.python, site.build_arch)}",
    }


def cell_definition(site: Site, base: Base, recipe: Recipe) -> Definition:
    """One cell: build (or take), repair, test; the tested wheel is exported to `out/`."""
    cell = recipe.step.cell
    definition = base_definition(site, base, cell.arch)
    made = target(
        site,
        "wheel.Dockerfile",
        "wheels",
        platform=cell.arch.platform,
        contexts=cell_contexts(site, base, recipe),
        args=cell_args(site, recipe),
    )
    made["output"] = [f"type=local,dest={recipe.work / 'out'},platform-split=false"]
    definition["target"][CELL] = made
    return definition


def depends_definition(site: Site, base: Base, step: Step, work: Path) -> Definition:
    """What a module's script prints in mod_depends, exported to `out/depends`."""
    recipe = Recipe(step=step, work=work, taken=False, needs=Needs(), sha256="")
    definition = base_definition(site, base, step.cell.arch)
    made = target(
        site,
        "wheel.Dockerfile",
        "depends",
        platform=site.build_arch.platform,
        contexts={
            "debian": debian_context(site),
            "scripts": str(site.project / "scripts"),
        },
        args=cell_args(site, recipe),
    )
    made["output"] = [f"type=local,dest={work / 'out'},platform-split=false"]
    definition["target"][DEPENDS] = made
    return definition


def cell_contexts(site: Site, base: Base, recipe: Recipe) -> dict[str, str]:
    """Named contexts of wheel.Dockerfile."""
    cell = recipe.step.cell
    python = python_contexts(site, base, cell.arch)
    tools = {
        "sysroot": f"target:{sysroot_name(cell.python, cell.arch)}",
        "runtimes": f"target:{runtimes_name(recipe.needs.runtimes, cell.arch)}",
    }
    if recipe.taken:  # bake builds every context it is given, and nothing is compiled
        tools = {"sysroot": python["base"], "runtimes": debian_context(site)}
    return {
        **python,
        **tools,
        "debian": debian_context(site),
        "scripts": str(site.project / "scripts"),
        **{room: str(recipe.work / room) for room in ("sdist", "taken", "dependencies")},
    }


def cell_args(site: Site, recipe: Recipe) -> dict[str, str]:
    """Build arguments of wheel.Dockerfile."""
    step, module = recipe.step, recipe.step.module
    cell = step.cell
    return {
        **architecture_args(cell.arch),
        "NAME": cell.name,
        "VERSION": str(cell.version),
        "PYTHON": str(cell.python),
        "ORIGIN": "taken" if recipe.taken else "built",
        "FLAVOUR": cell.flavour.value,
        "SSL_LIBRARY": cell.ssl.value if cell.ssl else "",
        "CONFIG_SETTINGS": json.dumps(
            {key: list(each) for key, each in module.config_settings.items()}
        ),
        "ENVIRONMENT": json.dumps(dict(module.environment)),
        "BUILD_DEPENDS": " ".join(module.build_depends),
        "IMPORTS": " ".join(module.imports),
        "CHECK": module.check,
        "SDIST_SHA256": recipe.sha256,
        "QEMU_CPU": cell.arch.facts.qemu_cpu,
        "JOBS": str(site.jobs),
    }
