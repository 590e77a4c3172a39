# SPDX-License-Identifier: MIT
import json
import subprocess
import sys
from pathlib import Path

import crosswheel


def test_a_changed_process_and_its_children_report_the_target(tmp_path):
    """In a child, since the change is to the whole process."""
    (tmp_path / "_sysconfigdata_crosswheel.py").write_text(
        "build_time_vars = {'EXT_SUFFIX': '.target.so', 'installed_base': '/sysroot/usr/local',"
        " 'SOABI': 'cpython-target'}"
    )
    config = tmp_path / "crosswheel.json"
    config.write_text(
        json.dumps(
            {
                "folder": str(tmp_path),
                "sysconfigdata": "_sysconfigdata_crosswheel",
                "platform": "linux-armv6l",
                "machine": "armv6l",
                "multiarch": "arm-linux-musleabihf",
            }
        )
    )
    report = (
        "import json, os, platform, sysconfig;"
        "print(json.dumps([platform.machine(), os.uname().machine, sysconfig.get_platform(),"
        " sysconfig.get_config_var('EXT_SUFFIX'), sysconfig.get_path('include')[:18]]))"
    )
    code = f"""
import os, subprocess, sys, sysconfig
sysconfig.get_config_vars()
import crosswheel
crosswheel.activate({str(config)!r})
{report}
sys.stdout.flush()
subprocess.run([sys.executable, "-c", "import crosswheel; crosswheel.start(); " + {report!r}],
               check=True)
"""
    environ = {
        "PYTHONPATH": str(Path(crosswheel.__file__).parent),
        "CROSSWHEEL_CONFIG": str(config),
    }

    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )

    expected = ["armv6l", "armv6l", "linux-armv6l", ".target.so", "/sysroot/usr/local"]
    assert [json.loads(line) for line in done.stdout.splitlines()] == [expected, expected]
