# SPDX-License-Identifier: MIT
"""Reads apt's source lists and finds the Debian mirror that this machine uses.

Pure. Formats: sources.list(5), both the one-line style (`.list`) and deb822 (`.sources`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

ARCHIVE_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"  # package debian-archive-keyring
COMPONENT = "main"
DISABLED = frozenset({"no", "false", "without", "off", "disable"})  # apt's StringToBool

_ONE_LINE = re.compile(r"(?P<type>deb(?:-src)?)\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<rest>.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One archive, as an apt source entry names it."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""  # paths, fingerprints or a key block; empty: whatever apt trusts


@dataclass(frozen=True, kw_only=True, slots=True)
class Mirror:
    """The mirror of Debian's main archive that this machine uses."""

    uri: str
    signed_by: str = ARCHIVE_KEYRING

    def deb822(self, types: str, *suites: str, signed_by: str = "") -> str:
        """A stanza of a `.sources` file for suites of this mirror."""
        return (
            f"Types: {types}\n"
            f"URIs: {self.uri}\n"
            f"Suites: {' '.join(suites)}\n"
            f"Components: {COMPONENT}\n"
            f"Signed-By: {signed_by or self.signed_by}\n"
        )


def parse_one_line(text: str) -> tuple[Source, ...]:
    """Binary sources of a `.list` file; lines that apt would refuse are left out."""
    return tuple(filter(None, map(_one_line_source, text.splitlines())))


def _one_line_source(line: str) -> Source | None:
    match = _ONE_LINE.fullmatch(line.partition("#")[0].strip())
    if match is None or match["type"] != "deb":
        return None
    options = dict(word.split("=", 1) for word in (match["options"] or "").split() if "=" in word)
    words = match["rest"].split()
    if len(words) < 2:  # noqa: PLR2004  # URI and suite
        return None
    uri, suite, *components = words
    return Source(
        uri=uri,
        suites=(suite,),
        components=tuple(components),
        signed_by=options.get("signed-by", ""),
    )


def parse_deb822(text: str) -> tuple[Source, ...]:
    """Binary sources of a `.sources` file, one a URI; those disabled are left out."""
    return tuple(source for stanza in _stanzas(text) for source in _stanza_sources(stanza))


def _stanzas(text: str) -> Iterator[Mapping[str, str]]:
    """Fields of each stanza by lower-case name, continuation lines kept as they are."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for block in re.split(r"\n\s*\n", "\n".join(lines)):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line[:1] in (" ", "\t"):
                if name:
                    fields[name] += f"\n{line}"
            else:
                name, colon, value = line.partition(":")
                name = name.strip().lower() if colon else ""
                if name:
                    fields[name] = value.strip()
        yield fields


def _stanza_sources(fields: Mapping[str, str]) -> Iterator[Source]:
    enabled = fields.get("enabled", "yes").strip().lower() not in DISABLED
    if not enabled or "deb" not in fields.get("types", "").split():
        return
    for uri in fields.get("uris", "").split():
        yield Source(
            uri=uri,
            suites=tuple(fields.get("suites", "").split()),
            components=tuple(fields.get("components", "").split()),
            signed_by=fields.get("signed-by", ""),
        )


def find_mirror(sources: Iterable[Source], codename: str) -> Mirror | None:
    """The mirror of Debian's main archive among a machine's sources, or None.

    It is the one with `main` of the machine's own release (or a suite Debian always has). Third
    parties name their suites alike, so one that has `<codename>-updates` too comes first, then
    one whose keyring or path says Debian; the archive's signature decides in the end.
    """
    suites_of: dict[str, set[str]] = {}
    signed_by: dict[str, str] = {}
    for source in sources:
        if COMPONENT in source.components and not source.uri.startswith("cdrom:"):
            uri = source.uri.rstrip("/")
            suites_of.setdefault(uri, set()).update(source.suites)
            signed_by.setdefault(uri, source.signed_by)

    def likeness(uri: str) -> tuple[bool, ...]:
        return (
            f"{codename}-updates" in suites_of[uri],
            "debian-archive" in signed_by[uri],
            uri.endswith("debian"),
        )

    own = {codename, "stable", "oldstable", "testing", "unstable", "sid"}
    fitting = [uri for uri, suites in suites_of.items() if suites & own]
    if not fitting:
        return None
    uri = max(fitting, key=likeness)
    return Mirror(uri=uri, signed_by=signed_by[uri] or ARCHIVE_KEYRING)


def parse_os_release(text: str) -> Mapping[str, str]:
    """Fields of os-release(5), unquoted."""
    fields = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            fields[name.strip()] = value.strip().strip("\"'")
    return fields
