#!/bin/sh
# SPDX-License-Identifier: MIT
# Put the kernel's and musl's headers into the sysroot: all that compiler-rt needs of it.
set -eu

sysroot=/opt/cross/$ARCH/sysroot
mkdir -p "$sysroot/usr/include" "$sysroot/usr/lib" "$sysroot/lib"

# linux-libc-dev holds every architecture's asm/, so this needs no foreign package.
for folder in linux asm-generic mtd; do
    cp -R "/usr/include/$folder" "$sysroot/usr/include/"
done
cp -RL "/usr/include/$KERNEL_HEADERS/asm" "$sysroot/usr/include/asm"

mkdir -p /tmp/headers
cd /tmp/headers
quietly "musl's configure" env CC="$ARCH-cc" LIBCC=" " /src/musl/configure --target="$TRIPLE" --prefix=/usr
quietly "musl's headers" make install-headers DESTDIR="$sysroot"
rm -rf /tmp/headers
