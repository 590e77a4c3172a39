# SPDX-License-Identifier: MIT
"""The documents agree with the code, with one another, and with what may be written at all."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import nox.registry
import pytest

import noxfile
import tasks
from muslwheels import config, errors, settings
from muslwheels.errors import MuslWheelsError

PROJECT = Path(__file__).parents[2]
README = PROJECT / "README.md"
DOCUMENTS = (README, PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").glob("*.md")))
SESSIONS = frozenset(nox.registry.get())
TASKS = frozenset(tasks.namespace.task_names)
ERRORS = tuple(MuslWheelsError.__subclasses__())

# In pieces, so that this file does not hold what it forbids.
FORBIDDEN = (
    r"pypi\." + "org",
    "pythonhosted",
    r"docker\." + "io/",
    r"hub\.docker\." + "com",
    r"deb\.debian\." + "org",
    r"alpinelinux\." + "org",
    r"crates\." + "io",
    r"proxy\.golang\." + "org",
    "/work" + "/",
    "/home" + "/",
)


def text_of(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def fences(path: Path) -> list[tuple[str, str]]:
    """Language and content of each fenced block."""
    found = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
    return [(language, content) for language, content in found]


def code(path: Path) -> list[str]:
    """Everything a document shows as code: fenced, indented, between backticks."""
    text = prose(path)
    indented = re.findall(r"^ {4}(.+)$", text, re.MULTILINE)
    return [*(each for _, each in fences(path)), *indented, *re.findall(r"`([^`\n]+)`", text)]


def prose(path: Path) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """What links can point at, as GitHub makes it of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def first_cells(text: str) -> set[str]:
    """First cells of a document's table rows, those that are code."""
    return set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))


def by_name(path: Path) -> str:
    return path.name


def test_quick_start_is_two_commands() -> None:
    shown = [content for language, content in fences(README) if language == "sh"]

    assert shown[0] == "./bootstrap nox -s build -- paramiko-amd64\n./bootstrap nox -s tests\n"


def test_settings_table_is_the_code_s() -> None:
    assert settings.markdown() in README.read_text()


def test_readme_names_every_session_and_task() -> None:
    assert noxfile.MATRIX.pythons  # importing it registered its sessions
    named = first_cells(README.read_text())

    assert {f"nox -s {name}" for name in SESSIONS} <= named
    assert {f"invoke {name}" for name in TASKS} <= named


def test_readme_names_every_exit_status() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", README.read_text(), re.MULTILINE)

    assert {(int(status), name) for status, name in rows} == {
        (each.exit_code, each.__name__) for each in ERRORS if each.__module__ == errors.__name__
    }


@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_commands_name_sessions_and_tasks_there_are(path: Path) -> None:
    for verb, rest in re.findall(r"\b(nox -s|invoke) ([^\n`]+)", "\n".join(code(path))):
        words = shlex.split(re.split(r"\s--(?:\s|$)", rest)[0])
        names = {word.partition("(")[0] for word in words if not word.startswith("-")}

        assert names <= (TASKS if verb == "invoke" else SESSIONS), f"{verb} {rest}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_links_inside_the_project_resolve(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"https?:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path

        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_no_host_of_a_registry_and_no_path_of_a_machine(path: Path) -> None:
    assert not re.findall("|".join(FORBIDDEN), path.read_text())


def test_every_document_is_linked_from_the_readme() -> None:
    links = set(re.findall(r"\]\(([^)#\s]+)", README.read_text()))

    assert {str(path.relative_to(PROJECT)) for path in DOCUMENTS[1:]} <= links


def test_first_dockerfile_takes_wheels_from_an_image_and_has_several_stages() -> None:
    dockerfile = next(content for language, content in fences(README) if language == "dockerfile")

    assert re.search(
        r"^COPY --from=python-musl-wheels:paramiko\S+-py3\.\d+ / ", dockerfile, re.MULTILINE
    )
    assert len(re.findall(r"^FROM ", dockerfile, re.MULTILINE)) > 1
    assert "--no-index --find-links" in dockerfile


def test_every_key_of_modules_toml_is_described() -> None:
    described = first_cells(text_of("docs/modules.md"))

    assert described >= set(config.MODULE) | set(config.MIRRORS) | set(config.IMAGES)
    assert described >= set(config.BASE) | {"alpine", "pythons", "architectures", "default_python"}
    assert described >= {"all", "core", "variants", "default"}


def test_every_variable_of_a_mirror_is_described() -> None:
    text = text_of("docs/modules.md")

    assert [name for names in config.MIRRORS.values() for name in names if name not in text] == []


def test_troubleshooting_has_every_error() -> None:
    headings = re.findall(r"^## (\w+)", text_of("docs/troubleshooting.md"), re.MULTILINE)

    assert {each.__name__ for each in ERRORS if each.__module__ == errors.__name__} <= set(headings)


def test_design_names_every_room() -> None:
    text = text_of("docs/design.md")
    rooms = {path.name for path in (PROJECT / "muslwheels").glob("*.py")} - {"__init__.py"}

    assert {room for room in rooms if f"`{room}`" not in text} == set()
    assert "`engine/`" in text


def test_changelog_has_the_version_of_the_project() -> None:
    version = re.search(r'^version = "(.+)"$', text_of("pyproject.toml"), re.MULTILINE)

    assert version
    assert f"## [{version[1]}]" in text_of("CHANGELOG.md")
