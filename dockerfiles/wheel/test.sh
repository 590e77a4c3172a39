#!/bin/sh
# SPDX-License-Identifier: MIT
# Install the candidate wheel from the wheelhouse alone into the plain base, and import it. What
# may leave is in /tested: the wheel and result.json.
set -eu
started=$(date +%s)

wheel=$(find /candidate/wheels -name '*.whl')
name=$(basename "$wheel")

# On Alpine a no-shared wheel's libraries are packages, found by SONAME; elsewhere the base has them.
if [ "$FLAVOUR" = no-shared ] && [ -x /sbin/apk ]; then
    for library in /candidate/libraries/lib/*; do
        so=$(basename "$library")
        find /lib /usr/lib /usr/local/lib -maxdepth 1 -name "$so" | grep -q . ||
            /sbin/apk add --no-cache "so:$so"
    done
fi

python3 -m pip install --no-index --find-links /candidate/wheels --find-links /dependencies \
    --no-cache-dir --no-compile --no-input --disable-pip-version-check --root-user-action ignore \
    "$wheel" || {
    echo "import failed: $name: pip cannot install it with the wheels of its dependencies" >&2
    exit 1
}

mkdir -p /tested /facts
cd /
python3 -I /run/wheel/import_test.py --result /facts/imports.json "$wheel"
echo $(($(date +%s) - started)) >/facts/test.seconds
python3 -I /run/wheel/result.py /tested/result.json /candidate/facts /checked /facts
cp "$wheel" /tested/
