# SPDX-License-Identifier: MIT
from setuptools import Distribution, setup


class PlatformDistribution(Distribution):
    """Says that there are extension modules, though there are none."""

    def has_ext_modules(self) -> bool:
        return True


setup(distclass=PlatformDistribution)
