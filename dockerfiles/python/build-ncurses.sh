#!/bin/sh
# SPDX-License-Identifier: MIT
# Build wide-character ncurses into /out, with the terminals of Debian's ncurses-base.
set -eu

mkdir -p /tmp/ncurses
cd /tmp/ncurses
quietly "ncurses' configure" /src/ncurses/configure \
    --build="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)" --host="$TRIPLE" \
    --prefix=/usr --with-build-cc=clang \
    --disable-db-install --disable-home-terminfo --disable-stripping --enable-pc-files --enable-widec \
    --with-pkg-config-libdir=/usr/lib/pkgconfig \
    --with-default-terminfo-dir=/usr/share/terminfo \
    --with-shared --with-terminfo-dirs=/etc/terminfo:/usr/share/terminfo \
    --without-ada --without-cxx --without-cxx-binding --without-debug --without-manpages \
    --without-normal --without-progs --without-tests
quietly "ncurses" make -j "$JOBS"
quietly "ncurses' installation" make install DESTDIR=/out
rm -rf /tmp/ncurses

mkdir -p /out/usr/share
cp -R /usr/share/terminfo /out/usr/share/

# Programs that ask for the narrow library, or the terminfo part of it, get the wide one.
for name in ncurses tinfo curses; do
    ln -s libncursesw.so "/out/usr/lib/lib$name.so"
done
for name in form menu panel; do
    ln -s "lib${name}w.so" "/out/usr/lib/lib$name.so"
done
ln -s ncursesw.pc /out/usr/lib/pkgconfig/ncurses.pc
