#!/bin/sh
# SPDX-License-Identifier: MIT
# Sort what was built: /runtime is a whole small system with Python, /development the rest.
set -eu

sysroot=/opt/cross/$ARCH/sysroot
prefix=usr/local
mkdir /runtime /development

install_everything() {
    cp -a "$sysroot/." /runtime/
    cp -a /libs/. /runtime/
    cp -a /python/. /runtime/
}

# Names as in the official images.
name_commands() {
    for command in idle pip pydoc python; do
        if [ -e "/runtime/$prefix/bin/${command}3" ]; then
            ln -sf "${command}3" "/runtime/$prefix/bin/$command"
        fi
    done
    ln -sf python3-config "/runtime/$prefix/bin/python-config"
}

remove_ballast() {
    find "/runtime/$prefix" -depth \( -name __pycache__ -o -path '*/test' -o -path '*/tests' \
        -o -name idlelib -o -name tkinter -o -name turtledemo \) -type d -exec rm -rf '{}' +
    rm -rf "/runtime/$prefix/share" /runtime/usr/share/man
    rm -f "/runtime/$prefix"/bin/idle* "/runtime/$prefix"/lib/python*/turtle.py
    find /runtime -name '*.la' -delete
}

# A Makefile that names our compilers would be no use to anyone who has others.
name_compilers() {
    grep -rlI "$ARCH-\|$sysroot" "/runtime/$prefix" /runtime/usr/lib/pkgconfig |
        xargs -r sed -i "s#\(/opt/cross/bin/\)\?\b$ARCH-\(cc\|c++\|ar\|nm\|ranlib\|readelf\|strip\|pkg-config\)\b#\2#g; s#$sysroot##g"
}

strip_programs() {
    find /runtime/lib /runtime/usr "/runtime/$prefix/bin" -type f \
        \( -name '*.so' -o -name '*.so.*' -o -name 'python3*' \) ! -name '*-config' ! -name '*.py' |
        while read -r file; do
            if head -c 4 "$file" | grep -q ELF; then
                llvm-strip --strip-unneeded "$file"
            fi
        done
    # Its own libpython, whatever else /usr/lib may hold.
    patchelf --set-rpath "\$ORIGIN/../lib" "$(find "/runtime/$prefix/bin" -type f -name 'python3.*' ! -name '*-config')"
}

# move_development PATH…: from the runtime into the development files
move_development() {
    for path; do
        mkdir -p "/development/$(dirname "$path")"
        mv "/runtime/$path" "/development/$path"
    done
}

split_development() {
    cd /runtime
    move_development usr/include usr/lib/pkgconfig usr/bin/ncursesw6-config
    for file in usr/lib/*.a usr/lib/*.o usr/lib/libc.so; do
        move_development "$file"
    done
    # A link without a version serves the linker only.
    for file in usr/lib/*.so; do
        if [ -L "$file" ] || grep -q '^INPUT' "$file"; then
            move_development "$file"
        fi
    done
    mkdir -p /development/usr/share/musl-wheels
    cp /run/python/packages /development/usr/share/musl-wheels/packages
    cd /
}

install_shell() {
    mkdir -p /runtime/bin /runtime/sbin /runtime/usr/bin /runtime/usr/sbin
    cp /busybox/bin/busybox /runtime/bin/busybox
    while read -r link; do
        if [ ! -e "/runtime$link" ]; then
            ln -s /bin/busybox "/runtime$link"
        fi
    done </busybox/busybox.links
}

install_system() {
    mkdir -p /runtime/etc/ssl/certs /runtime/dev /runtime/home /runtime/proc /runtime/root \
        /runtime/run /runtime/sys /runtime/var/cache /runtime/var/tmp
    mkdir -m 1777 /runtime/tmp
    cp -R /run/python/etc/. /runtime/etc/
    dpkg-deb --fsys-tarfile /fetched/ca-certificates_*_all.deb |
        tar --extract --directory=/tmp ./usr/share/ca-certificates/mozilla
    cat /tmp/usr/share/ca-certificates/mozilla/*.crt >/runtime/etc/ssl/certs/ca-certificates.crt
    ln -s certs/ca-certificates.crt /runtime/etc/ssl/cert.pem
    rm -rf /tmp/usr
}

install_everything
remove_ballast
name_commands
name_compilers
strip_programs
split_development
install_shell
install_system
