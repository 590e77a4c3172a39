#!/bin/sh
# SPDX-License-Identifier: MIT
# Place the build platform's Python (its image is mounted at /buildbase) into this Debian root.
#
# It is a musl program, so pip resolves musllinux build requirements; clang, cargo and rustc beside
# it stay glibc programs. It keeps its /usr/local, and gets its own loader and libraries.
set -eu

libraries=/opt/build-platform/lib
mkdir -p "$libraries"
cp -a /buildbase/usr/local/. /usr/local/
for folder in lib usr/lib; do
    find "/buildbase/$folder/" -maxdepth 1 -name '*.so*' -exec cp -L '{}' "$libraries/" ';'
done

loader=$(basename "$(ls "$libraries"/ld-musl-*.so.1)")
search=/etc/${loader%.so.1}.path
# What is there already belongs to the target's programs: the same architecture's, perhaps.
targets=$(cat "$search" 2>/dev/null || true)
ln -sf "$libraries/$loader" "/lib/$loader"
# shellcheck disable=SC2086 # one a line
printf '%s\n' /usr/local/lib "$libraries" $targets >"$search"

if [ -x /buildbase/sbin/apk ]; then
    mkdir -p /opt/build-platform/bin
    cp -L /buildbase/sbin/apk /opt/build-platform/bin/apk
fi

python3 -m pip --version
