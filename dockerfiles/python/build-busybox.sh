#!/bin/sh
# SPDX-License-Identifier: MIT
# Build busybox into /out/bin: the shell and tools that Dockerfiles and scripts use.
set -eu

cd /src/busybox
quietly "busybox's configuration" make allnoconfig KCONFIG_ALLCONFIG=/run/busybox.config HOSTCC=clang
quietly "busybox" make -j "$JOBS" busybox HOSTCC=clang CC="$CC" AR="$AR" NM="$NM" STRIP="$STRIP" \
    SKIP_STRIP=y
quietly "busybox's list of commands" make busybox.links HOSTCC=clang
"$STRIP" busybox
mkdir -p /out/bin
cp busybox /out/bin/busybox
cp busybox.links /out/busybox.links
