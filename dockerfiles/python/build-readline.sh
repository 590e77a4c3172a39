#!/bin/sh
# SPDX-License-Identifier: MIT
# Build readline into /out, linked with ncurses.
set -eu

cp -a /ncurses/usr/. "/opt/cross/$ARCH/sysroot/usr/"
mkdir -p /tmp/readline
cd /tmp/readline
quietly "readline's configure" env bash_cv_termcap_lib=libncursesw /src/readline/configure \
    --build="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)" --host="$TRIPLE" \
    --prefix=/usr --disable-install-examples --disable-static --with-curses \
    --with-shared-termcap-library
quietly "readline" make -j "$JOBS" SHLIB_LIBS=-lncursesw
quietly "readline's installation" make install DESTDIR=/out SHLIB_LIBS=-lncursesw
rm -rf /tmp/readline "/out/usr/share"
