# SPDX-License-Identifier: MIT
import import_test
import pytest

SUFFIXES = [".cpython-313-x86_64-linux-musl.so", ".abi3.so", ".so"]


@pytest.mark.parametrize(
    ("files", "exporting", "tops", "extensions"),
    [
        pytest.param(
            ["cffi/__init__.py", "cffi/api.py", "_cffi_backend.cpython-313-x86_64-linux-musl.so"],
            ["_cffi_backend.cpython-313-x86_64-linux-musl.so"],
            ("_cffi_backend", "cffi"),
            ("_cffi_backend",),
            id="package and top-level extension",
        ),
        pytest.param(
            ["nacl/__init__.py", "nacl/_sodium.abi3.so", "nacl/libother.so"],
            ["nacl/_sodium.abi3.so"],
            ("nacl",),
            ("nacl._sodium",),
            id="extension in a package, and a plain library",
        ),
        pytest.param(
            ["space/one/__init__.py", "space/two.py", "space/one/deep/__init__.py"],
            [],
            ("space.one", "space.two"),
            (),
            id="namespace package",
        ),
        pytest.param(
            ["m-1.data/platlib/m.py", "m-1.data/scripts/run.py", "m-1.dist-info/x.py"],
            [],
            ("m",),
            (),
            id="data folders",
        ),
        pytest.param(
            ["tests/__init__.py", "m/__init__.py", "m/tests/_t.abi3.so", "m/__main__.py"],
            ["m/tests/_t.abi3.so"],
            ("m",),
            (),
            id="tests are left out",
        ),
        pytest.param(["m.libs/libz-1.so.1", "m/py.typed"], [], (), (), id="nothing to import"),
    ],
)
def test_modules_of_a_wheel(files, exporting, tops, extensions):
    found = import_test.modules(files, SUFFIXES, frozenset(exporting))

    assert found == (tops, extensions)


@pytest.mark.parametrize(
    ("missing", "foreign"), [("numpy", True), ("m.part", False), ("m", False), ("", True)]
)
def test_only_other_projects_modules_may_be_missing(missing, foreign):
    contents = import_test.Contents(("m",), ("m._fast",))

    assert import_test.is_foreign(missing, contents) is foreign
