# SPDX-License-Identifier: MIT
"""The answer, without a compiler."""

ANSWER = 42
