# SPDX-License-Identifier: MIT
"""A project's page on an index as compact data that is quick to store, load and look into.

Sources: PEP 503 (HTML), PEP 691 (JSON), PEP 592 (yanked), PEP 658/714 (core metadata), PEP 700.
Pure. A page has thousands of files and a plan looks at some tens, so a row stays a list of plain
strings until its release is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import unescape
from urllib.parse import unquote, urljoin

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from muslwheels.errors import NetworkError
from muslwheels.release import File

# Names the fields of a row, in order; absent ones are None, and trailing ones are left out.
FIELDS = (
    "filename",
    "url",
    "sha256",
    "requires_python",
    "yanked",
    "upload_time",
    "metadata_sha256",
)
Row = list[str | None]
Rows = dict[str, list[Row]]  # by version, as text

SDIST_SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")
# An index page is flat and has thousands of links; html.parser takes six times as long for it.
ATTRIBUTE = re.compile(r"""([^\s=>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?""")
TAG = re.compile(r"""<(a|base|meta)\s((?:[^>"']|"[^"]*"|'[^']*')*)>""")
ABSOLUTE = ("https://", "http://")  # urljoin is slow, and needless for these
API_MAJOR = "1"  # PEP 629: a page of another major version may mean something else


class Releases(Mapping[Version, tuple[File, ...]]):
    """Releases of a page, newest first, made into Files when one is looked at."""

    def __init__(self, rows: Rows) -> None:
        found = {Version(text): text for text in rows}
        self._rows = rows
        self._texts = {version: found[version] for version in sorted(found, reverse=True)}
        self._files: dict[Version, tuple[File, ...]] = {}

    def __getitem__(self, version: Version) -> tuple[File, ...]:
        if version not in self._files:
            rows = self._rows[self._texts[version]]
            self._files[version] = tuple(map(file_of, rows))
        return self._files[version]

    def __iter__(self) -> Iterator[Version]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def file_of(row: Row) -> File:
    """A File from its row."""
    known = dict(zip(FIELDS, row, strict=False))
    return File(
        filename=known["filename"] or "",
        url=known["url"] or "",
        sha256=known.get("sha256") or "",
        requires_python=specifier(known.get("requires_python")),
        yanked=known.get("yanked"),
        upload_time=known.get("upload_time"),
        metadata_sha256=known.get("metadata_sha256"),
    )


@cache
def specifier(text: str | None) -> SpecifierSet | None:
    """A `requires-python`; None for one that cannot be read, which pip ignores, too."""
    try:
        return SpecifierSet(text) if text else None
    except InvalidSpecifier:
        return None


def group(name: NormalizedName, rows: Iterable[Row]) -> Rows:
    """Wheels and sdists by version; other files (eggs, installers) and odd names are left out."""
    found: Rows = {}
    spellings: dict[Version, str] = {}  # 1.0 and 1.0.0 are one version: the first one's spelling

    @cache
    def key(text: str) -> str | None:
        try:
            version = Version(text)
        except InvalidVersion:  # of before PEP 440
            return None
        return spellings.setdefault(version, str(version))

    for row in rows:
        text = version_text(name, row[0] or "")
        if text is not None and (version := key(text)):
            found.setdefault(version, []).append(shortened(row))
    return found


def version_text(name: NormalizedName, filename: str) -> str | None:
    """The version in a file name, as it stands there; None for what we cannot use."""
    if filename.endswith(".whl"):
        parts = filename.split("-")
        return parts[1] if len(parts) in {5, 6} else None
    stem = next(
        (filename.removesuffix(end) for end in SDIST_SUFFIXES if filename.endswith(end)), ""
    )
    # A legacy name may hold hyphens, and so may a legacy version: the known name decides.
    parts = stem.split("-")
    for count in range(len(parts) - 1, 0, -1):
        if canonicalize_name("-".join(parts[:count])) == name:
            return "-".join(parts[count:])
    return None


def shortened(row: Row) -> Row:
    """A row without absent fields at its end."""
    while row[-1] is None:
        row = row[:-1]
    return row


def from_html(text: str, base: str) -> Iterator[Row]:
    """Rows of a PEP 503 page; addresses may be relative to `base`, the page's own.

    Raises NetworkError for a page of another protocol version (PEP 629).
    """
    for tag, inside in TAG.findall(text):
        attributes = dict(attributes_in(inside))
        if tag == "a" and "href" in attributes:
            yield html_row(attributes, base)
        elif tag == "base" and "href" in attributes:
            base = urljoin(base, attributes["href"])
        elif tag == "meta" and attributes.get("name") == "pypi:repository-version":
            check_version(attributes.get("content", ""), base)


def attributes_in(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of a tag's attributes."""
    for name, double, single, bare in ATTRIBUTE.findall(text):
        value = double or single or bare
        yield name, unescape(value) if "&" in value else value


def html_row(attributes: Mapping[str, str], base: str) -> Row:
    """One link of a PEP 503 page."""
    href, _, fragment = attributes["href"].partition("#")
    address = href if href.startswith(ABSOLUTE) else urljoin(base, href)
    core = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
    return [
        unquote(address.partition("?")[0].rpartition("/")[2]),
        address,
        sha256_in(fragment) or None,
        attributes.get("data-requires-python"),
        attributes.get("data-yanked"),
        attributes.get("data-upload-time"),
        None if core is None or core == "false" else sha256_in(core),
    ]


def from_json(page: object, base: str) -> Iterator[Row]:
    """Rows of a PEP 691 page; addresses may be relative to `base`, the page's own.

    Raises NetworkError for a page that is none.
    """
    files = page.get("files") if isinstance(page, Mapping) else None
    if not isinstance(page, Mapping) or not isinstance(files, list):
        raise NetworkError(f"{base} is no index page (PEP 691).")
    check_version(str(page.get("meta", {}).get("api-version", "1.0")), base)
    for file in files:
        yield json_row(file, base)


def check_version(version: str, base: str) -> None:
    """Raise NetworkError for a page of a protocol version that we do not know (PEP 629)."""
    if version.partition(".")[0] != API_MAJOR:
        raise NetworkError(f"{base} speaks version {version} of the index protocol; we know 1.x.")


def json_row(file: Mapping[str, object], base: str) -> Row:
    """One entry of a PEP 691 page."""
    hashes = file.get("hashes")
    core = file.get("core-metadata", file.get("dist-info-metadata"))
    return [
        str(file["filename"]),
        urljoin(base, str(file["url"])),
        str(hashes["sha256"]) if isinstance(hashes, Mapping) and "sha256" in hashes else None,
        str(file["requires-python"]) if file.get("requires-python") else None,
        yanked(file.get("yanked")),
        str(file["upload-time"]) if file.get("upload-time") else None,
        core_hash(core),
    ]


def yanked(value: object) -> str | None:
    """PEP 592 in JSON: false, true, or the reason."""
    if isinstance(value, str):
        return value
    return "" if value else None


def core_hash(value: object) -> str | None:
    """PEP 658 in JSON: false, true, or hashes; empty where there is no hash we can check."""
    if isinstance(value, Mapping):
        return str(value.get("sha256", ""))
    return "" if value else None


def sha256_in(text: str) -> str:
    """The value of `sha256=…`; empty for anything else, such as `true`."""
    kind, _, value = text.partition("=")
    return value if kind == "sha256" else ""
