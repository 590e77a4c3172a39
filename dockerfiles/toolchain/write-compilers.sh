#!/bin/sh
# SPDX-License-Identifier: MIT
# Write /opt/cross/bin/<arch>-cc, -c++ and their companions for one target.
set -eu

root=/opt/cross/$ARCH
sysroot=$root/sysroot
resources=$root/clang
mkdir -p /opt/cross/bin "$sysroot" "$resources"
# Our own resource directory, with clang's own headers and the target's builtins.
ln -s "$(clang --print-resource-dir)/include" "$resources/include"

case $RUNTIME in
    llvm) link="-rtlib=compiler-rt -unwindlib=libunwind" library="-stdlib=libc++" ;;
    gcc) link="" library="" ;;
    *)
        echo "RUNTIME is llvm or gcc, not $RUNTIME." >&2
        exit 1
        ;;
esac

# clang cannot read GNU-syntax assembler files for s390x: those go to GNU as.
assembler=""
if [ -n "$GNU_AS" ]; then
    mkdir -p "$root/as"
    ln -s "/usr/bin/${GNU_AS#binutils-}-as" "$root/as/as"
    # shellcheck disable=SC2016 # expanded when the wrapper runs
    assembler='for word; do case $word in *.[sS]) set -- -fno-integrated-as -B'"$root/as"' "$@"; break ;; esac; done'
fi

# compiler NAME PROGRAM FLAGS: --target again after the arguments, since cc-rs passes its own.
compiler() {
    cat >"/opt/cross/bin/$ARCH-$1" <<WRAPPER
#!/bin/sh
$assembler
exec $2 --target=$TRIPLE $ARCH_CFLAGS --sysroot=$sysroot -resource-dir=$resources \\
    -fuse-ld=lld $link $3 -Wl,--as-needed -Wno-unused-command-line-argument \\
    "\$@" --target=$TRIPLE
WRAPPER
    chmod 755 "/opt/cross/bin/$ARCH-$1"
}
compiler cc "/usr/lib/llvm-$LLVM/bin/clang" ""
compiler c++ "/usr/lib/llvm-$LLVM/bin/clang++" "$library"

for tool in ar nm objcopy objdump ranlib readelf strip; do
    ln -s "/usr/lib/llvm-$LLVM/bin/llvm-$tool" "/opt/cross/bin/$ARCH-$tool"
done
ln -s "/usr/lib/llvm-$LLVM/bin/ld.lld" "/opt/cross/bin/$ARCH-ld"

cat >"/opt/cross/bin/$ARCH-pkg-config" <<WRAPPER
#!/bin/sh
export PKG_CONFIG_SYSROOT_DIR=$sysroot
export PKG_CONFIG_LIBDIR=$sysroot/usr/local/lib/pkgconfig:$sysroot/usr/lib/pkgconfig:$sysroot/usr/share/pkgconfig
exec pkg-config "\$@"
WRAPPER
chmod 755 "/opt/cross/bin/$ARCH-pkg-config"
