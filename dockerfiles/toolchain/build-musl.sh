#!/bin/sh
# SPDX-License-Identifier: MIT
# Build musl into the sysroot, laid out and named as Alpine does.
set -eu

sysroot=/opt/cross/$ARCH/sysroot
soname=libc.musl-$ALPINE_ARCH.so.1

mkdir -p /tmp/musl
cd /tmp/musl
# LDFLAGS: auditwheel knows musl by this SONAME; libc.so, musl's own choice, it takes for glibc.
quietly "musl's configure" env \
    CC="$ARCH-cc" AR="$ARCH-ar" RANLIB="$ARCH-ranlib" \
    LIBCC="$("$ARCH-cc" --print-libgcc-file-name)" \
    LDFLAGS="-Wl,-soname,$soname" \
    /src/musl/configure --target="$TRIPLE" --prefix=/usr --syslibdir=/lib --disable-wrapper
quietly "musl" make -j "$JOBS" install DESTDIR="$sysroot"
rm -rf /tmp/musl

# Alpine: the loader is the file; the SONAME and the linker's libc.so are links to it.
mv "$sysroot/usr/lib/libc.so" "$sysroot$LOADER"
ln -s "../..$LOADER" "$sysroot/usr/lib/libc.so"
ln -s "$(basename "$LOADER")" "$sysroot/lib/$soname"

# OpenSSL's Rust bindings link -latomic on 32-bit ARM; compiler-rt's builtins have its contents.
# clang links -lunwind always; runtimes-cxx puts the real one in its place.
"$ARCH-ar" rcs "$sysroot/usr/lib/libatomic.a"
"$ARCH-ar" rcs "$sysroot/usr/lib/libunwind.a"

# Programs of the target start in this stage as they would at home, natively or through binfmt.
ln -s "$sysroot$LOADER" "$LOADER"
search=/etc/$(basename "$LOADER" .so.1).path
printf '%s\n' "$sysroot/lib" "$sysroot/usr/local/lib" "$sysroot/usr/lib" >"$search"
