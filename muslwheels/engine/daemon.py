# SPDX-License-Identifier: MIT
"""How the private engine's daemon is run: its command line, configuration and environment. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

DAEMON = "dockerd"

# Namespaces of its own; mounts of the host still come in, ours never get out.
NAMESPACES = (
    "unshare",
    "--fork",
    "--kill-child",
    "--pid",
    "--mount",
    "--mount-proc",
    "--propagation=slave",
    "--wd=/",
)
INIT = ("docker-init", "-s", "--")  # passes signals on, reaps what containerd leaves

# What the daemon needs of our environment: proxies and certificates for its registries.
ENVIRONMENT = ("HOME", "LANG", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR")


def command(config: Path) -> list[str]:
    """The daemon's command line; its last word tells the engine's processes from others."""
    return [*NAMESPACES, *INIT, DAEMON, "--config-file", str(config)]


def configuration(address: str, data: Path, runtime: Path) -> dict[str, object]:
    """The daemon's configuration: all its places, no network of its own, bounded caches."""
    return {
        "hosts": [address],
        "data-root": str(data),
        "exec-root": str(runtime / "exec"),
        "pidfile": str(runtime / "docker.pid"),
        "bridge": "none",
        "iptables": False,
        "ip6tables": False,
        "features": {"containerd-snapshotter": True},
        "builder": {
            "gc": {
                "enabled": True,
                "defaultKeepStorage": "40GB",  # kept, whatever its age; the name older ones know
                "defaultMaxUsedSpace": "60GB",
                "defaultMinFreeSpace": "10GB",
            }
        },
    }


def environment(environ: Mapping[str, str], root: Path) -> dict[str, str]:
    """The little of our environment that the daemon may see."""
    kept = {
        name: value
        for name, value in environ.items()
        if name in ENVIRONMENT or name.lower().endswith("_proxy")
    }
    own = (str(root / "usr/sbin"), str(root / "usr/bin"))
    return {**kept, "PATH": os.pathsep.join([*own, environ.get("PATH", os.defpath)])}
