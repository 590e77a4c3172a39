# SPDX-License-Identifier: MIT
"""Finds engine processes on this machine: those of one private engine, and foreign daemons."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from muslwheels.engine.daemon import DAEMON

PROC = Path("/proc")
DEFAULT_CONFIG = "/etc/docker/daemon.json"


def processes() -> Iterator[tuple[int, tuple[str, ...]]]:
    """Process id and command line of every process; kernel threads and zombies have none."""
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:  # it has just ended
                continue
            if line:
                argv = line.decode(errors="replace").rstrip("\0").split("\0")
                yield int(folder.name), tuple(argv)


def of_engine(config: Path) -> dict[int, tuple[str, ...]]:
    """The namespace's parent, init and daemon of the private engine with this configuration."""
    wanted = str(config)
    return {pid: argv for pid, argv in processes() if argv[-1] == wanted and DAEMON in argv}


def is_daemon(argv: Sequence[str]) -> bool:
    """Whether a command line is that of a Docker daemon itself."""
    return Path(argv[0]).name == DAEMON


def foreign_daemon(own_config: Path) -> int | None:
    """Process id of a Docker daemon whose bridge a second daemon would take away, or None.

    Daemons in other network namespaces (rootless, nested) and those without a bridge, such as
    private engines of other checkouts, are no concern of ours.
    """
    for pid, argv in processes():
        foreign = is_daemon(argv) and argv[-1] != str(own_config) and _shares_network(pid)
        if foreign and not lacks_bridge(argv, _read_config):
            return pid
    return None


def lacks_bridge(argv: Sequence[str], read_config: Callable[[str], Mapping[str, object]]) -> bool:
    """Whether a daemon runs with `bridge: none`, by its command line and configuration file."""
    flags = _flags(argv[1:])
    bridge = flags.get("--bridge") or flags.get("-b")
    if bridge is None:
        bridge = str(read_config(flags.get("--config-file", DEFAULT_CONFIG)).get("bridge", ""))
    return bridge == "none"


def _flags(arguments: Sequence[str]) -> dict[str, str]:
    """Flags and their values, whether given as `--flag=value` or as `--flag value`."""
    flags: dict[str, str] = {}
    for word, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        name, equals, value = word.partition("=")
        flags[name] = value if equals else following
    return flags


def _read_config(path: str) -> Mapping[str, object]:
    try:
        config = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _shares_network(pid: int) -> bool:
    try:
        theirs = (PROC / str(pid) / "ns/net").readlink()
    except OSError:  # it has just ended
        return False
    return theirs == (PROC / "self/ns/net").readlink()
