# SPDX-License-Identifier: MIT
"""Nothing here is of any platform."""
