# SPDX-License-Identifier: MIT
"""A TOML table read key by key: every value typed at once, every fault kept with its path.

A reader takes a value as TOML has it to what we want of it, or raises Fault with the reason.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

from muslwheels.errors import close_names

T = TypeVar("T")
D = TypeVar("D")
E = TypeVar("E", bound=Enum)

Reader: TypeAlias = Callable[[object], T]

BARE_KEY: Final = frozenset(string.ascii_letters + string.digits + "_-")  # TOML's bare keys


class Fault(Exception):  # noqa: N818 - not an error yet: the table collects it
    """One value that cannot be read; the table knows its path."""


class Table:
    """A table being read. What nobody has read when it is closed is an unknown key."""

    def __init__(self, mapping: Mapping[str, object], path: str, faults: list[str]) -> None:
        self.mapping = mapping
        self.path = path
        self.faults = faults  # shared by all tables of a file
        self.known: list[str] = []

    def fault(self, key: str, reason: str) -> None:
        """Note a fault at a key of this table."""
        self.faults.append(f"{_dotted(self.path, key)}: {reason}".rstrip())

    def read(self, key: str, reader: Reader[T], default: D) -> T | D:
        """Read one value, or note a fault; the default stands for a missing or faulty one."""
        self.known.append(key)
        if key not in self.mapping:
            return default
        try:
            return reader(self.mapping[key])
        except Fault as fault:
            self.fault(key, str(fault))
        return default

    def need(self, key: str, reader: Reader[T], default: D) -> T | D:
        """Read one value that must be there."""
        if key not in self.mapping:
            self.fault(key, "it is missing.")
        return self.read(key, reader, default)

    def given(self, readers: Mapping[str, Reader[Any]]) -> dict[str, Any]:
        """Read those of several values that are there, as keyword arguments."""
        values = {key: self.read(key, reader, None) for key, reader in readers.items()}
        return {key: value for key, value in values.items() if value is not None}

    def table(self, key: str) -> Table:
        """The table below a key, empty where there is none."""
        return Table(self.read(key, mapping, {}), _dotted(self.path, key), self.faults)

    def tables(self, key: str) -> list[Table]:
        """The array of tables below a key."""
        path = _dotted(self.path, key)
        found = self.read(key, list_of(mapping), ())
        return [Table(each, f"{path}[{at}]", self.faults) for at, each in enumerate(found)]

    def close(self) -> None:
        """Note every key that was not read."""
        for key in self.mapping:
            if key not in self.known:
                self.fault(key, f"unknown key. {hint(key, self.known)}")


def hint(name: str, known: Iterable[str]) -> str:
    """A sentence with the names close to one, or with all there are."""
    known = list(known)
    return close_names(name, known) or f"Known: {', '.join(known)}."


def frozen(given: Mapping[Any, T]) -> Mapping[Any, T]:
    """A read-only copy."""
    return MappingProxyType(dict(given))


def _dotted(path: str, key: str) -> str:
    name = key if key and set(key) <= BARE_KEY else f'"{key}"'
    return f"{path}.{name}" if path else name


def _of(kind: type[T], wanted: str) -> Reader[T]:
    def read(value: object) -> T:
        # bool is an int to Python, never to a reader of TOML
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Fault(f"{wanted} is wanted, not {value!r}.")
        return value

    return read


any_text = _of(str, "a string")
boolean = _of(bool, "true or false")
mapping: Reader[Mapping[str, object]] = _of(dict, "a table")
_any_list: Reader[list[object]] = _of(list, "a list")


def text(value: object) -> str:
    """A string with something in it."""
    if not (found := any_text(value)):
        raise Fault("it must not be empty; leave the key out instead.")
    return found


def list_of(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list, each item by the given reader."""
    return lambda value: tuple(reader(each) for each in _any_list(value))


def set_of(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list with at least one item, and none twice, in its own order."""

    def read(value: object) -> tuple[T, ...]:
        found = list_of(reader)(value)
        if not found:
            raise Fault("at least one is wanted.")
        for each in found:
            if found.count(each) > 1:
                raise Fault(f"{each} stands there twice.")
        return found

    return read


def values_of(reader: Reader[T]) -> Reader[Mapping[str, T]]:
    """A table with any keys, each value by the given reader."""
    return lambda value: frozen({key: reader(each) for key, each in mapping(value).items()})


def one_or_more(value: object) -> tuple[str, ...]:
    """A string, or a list of strings."""
    return (value,) if isinstance(value, str) else list_of(any_text)(value)


def member(kind: type[E]) -> Reader[E]:
    """An enum's member by its value."""
    return lambda value: kind(one_of([each.value for each in kind], any_text)(value))


def one_of(known: Iterable[T], reader: Reader[T]) -> Reader[T]:
    """One of those known; with none known (because they had faults) any will do."""
    names = {str(each): each for each in known}

    def read(value: object) -> T:
        found = reader(value)
        if names and str(found) not in names:
            raise Fault(f"{str(found)!r} is unknown here. {hint(str(found), names)}")
        return found

    return read
