#!/bin/sh
# SPDX-License-Identifier: MIT
# Build bzip2, xz, zlib and zstd into /out.
set -eu

mkdir -p /out/usr/include /out/usr/lib/pkgconfig

# zlib's version script names symbols it lacks, which lld takes for an error; its configure would
# then quietly build no shared library.
cd /src/zlib
quietly "zlib's configure" env CHOST="$TRIPLE" \
    LDSHARED="$CC -shared -Wl,-soname,libz.so.1,--version-script,zlib.map,--undefined-version" \
    ./configure --prefix=/usr
quietly "zlib" make -j "$JOBS" shared
quietly "zlib's installation" make install DESTDIR=/out
rm /out/usr/lib/libz.a

# bzip2 has no configure, and upstream's SONAME is not the one everybody uses.
cd /src/bzip2
# shellcheck disable=SC2086 # CFLAGS is several words
"$CC" $CFLAGS -fPIC -shared -D_FILE_OFFSET_BITS=64 -Wl,-soname,libbz2.so.1 \
    -o /out/usr/lib/libbz2.so.1.0.8 \
    blocksort.c bzlib.c compress.c crctable.c decompress.c huffman.c randtable.c
ln -s libbz2.so.1.0.8 /out/usr/lib/libbz2.so.1
ln -s libbz2.so.1 /out/usr/lib/libbz2.so
cp bzlib.h /out/usr/include/
cat >/out/usr/lib/pkgconfig/bzip2.pc <<'PC'
prefix=/usr
libdir=${prefix}/lib
includedir=${prefix}/include

Name: bzip2
Description: Lossless, block-sorting data compression
Version: 1.0.8
Libs: -L${libdir} -lbz2
Cflags: -I${includedir}
PC

cd /src/xz
quietly "xz's configure" ./configure \
    --build="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)" --host="$TRIPLE" --prefix=/usr \
    --disable-doc --disable-lzmadec --disable-lzmainfo --disable-nls --disable-rpath \
    --disable-scripts --disable-static --disable-xz --disable-xzdec
quietly "xz" make -j "$JOBS" install DESTDIR=/out

cd /src/libzstd/lib
quietly "zstd" make -j "$JOBS" libzstd PREFIX=/usr ZSTD_LEGACY_SUPPORT=0 UNAME=Linux
quietly "zstd's installation" make install-shared install-includes install-pc \
    DESTDIR=/out PREFIX=/usr ZSTD_LEGACY_SUPPORT=0 UNAME=Linux

rm -rf /out/usr/share
