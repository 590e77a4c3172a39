#!/bin/sh
# SPDX-License-Identifier: MIT
# Check the one sdist in /sdist and unpack it to /src: always there, so that no path differs
# between two builds. /built/sources lists its files.
set -eu

sdist=$(find /sdist -type f)
name=$(basename "$sdist")
if ! echo "$SDIST_SHA256  $sdist" | sha256sum --check --status; then
    echo "fetch failed: $name: its sha256 is not $SDIST_SHA256"
    exit 1
fi >&2

unpacked=$(mktemp -d)
case $name in
    *.zip) python3 -m zipfile -e "$sdist" "$unpacked" ;;
    *) tar --extract --no-same-owner --directory="$unpacked" --file="$sdist" ;;
esac || {
    echo "fetch failed: $name: it cannot be unpacked"
    exit 1
} >&2
mv "$unpacked"/* /src
mkdir -p /built/facts
(cd /src && find . -type f | sort) >/built/sources
