# SPDX-License-Identifier: MIT
"""Which version of a project, and which of everything it needs, for a Python and architecture.

Versions are chosen as pip does (PEP 440, 508, 592, `requires-python`), but for the target's
environment instead of the running one. The search itself is resolvelib's.
"""

from __future__ import annotations

import contextlib
import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from resolvelib import (
    AbstractProvider,
    BaseReporter,
    ResolutionImpossible,
    ResolutionTooDeep,
)
from resolvelib import Resolver as Search

from muslwheels.architecture import Architecture
from muslwheels.errors import MuslWheelsError, ReleaseError, close_names
from muslwheels.refusal import because, no_file, sentence, unknown_version, wrong_python
from muslwheels.release import File, Index, Metadata
from muslwheels.target import Flavour, PythonVersion
from muslwheels.wheel import fits, is_pure

MAX_ROUNDS = 2000  # steps of one search; real ones take tens

# Base images follow a Python's newest patch release, whose number is not known beforehand:
# markers and requires-python that name a patch release mean one that is already out.
PATCH = 99


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Where a wheel is to be installed."""

    python: PythonVersion
    arch: Architecture

    @property
    def full_python(self) -> Version:
        """The Python's version as `requires-python` sees it."""
        return Version(f"{self.python}.{PATCH}")

    @property
    def markers(self) -> dict[str, str]:
        """Values of PEP 508's environment markers there."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.{PATCH}",
            "os_name": "posix",
            "platform_machine": self.arch.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.{PATCH}",
            "python_version": str(self.python),
            "sys_platform": "linux",
        }

    def __str__(self) -> str:
        return f"Python {self.python} on {self.arch}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One release, with the extras that were asked for."""

    name: NormalizedName
    version: Version
    extras: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """A project and everything it needs at run time, one version each."""

    versions: Mapping[NormalizedName, Version]
    requires: Mapping[NormalizedName, tuple[NormalizedName, ...]]  # direct dependencies, sorted
    notes: tuple[str, ...] = ()


Key = tuple[NormalizedName, frozenset[str]]
Answer = TypeVar("Answer")


class Resolver:
    """Answers for one index; an answer that no marker or wheel ties to an architecture is shared.

    `known` are names to suggest in place of one the index does not have.
    """

    def __init__(self, index: Index, known: Iterable[str] = ()) -> None:
        self._index = index
        self._known = tuple(known)
        self._providers: dict[Environment, _Provider] = {}
        self._answers: dict[tuple[object, ...], Any] = {}  # an answer, or the error in its place

    def check(self, name: NormalizedName, version: Version | None) -> None:
        """Raise ReleaseError unless the index has the project, and the version if one is given."""
        try:
            project = self._index.project(name)
        except ReleaseError as error:
            names = {*self._known, *self._index.known_names()} - {name}
            hint = close_names(name, sorted(names)) or error.hint
            raise ReleaseError(error.message, hint=hint) from None
        if version is not None and version not in project.releases:
            raise unknown_version(name, str(version), project.releases)

    def choose(self, name: NormalizedName, version: Version | None, where: Environment) -> Version:
        """The version asked for, or the newest stable one that Python and architecture accept.

        Raises ReleaseError saying why there is none.
        """
        requirement = Requirement(f"{name}=={version}" if version else name)
        return self._shared(
            ("choose", name, version), where, lambda provider: provider.newest(requirement)
        )

    def yanked(self, name: NormalizedName, version: Version) -> str | None:
        """Why a release was yanked, maybe without words; None if it was not."""
        files = self._index.project(name).releases[version]
        reasons = [file.yanked for file in files]
        return next(filter(None, reasons), "") if files and None not in reasons else None

    def prefetch(self, wanted: Mapping[NormalizedName, tuple[Version | None, Environment]]) -> None:
        """Have the index fetch what resolving these will likely ask for, a generation at a time.

        Only a guess at what a search would try first: whatever goes wrong, or is missing, shows
        when it is asked for.
        """
        seen: set[NormalizedName] = set()
        while wanted := {name: wanted[name] for name in wanted if name not in seen}:
            seen.update(wanted)
            self._index.prefetch(wanted)
            chosen = dict(self._first_choices(wanted))
            self._index.prefetch_metadata((name, one[0]) for name, one in chosen.items())
            wanted = dict(self._next_generation(chosen))

    def _first_choices(
        self, wanted: Mapping[NormalizedName, tuple[Version | None, Environment]]
    ) -> Iterator[tuple[NormalizedName, tuple[Version, Environment]]]:
        for name, (version, where) in wanted.items():
            with contextlib.suppress(MuslWheelsError):
                yield name, (self.choose(name, version, where), where)

    def _next_generation(
        self, chosen: Mapping[NormalizedName, tuple[Version, Environment]]
    ) -> Iterator[tuple[NormalizedName, tuple[None, Environment]]]:
        for name, (version, where) in chosen.items():
            with contextlib.suppress(MuslWheelsError):
                candidate = Candidate(name=name, version=version)
                for requirement in self._provider(where).get_dependencies(candidate):
                    yield canonicalize_name(requirement.name), (None, where)

    def _provider(self, where: Environment) -> _Provider:
        if where not in self._providers:
            self._providers[where] = _Provider(self._index, where)
        return self._providers[where]

    def resolve(self, name: NormalizedName, version: Version, where: Environment) -> Resolution:
        """A release with its dependencies, newest first.

        Raises ReleaseError that names the requirements in conflict, or what is missing.
        """
        return self._shared(
            ("resolve", name, version), where, lambda provider: provider.resolve(name, version)
        )

    def _shared(
        self,
        question: tuple[object, ...],
        where: Environment,
        ask: Callable[[_Provider], Answer],
    ) -> Answer:
        everywhere, here = (*question, where.python), (*question, where)
        key = everywhere if everywhere in self._answers else here
        if key not in self._answers:
            provider = self._provider(where)
            provider.met.clear()
            try:
                answer: Answer | MuslWheelsError = ask(provider)
            except MuslWheelsError as error:
                answer = error
            key = here if provider.met & provider.tied else everywhere
            self._answers[key] = answer
        found: Answer | MuslWheelsError = self._answers[key]
        if isinstance(found, MuslWheelsError):
            raise found
        return found


class _Provider(AbstractProvider[Requirement, Candidate, Key]):
    """resolvelib's view of the index from one environment."""

    def __init__(self, index: Index, where: Environment) -> None:
        self.where = where
        self.met: set[NormalizedName] = set()  # projects the current question came across
        self.tied: set[NormalizedName] = set()  # projects whose answers the architecture changes
        self._index = index
        self._markers = where.markers
        self._python = where.full_python
        self._usable: dict[tuple[NormalizedName, Version, bool], bool] = {}
        self._needs: dict[Candidate, tuple[Requirement, ...]] = {}

    def newest(self, requirement: Requirement) -> Version:
        """The version that answers a requirement by itself."""
        name = canonicalize_name(requirement.name)
        for version in self._versions(name, [requirement]):
            return version
        raise self._nothing_fits(name, requirement.specifier)

    def resolve(self, name: NormalizedName, version: Version) -> Resolution:
        """The search itself, and its failures in words."""
        search = Search(self, BaseReporter[Requirement, Candidate, Key]())
        try:
            result = search.resolve([Requirement(f"{name}=={version}")], max_rounds=MAX_ROUNDS)
        except ResolutionImpossible as error:
            raise self._conflict(error.causes) from None
        except ResolutionTooDeep:
            raise ReleaseError(
                f"{name} {version}: no set of dependencies found in {MAX_ROUNDS} steps.",
                hint="Give one of its dependencies as a target with a version of its own.",
            ) from None
        edges = [
            (parent[0], child[0])
            for parent in result.mapping
            for child in result.graph.iter_children(parent)
            if child is not None
        ]
        versions = {key[0]: result.mapping[key].version for key in sorted(result.mapping, key=str)}
        return Resolution(
            versions=versions,
            requires={
                one: tuple(sorted({to for at, to in edges if at == one and to != one}))
                for one in versions
            },
            notes=tuple(
                f"The dependencies of {one} {chosen} cannot be read before it is built: "
                "planned as if it had none but those it states."
                for one, chosen in versions.items()
                if not self._metadata(one, chosen).known
            ),
        )

    # What resolvelib asks.

    def identify(self, requirement_or_candidate: Requirement | Candidate) -> Key:
        """A project with some extras is searched for beside the project itself."""
        return (
            canonicalize_name(requirement_or_candidate.name),
            frozenset(requirement_or_candidate.extras),
        )

    def get_preference(
        self,
        identifier: Key,
        resolutions: Mapping[Key, Candidate],
        candidates: Mapping[Key, Iterator[Candidate]],
        information: Mapping[Key, Iterator[Any]],
        backtrack_causes: Sequence[Any],
    ) -> tuple[bool, bool, str, list[str]]:
        """Conflicts first, then what is pinned, then by name: the same order every time."""
        del resolutions, candidates
        in_conflict = any(
            self.identify(cause.requirement) == identifier for cause in backtrack_causes
        )
        pinned = any(pins(item.requirement.specifier) for item in information[identifier])
        return not in_conflict, not pinned, identifier[0], sorted(identifier[1])

    def find_matches(
        self,
        identifier: Key,
        requirements: Mapping[Key, Iterator[Requirement]],
        incompatibilities: Mapping[Key, Iterator[Candidate]],
    ) -> Callable[[], Iterator[Candidate]]:
        """Candidates, newest first; each is only looked at when it is its turn."""
        name, extras = identifier
        wanted = list(requirements[identifier])
        refused = {candidate.version for candidate in incompatibilities[identifier]}
        return lambda: (
            Candidate(name=name, version=version, extras=extras)
            for version in self._versions(name, wanted)
            if version not in refused
        )

    def is_satisfied_by(self, requirement: Requirement, candidate: Candidate) -> bool:
        """Whether a version chosen for other requirements will do for this one."""
        return requirement.specifier.contains(candidate.version, prereleases=True)

    def get_dependencies(self, candidate: Candidate) -> tuple[Requirement, ...]:
        """What a release needs where we are."""
        if candidate not in self._needs:
            self._needs[candidate] = tuple(self._dependencies(candidate))
        return self._needs[candidate]

    # What we ask the index.

    def _metadata(self, name: NormalizedName, version: Version) -> Metadata:
        return self._index.metadata(name, version)

    def _dependencies(self, candidate: Candidate) -> Iterator[Requirement]:
        if candidate.extras:
            yield Requirement(f"{candidate.name}=={candidate.version}")
        for requirement in self._metadata(candidate.name, candidate.version).requires_dist:
            if requirement.marker and "platform_machine" in str(requirement.marker):
                self.tied.add(candidate.name)
            if self._applies(requirement, candidate.extras):
                yield requirement

    def _applies(self, requirement: Requirement, extras: frozenset[str]) -> bool:
        marker = requirement.marker
        return marker is None or any(
            marker.evaluate({**self._markers, "extra": extra}) for extra in extras or ("",)
        )

    def _versions(self, name: NormalizedName, wanted: Sequence[Requirement]) -> Iterator[Version]:
        """Versions that answer all requirements and can be had here, newest first.

        Pre-releases come in where a requirement names one, or where nothing else is left
        (PEP 440); yanked releases only where one is named exactly (PEP 592).
        """
        self.met.add(name)
        specifier = functools.reduce(operator.and_, (item.specifier for item in wanted))
        early = bool(specifier.prereleases)
        left: list[Version] = []
        found = False
        for version in self._index.project(name).releases:
            if not specifier.contains(version, prereleases=True):
                continue
            if version.is_prerelease and not early:
                left.append(version)
            elif self._is_usable(name, version, pins(specifier)):
                found = True
                yield version
        if not found:
            yield from (one for one in left if self._is_usable(name, one, pins(specifier)))

    def _is_usable(self, name: NormalizedName, version: Version, pinned: bool) -> bool:  # noqa: FBT001 (cache key)
        key = (name, version, pinned)
        if key not in self._usable:
            files = self._index.project(name).releases[version]
            self._usable[key] = self._has_file(
                name, [file for file in files if pinned or file.yanked is None]
            ) and self._accepts_python(name, version, files)
        return self._usable[key]

    def _has_file(self, name: NormalizedName, files: Iterable[File]) -> bool:
        files = [file for file in files if self._accepts(file.requires_python)]
        if any(not file.is_wheel or is_pure(file.filename) for file in files):
            return True
        self.tied.add(name)
        where = self.where
        return any(fits(file.filename, where.python, where.arch, Flavour.SHARED) for file in files)

    def _accepts_python(
        self, name: NormalizedName, version: Version, files: Iterable[File]
    ) -> bool:
        """Ask the metadata where the index's page is silent about `requires-python`."""
        if any(file.requires_python for file in files):
            return True
        return self._accepts(self._metadata(name, version).requires_python)

    def _accepts(self, requires_python: SpecifierSet | None) -> bool:
        return requires_python is None or requires_python.contains(self._python, prereleases=True)

    # What we say where there is no answer.

    def _conflict(self, causes: Iterable[Any]) -> ReleaseError:
        """Name the requirements that cannot be met together, or the one that cannot at all."""
        needs = {(str(item.requirement), str(item.parent or "")): item for item in causes}
        for _, item in sorted(needs.items()):
            name = canonicalize_name(item.requirement.name)
            if not any(self._versions(name, [item.requirement])):
                error = self._nothing_fits(name, item.requirement.specifier)
                if item.parent is None:
                    return error
                return ReleaseError(f"{sentence(item)}. {error.message}", hint=error.hint)
        sentences = [sentence(item) for _, item in sorted(needs.items())]
        names = sorted({canonicalize_name(item.requirement.name) for item in needs.values()})
        return ReleaseError(
            f"Requirements in conflict for {self.where}: {'; '.join(sentences)}.",
            hint=f"No version of {', '.join(names)} meets them all. "
            "Give an older or newer version of the target.",
        )

    def _nothing_fits(self, name: NormalizedName, specifier: SpecifierSet) -> ReleaseError:
        releases = self._index.project(name).releases
        matching = [one for one in releases if specifier.contains(one, prereleases=True)]
        if not matching:
            return unknown_version(name, str(specifier), releases)
        version = next((one for one in matching if not one.is_prerelease), matching[0])
        files = releases[version]
        accepting = [file for file in files if self._accepts(file.requires_python)]
        if not accepting or not self._accepts_python(name, version, files):
            return wrong_python(name, version, self.where.python, files)
        if all(file.yanked is not None for file in accepting):
            return ReleaseError(
                f"{name} {version} was yanked by its authors{because(accepting[0].yanked)}.",
                hint=f"To use it all the same, name it exactly: {name}=={version}.",
            )
        return no_file(name, version, str(self.where), releases)


def pins(specifier: SpecifierSet) -> bool:
    """Whether one exact version is named (`==1.0`), which is what yanked ones take (PEP 592)."""
    return any(
        one.operator in {"==", "==="} and not one.version.endswith(".*") for one in specifier
    )
