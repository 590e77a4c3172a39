#!/bin/sh
# SPDX-License-Identifier: MIT
# Download CPython's source, or say which Pythons the mirror has.
set -u

fetch-source any "python${PYTHON:?}" && exit

# Every X.Y that any suite of the mirror lists.
listed() {
    apt-get indextargets --format "\$(FILENAME)" "Created-By: Sources" | while read -r index; do
        /usr/lib/apt/apt-helper cat-file "$index" 2>/dev/null
    done | sed -n 's/^Package: python\(3\.[0-9]*\)$/\1/p' | sort --version-sort --unique
}

# A mirror need not hold all it lists: those that answer for their description, a few kB.
delivered() {
    cd "$(mktemp -d)" || exit
    for python in $(listed); do
        for version in $(apt-cache showsrc --only-source "python$python" | sed -n 's/^Version: //p'); do
            apt-get source --quiet --quiet --download-only --dsc-only \
                -o APT::Sandbox::User=root -o Acquire::Retries=0 \
                "python$python=$version" >/dev/null 2>&1 && printf ' %s' "$python" && break
        done
    done
}

echo "The Debian mirror has no source of Python $PYTHON." >&2
echo "available-pythons:$(delivered)" >&2
exit 1
