# SPDX-License-Identifier: MIT
import subprocess

from setuptools import setup

subprocess.run(["sleep", "86418"], check=True)  # seconds that no other process sleeps
setup()
