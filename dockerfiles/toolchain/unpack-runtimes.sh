#!/bin/sh
# SPDX-License-Identifier: MIT
# Unpack musl into /src/musl, and what the runtimes need of LLVM into /src/llvm; patch both.
set -eu

mkdir -p /src/musl /src/llvm
tar --extract --directory=/src/musl --strip-components=1 --file="$(ls /fetched/musl_*.orig.tar.*)"

archive=$(ls /fetched/llvm-toolchain-"$LLVM"_*.orig.tar.*)
# Names the folder in the tarball (its first entry) without reading all of the 1.7 GB.
top=$(tar --list --file="$archive" 2>/dev/null | head -n 1 | cut -d / -f 1)
xz --decompress --stdout --threads=0 "$archive" |
    tar --extract --directory=/src/llvm --strip-components=1 \
        --exclude="$top/*/test" --exclude="$top/*/docs" --exclude="$top/*/benchmarks" \
        "$top/cmake" "$top/compiler-rt" "$top/libc" "$top/libcxx" "$top/libcxxabi" \
        "$top/libunwind" "$top/llvm/CMakeLists.txt" "$top/llvm/cmake" \
        "$top/llvm/utils/llvm-lit" "$top/runtimes"

for change in /run/patches/musl-*.patch; do
    patch --directory=/src/musl --strip=1 --input="$change"
done
for change in /run/patches/llvm-*.patch; do
    patch --directory=/src/llvm --strip=1 --input="$change"
done
