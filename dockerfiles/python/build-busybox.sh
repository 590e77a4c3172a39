#!/bin/sh
# SPDX-License-Identifier: MIT
# Build busybox into /out/bin: the shell and tools that Dockerfiles and scripts use.
set -eu

cd /src/busybox
# The first word on an option counts, and oldconfig keeps what is consistent.
quietly "busybox's configuration" make allnoconfig HOSTCC=clang
cp .config everything-off
cat /run/busybox.config everything-off >.config
yes "" | quietly "busybox's configuration" make oldconfig HOSTCC=clang
quietly "busybox" make -j "$JOBS" busybox HOSTCC=clang CC="$CC -w" AR="$AR" NM="$NM" STRIP="$STRIP" \
    SKIP_STRIP=y
quietly "busybox's list of commands" make busybox.links HOSTCC=clang
"$STRIP" busybox
mkdir -p /out/bin
cp busybox /out/bin/busybox
cp busybox.links /out/busybox.links
