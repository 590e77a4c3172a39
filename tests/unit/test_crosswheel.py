# SPDX-License-Identifier: MIT
import crosswheel
import pytest

HOOK = ["/usr/bin/python3", "/site-packages/pip/_vendor/pyproject_hooks/_in_process/_in_process.py"]


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        pytest.param(HOOK, {"CROSSWHEEL_CONFIG": "x"}, True, id="backend hook"),
        pytest.param(["python3", "-m", "pip"], {"CROSSWHEEL_CONFIG": "x"}, False, id="pip itself"),
        pytest.param(HOOK, {}, False, id="no target"),
        pytest.param(
            ["python3", "-c", "pass"],
            {"CROSSWHEEL_CONFIG": "x", "CROSSWHEEL_ACTIVE": "1"},
            True,
            id="child of a hook",
        ),
        pytest.param(
            ["python3", "a", "b", "c", "_in_process.py"],
            {"CROSSWHEEL_CONFIG": "x"},
            False,
            id="some program's late argument",
        ),
    ],
)
def test_only_backend_processes_are_changed(arguments, environ, expected):
    assert crosswheel.is_wanted(arguments, environ) is expected
