#!/bin/sh
# SPDX-License-Identifier: MIT
# Build libffi into /out.
set -eu

mkdir -p /tmp/libffi
cd /tmp/libffi
quietly "libffi's configure" /src/libffi/configure \
    --build="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)" --host="$TRIPLE" --prefix=/usr \
    --disable-builddir --disable-docs --disable-exec-static-tramp --disable-multi-os-directory \
    --disable-static
quietly "libffi" make -j "$JOBS" install DESTDIR=/out
rm -rf /tmp/libffi
