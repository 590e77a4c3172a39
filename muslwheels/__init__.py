# SPDX-License-Identifier: MIT
"""Builds musl wheels (PEP 656) of PyPI projects and delivers them as files and images."""
