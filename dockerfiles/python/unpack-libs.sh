#!/bin/sh
# SPDX-License-Identifier: MIT
# Unpack the libraries into /src/<name>, without what nobody builds, and prepare those that need it.
set -eu

# unpack NAME [EXCLUDED…]
unpack() {
    name=$1
    shift
    mkdir -p "/src/${name%-utils}"
    tar --extract --directory="/src/${name%-utils}" --strip-components=1 "$@" \
        --file="$(find /fetched -name "${name}_*.orig.tar.*z*" ! -name '*.asc')"
}

unpack busybox
unpack bzip2
unpack libffi
unpack libzstd --exclude='*/tests'
unpack ncurses
unpack openssl --exclude='*/test/recipes' --exclude='*/fuzz/corpora'
unpack readline
unpack sqlite3 --exclude='*/test'
unpack xz-utils
unpack zlib
mv /src/sqlite3 /src/sqlite

cd /src/libffi
quietly "libffi's autogen.sh" ./autogen.sh

# SQLite's one big file; main.mk makes it without a configure.
cd /src/sqlite
quietly "SQLite's amalgamation" make -f Makefile.linux-gcc TOP=/src/sqlite BCC=clang TCC=clang sqlite3.c
