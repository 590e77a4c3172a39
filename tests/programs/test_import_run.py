# SPDX-License-Identifier: MIT
import json
import subprocess
import venv
import zipfile

import import_test
import pytest


@pytest.fixture
def run(tmp_path):
    """Unpack a wheel of these files into a Python of its own and test it there."""
    python = tmp_path / "venv"
    venv.create(python, symlinks=True)
    wheel = tmp_path / "m-1-py3-none-any.whl"
    (site,) = python.glob("lib/python*/site-packages")
    result = tmp_path / "result.json"

    def run(files, **environ):
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
        done = subprocess.run(
            [python / "bin/python", "-I", import_test.__file__, "--result", result, wheel],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return done, json.loads(result.read_text()) if result.exists() else None

    return run


def test_what_was_imported_is_reported(run):
    done, result = run({"one.py": "print('hello')", "two/__init__.py": ""}, CHECK="import one")

    assert (done.returncode, done.stderr) == (0, "")
    assert result == {"imports": ["one", "two"], "skipped": {}, "check": True}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raise ImportError('no luck')", "import failed: bad: ImportError: no luck"),
        ("import absent_module", "ModuleNotFoundError: No module named 'absent_module'"),
        ("raise SystemExit(0)", "import failed: bad: SystemExit: 0"),
        ("import os; os.kill(os.getpid(), 11)", "import failed: bad: killed by SIGSEGV"),
        ("import os; os._exit(3)", "import failed: bad: exit 3"),
        ("import os; os._exit(0)", "import failed: bad: exit 0"),
    ],
    ids=["raises", "misses a module", "leaves", "crashes", "exits", "exits with 0"],
)
def test_a_top_level_that_does_not_import_fails(run, text, message):
    done, result = run({"bad.py": text})

    assert done.returncode == 1
    assert message in done.stderr.splitlines()[-1]
    assert result is None


def test_named_imports_replace_those_found(run):
    done, result = run({"bad.py": "raise ImportError", "good.py": ""}, IMPORTS="good")

    assert done.returncode == 0
    assert result["imports"] == ["good"]


def test_a_failing_check_fails(run):
    done, _ = run({"good.py": ""}, CHECK="assert 1 == 2, 'sums'")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "check failed: AssertionError: sums"


def test_a_wheel_without_modules_fails(run):
    done, _ = run({"m-1.dist-info/METADATA": ""})

    assert done.returncode == 1
    assert "it holds nothing that can be imported" in done.stderr
