#!/bin/sh
# SPDX-License-Identifier: MIT
# Hold the candidate wheel against the gates; /base is the target's root, /checked gets the facts.
set -eu

wheel=$(find /candidate/wheels -name '*.whl')
mkdir -p /checked
if [ "$ORIGIN" = taken ] && ! echo "$SDIST_SHA256  $wheel" | sha256sum -c >/dev/null 2>&1; then
    echo "fetch failed: $(basename "$wheel"): its sha256 is not $SDIST_SHA256" >&2
    exit 1
fi
python3 /run/wheel/gates.py check "$wheel" --root /base --root /candidate/libraries \
    --sources /candidate/sources --result /checked/gates.json
