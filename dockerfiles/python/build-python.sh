#!/bin/sh
# SPDX-License-Identifier: MIT
# Build CPython and install it, with pip, into /out.
set -eu

sysroot=/opt/cross/$ARCH/sysroot

# Natively, the sysroot's loader and libraries are in place and ./python simply runs. A foreign
# build is helped by the same Python of this machine's architecture.
if [ -x "/build-python/usr/local/bin/python$PYTHON" ]; then
    cp -a /build-python/lib/ld-musl-*.so.1 /lib/
    for loader in /build-python/lib/ld-musl-*.so.1; do
        printf '%s\n' /build-python/lib /build-python/usr/local/lib /build-python/usr/lib \
            >"/etc/$(basename "$loader" .so.1).path"
    done
    set -- --host="$TRIPLE" --build="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)" \
        --with-build-python="/build-python/usr/local/bin/python$PYTHON" \
        ac_cv_file__dev_ptmx=yes ac_cv_file__dev_ptc=no ac_cv_buggy_getaddrinfo=no
else
    set -- --build="$TRIPLE"
fi

# 3.11 looks for libraries itself, and only where these point.
if [ "$PYTHON" = 3.11 ]; then
    export CPPFLAGS="-I$sysroot/usr/include" LDFLAGS="-L$sysroot/usr/lib"
fi

mkdir -p /tmp/python
cd /tmp/python
# OPT: the default has -g, whose output would only be stripped.
quietly "CPython's configure" env OPT="-DNDEBUG -O2 -Wall" READELF="$ARCH-readelf" \
    /src/python/configure "$@" \
    --prefix=/usr/local \
    --disable-test-modules \
    --enable-loadable-sqlite-extensions \
    --enable-option-checking=fatal \
    --enable-shared \
    --with-ensurepip \
    --with-openssl="$sysroot/usr" \
    --without-static-libpython

quietly "CPython" make -j "$JOBS"
# --help in place of the compilation of all modules at three levels, which would be deleted.
quietly "CPython's installation" make install DESTDIR=/out COMPILEALL_OPTS=--help
rm -rf /tmp/python

# CPython leaves out what it does not find, and says so only in its log.
for module in _bz2 _ctypes _curses _hashlib _lzma _sqlite3 _ssl readline zlib; do
    if ! ls "/out/usr/local/lib/python$PYTHON/lib-dynload/$module".*.so >/dev/null; then
        echo "CPython $PYTHON was built without $module." >&2
        exit 1
    fi
done
