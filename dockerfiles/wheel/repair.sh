#!/bin/sh
# SPDX-License-Identifier: MIT
# Make the wheel in /built/wheels one that stands alone (shared), or collect the libraries that it
# wants from the system, for the gates to look into (no-shared). The outcome is in /repaired.
set -eu
started=$(date +%s)

SOURCE_DATE_EPOCH=$(cat /built/source-date-epoch)
export SOURCE_DATE_EPOCH
folders="$SYSROOT/usr/local/lib $SYSROOT/lib $SYSROOT/usr/lib"
wheel=$(find /built/wheels -name '*.whl')
name=$(basename "$wheel")
mkdir -p /repaired/wheels /repaired/libraries/lib /repaired/facts

fail() {
    echo "repair failed: $name: $*" >&2
    exit 1
}

find_library() {
    for folder in $folders; do
        if [ -f "$folder/$1" ]; then
            echo "$folder/$1"
            return
        fi
    done
}

repair() {
    fresh=$(mktemp -d)
    ldpaths=$(echo "$folders" | tr ' ' :)
    status=0
    auditwheel repair --wheel-dir "$fresh" --ldpaths "$ldpaths" "$wheel" >/tmp/log 2>&1 || status=$?
    cat /tmp/log
    # auditwheel leaves an unrepaired copy when it fails; success has a new name.
    repaired=$(find "$fresh" -name '*-musllinux_*.whl')
    if [ "$status" -ne 0 ] || [ -z "$repaired" ]; then
        fail "auditwheel refuses it: $(grep . /tmp/log | tail -n 1 | sed 's/^[A-Z]*:[a-z_.]*://')"
    fi
    mv "$repaired" /repaired/wheels/
}

for library in $(python3 /run/wheel/gates.py needed "$wheel"); do
    found=$(find_library "$library")
    [ -n "$found" ] || fail "it needs $library, which the sysroot does not have"
    cp -L "$found" /repaired/libraries/lib/
done
case $FLAVOUR:$name in
    *-none-any.whl | no-shared:*) cp "$wheel" /repaired/wheels/ ;;
    shared:*) repair ;;
esac
cp /built/facts/* /repaired/facts/
cp /built/sources /repaired/
echo $(($(date +%s) - started)) >/repaired/facts/repair.seconds
