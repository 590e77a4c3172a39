#!/bin/sh
# SPDX-License-Identifier: MIT
# Use pip once, so that its byte code is kept: images come without, and compiling it takes pip
# longer than installing a wheel. The bundled wheel is ensurepip's.
set -eu

python3 -m pip install --quiet --no-index --no-deps --no-compile --no-cache-dir --target /tmp/warm \
    --disable-pip-version-check --root-user-action ignore \
    "$(find /usr/local/lib/python3*/ensurepip/_bundled -name 'pip-*.whl')"
rm -r /tmp/warm
