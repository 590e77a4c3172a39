# SPDX-License-Identifier: MIT
import zipfile
from dataclasses import replace
from pathlib import Path

import gates
import pytest

TARGET = gates.Target.from_environment(
    {
        "PYTHON": "3.13",
        "MACHINE": "x86_64",
        "LOADER": "/lib/ld-musl-x86_64.so.1",
        "ALPINE_ARCH": "x86_64",
        "FLAVOUR": "shared",
        "ORIGIN": "built",
    }
)
LIBC = "libc.musl-x86_64.so.1"


def elf(path="m.so", **facts):
    return gates.Elf(path, **{"machine": "EM_X86_64", "bits": 64, "big_endian": False, **facts})


MUSL = elf("ld-musl-x86_64.so.1", defined=frozenset({"malloc", "free"}))
PYTHON = elf("libpython3.13.so.1.0", defined=frozenset({"PyModule_Create2"}))
EXTENSION = elf(
    "m.cpython-313-x86_64-linux-musl.so",
    needed=(LIBC,),
    undefined=frozenset({"malloc", "PyModule_Create2"}),
    defined=frozenset({"PyInit_m"}),
)
SHARED = "m-1-cp313-cp313-musllinux_1_2_x86_64.whl"


def libraries(*more):
    known = {each.path: each for each in (MUSL, PYTHON, *more)}
    return gates.Libraries((), read={"libpython3.13.so.1.0": None, **known})


class NoOther(dict):
    """Knows what it was given, and that nothing else is there."""

    def __contains__(self, key):
        return True

    def __getitem__(self, key):
        return self.get(key)


def problems(filename, *elves, target=TARGET, extra=()):
    known = libraries(*extra)
    known.read = NoOther(known.read)
    return gates.problems(gates.Wheel(filename, elves), target, known)


def test_a_right_wheel_passes():
    assert problems(SHARED, EXTENSION) == []


def test_a_grafted_library_passes():
    grafted = elf("m.libs/libffi-abc.so.8", needed=(LIBC,), defined=frozenset({"ffi_call"}))
    wants = replace(
        EXTENSION, needed=("libffi-abc.so.8", LIBC), undefined=frozenset({"ffi_call", "free"})
    )

    assert problems(SHARED, wants, grafted) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            {"machine": "EM_ARM", "bits": 32}, "EM_ARM of 32 bits: not for x86_64", id="machine"
        ),
        pytest.param({"big_endian": True}, "not for x86_64", id="byte order"),
        pytest.param({"needed": ("libc.so.6",)}, "linked with glibc (libc.so.6)", id="glibc"),
        pytest.param(
            {"needed": ("libxml2.so.2", LIBC)},
            "needs libxml2.so.2, which is neither in the wheel nor the base",
            id="library",
        ),
        pytest.param(
            {"undefined": frozenset({"malloc", "qsort_s"})},
            "wants symbols that nobody has: qsort_s",
            id="symbol",
        ),
    ],
)
def test_a_wrong_elf_file_is_refused(change, sentence):
    (problem,) = problems(SHARED, replace(EXTENSION, **change))

    assert sentence in problem


@pytest.mark.parametrize(
    ("filename", "sentence"),
    [
        ("m-1-cp313-cp313-linux_x86_64.whl", "platform tag linux_x86_64"),
        ("m-1-cp313-cp313-musllinux_1_2_aarch64.whl", "does not say x86_64"),
        ("m-1-cp314-cp314-musllinux_1_2_x86_64.whl", "does not fit Python 3.13"),
        ("m-1-cp312-cp312-musllinux_1_2_x86_64.whl", "does not fit Python 3.13"),
        ("m-1-py3-none-any.whl", "tagged `any` but holds ELF files"),
    ],
)
def test_a_wrong_tag_is_refused(filename, sentence):
    (problem,) = problems(filename, EXTENSION)

    assert sentence in problem


@pytest.mark.parametrize(
    "filename",
    [
        "m-1-cp39-abi3-musllinux_1_1_x86_64.whl",
        "m-1-py3-none-musllinux_1_2_x86_64.whl",
        "m-1-2-cp313-cp313-musllinux_1_2_x86_64.whl",
    ],
)
def test_tags_that_fit_pass(filename):
    assert problems(filename, EXTENSION) == []


@pytest.mark.parametrize(
    ("flavour", "origin", "platform", "fits"),
    [
        ("no-shared", "built", "linux_x86_64", True),
        ("no-shared", "built", "musllinux_1_2_x86_64", False),
        ("no-shared", "taken", "musllinux_1_2_x86_64", True),
        ("shared", "taken", "linux_x86_64", False),
    ],
)
def test_the_platform_tag_follows_the_flavour(flavour, origin, platform, fits):
    target = gates.Target.from_environment(
        {
            "PYTHON": "3.13",
            "MACHINE": "x86_64",
            "LOADER": "/lib/ld-musl-x86_64.so.1",
            "ALPINE_ARCH": "x86_64",
            "FLAVOUR": flavour,
            "ORIGIN": origin,
        }
    )

    found = problems(f"m-1-cp313-cp313-{platform}.whl", EXTENSION, target=target)

    assert (found == []) is fits


@pytest.mark.parametrize(
    ("machine", "architecture", "neon", "fits"),
    [
        ("armv6l", 7, False, True),
        ("armv6l", 10, False, False),
        ("armv7l", 10, False, True),
        ("armv7l", 10, True, False),
        ("armv6l", None, False, False),
    ],
)
def test_arm_files_keep_to_the_baseline(machine, architecture, neon, fits):
    musl = elf("ld-musl-armhf.so.1", machine="EM_ARM", bits=32)
    file = replace(musl, path="m.so", arm_architecture=architecture, neon=neon)

    assert (gates.machine_problems(file, musl, machine) == []) is fits


def test_a_base_without_musl_is_said():
    wheel = gates.Wheel(SHARED, (EXTENSION,))

    found = gates.problems(wheel, TARGET, gates.Libraries((Path("/nonexistent"),)))

    assert found == ["the base image has no ld-musl-x86_64.so.1 to hold it against"]


def test_a_pure_wheel_from_extension_sources_is_suspicious():
    wheel = gates.Wheel("m-1-py3-none-any.whl", (), ("src/m.c",))

    assert gates.warnings(wheel) == [
        "it is pure, though its sdist holds src/m.c: an extension left out?"
    ]


def test_a_symbol_of_a_later_musl_is_told():
    wheel = gates.Wheel(SHARED, (replace(EXTENSION, undefined=frozenset({"malloc", "qsort_r"})),))

    assert gates.warnings(wheel) == [
        f"{EXTENSION.path} wants qsort_r, which musl has since 1.2.3 only"
    ]


def test_needed_libraries_leave_out_the_grafted_ones():
    grafted = elf("m.libs/libffi-abc.so.8", needed=(LIBC,))
    wants = replace(EXTENSION, needed=("libffi-abc.so.8", "libz.so.1", LIBC))

    wheel = gates.Wheel(SHARED, (wants, grafted))

    assert wheel.needed == (LIBC, "libz.so.1")
    assert gates.report(wheel, TARGET)["needed"] == ["libz.so.1"]
    assert gates.report(wheel, TARGET)["grafted"] == ["m.libs/libffi-abc.so.8"]


def test_real_elf_files_are_read_from_a_wheel(tmp_path):
    """The Python that runs the tests is an ELF file everywhere this project is developed."""
    import _ctypes

    path = tmp_path / "m-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(_ctypes.__file__, "m/_ctypes.so")
        archive.writestr("m/__init__.py", "")

    (found,) = gates.read_wheel(path).elves

    assert found.path == "m/_ctypes.so"
    assert "PyInit__ctypes" in found.defined
    assert any(name.startswith("Py") for name in found.undefined)
    assert any(name.startswith("libc.") for name in found.needed)
