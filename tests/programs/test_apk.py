# SPDX-License-Identifier: MIT
import subprocess
from pathlib import Path

import pytest
import settings

APK = Path(settings.__file__).with_name("apk.sh")


@pytest.fixture
def apk(tmp_path):
    """Our `apk`, on a sysroot that has zlib and nothing else."""
    packages = tmp_path / "usr/share/musl-wheels/packages"
    packages.parent.mkdir(parents=True)
    packages.write_text("zlib-dev libz\n")

    def apk(*arguments):
        return subprocess.run(
            ["sh", APK, *arguments],
            env={"SYSROOT": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    return apk


@pytest.mark.parametrize(
    "line",
    [
        "add zlib-dev",
        "-U add zlib-dev",
        "add --no-cache --virtual .build zlib-dev tar",
        "add --no-cache -t .build zlib-dev",
        "add zlib-dev>=1.2",
        "del .build",
        "add tar",
        "update",
    ],
)
def test_what_the_base_has_can_be_added(apk, line):
    done = apk(*line.split())

    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_base_lacks_is_named(apk):
    done = apk("add", "--no-cache", "zlib-dev", "libxml2-dev", "openssl-dev")

    assert done.returncode == 1
    assert "does not have: libxml2-dev openssl-dev\n" in done.stderr
    assert "It has what Python itself needs: zlib-dev\n" in done.stderr


def test_other_commands_are_refused(apk):
    done = apk("audit")

    assert done.returncode == 1
    assert "not for module scripts: audit" in done.stderr
