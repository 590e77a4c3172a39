# SPDX-License-Identifier: MIT
from pathlib import Path

import pytest

from muslwheels.bases import MEMORY_SECONDS, Memory, World, decide
from muslwheels.config import BaseMode, Config
from muslwheels.errors import BaseImageError
from muslwheels.target import PythonVersion, Ssl

PYTHON = PythonVersion(3, 14)
IMAGE = "registry.example/python:3.14-alpine3.22"


@pytest.fixture
def config() -> Config:
    return Config.from_mapping(
        {
            "pythons": ["3.14"],
            "architectures": ["amd64"],
            "targets": {"all": ["cffi"], "core": ["cffi"]},
            "base": {"image": "registry.example/python:{python}-alpine{alpine}", "alpine": "3.22"},
        }
    )


class Registry:
    """Answers for some images and remembers what it was asked."""

    def __init__(self, *images: str) -> None:
        self.images = images
        self.asked: list[str] = []

    def __call__(self, image: str) -> bool:
        self.asked.append(image)
        return image in self.images


def memory(tmp_path: Path, now: float = 0.0) -> Memory:
    return Memory(tmp_path / "cache" / "registry.json", lambda: now)


def test_the_registry_is_taken_where_it_answers(tmp_path: Path, config: Config) -> None:
    base = decide(PYTHON, config, BaseMode.AUTO, memory=memory(tmp_path), probe=Registry(IMAGE))

    assert (base.world, base.image, base.ssl) == (World.REGISTRY, IMAGE, frozenset(Ssl))


def test_the_source_is_taken_where_it_does_not(tmp_path: Path, config: Config) -> None:
    base = decide(PYTHON, config, BaseMode.AUTO, memory=memory(tmp_path), probe=Registry())

    assert (base.world, base.ssl) == (World.SOURCE, {Ssl.OPENSSL})


def test_the_source_mode_asks_nobody(tmp_path: Path, config: Config) -> None:
    registry = Registry(IMAGE)

    base = decide(PYTHON, config, BaseMode.SOURCE, memory=memory(tmp_path), probe=registry)

    assert (base.world, registry.asked) == (World.SOURCE, [])


def test_the_registry_mode_fails_without_it(tmp_path: Path, config: Config) -> None:
    with pytest.raises(BaseImageError, match="does not answer") as caught:
        decide(PYTHON, config, BaseMode.REGISTRY, memory=memory(tmp_path), probe=Registry())

    assert "--base source" in caught.value.hint


@pytest.mark.parametrize(
    ("later", "asked"), [(MEMORY_SECONDS, []), (MEMORY_SECONDS + 1, [IMAGE])], ids=["fresh", "old"]
)
def test_an_answer_holds_for_a_while(
    tmp_path: Path, config: Config, later: float, asked: list[str]
) -> None:
    decide(PYTHON, config, BaseMode.AUTO, memory=memory(tmp_path), probe=Registry(IMAGE))
    registry = Registry(IMAGE)

    decide(PYTHON, config, BaseMode.AUTO, memory=memory(tmp_path, later), probe=registry)

    assert registry.asked == asked


def test_a_registry_that_could_not_be_asked_is_asked_again(tmp_path: Path, config: Config) -> None:
    first = decide(PYTHON, config, BaseMode.AUTO, memory=memory(tmp_path), probe=lambda _: None)
    registry = Registry(IMAGE)
    second = decide(PYTHON, config, BaseMode.AUTO, memory=memory(tmp_path), probe=registry)

    assert (first.world, second.world) == (World.SOURCE, World.REGISTRY)
    assert registry.asked == [IMAGE]


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_damaged_memory_is_no_memory(tmp_path: Path, config: Config, text: str) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "registry.json").write_text(text)
    registry = Registry(IMAGE)

    decide(PYTHON, config, BaseMode.AUTO, memory=memory(tmp_path), probe=registry)

    assert registry.asked == [IMAGE]
