# SPDX-License-Identifier: MIT
import shlex
import subprocess

import settings


def test_values_reach_the_shell_unharmed():
    value = "a 'b' $(touch x) \"c\"\n`d`"
    lines = "\n".join(settings.exports({"VALUE": value}))

    done = subprocess.run(
        ["sh", "-c", f'{lines}\nprintf %s "$VALUE"'], capture_output=True, text=True, check=True
    )

    assert done.stdout == value
    assert shlex.split(lines)[1] == f"VALUE={value}"
