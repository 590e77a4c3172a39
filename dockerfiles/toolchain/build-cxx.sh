#!/bin/sh
# SPDX-License-Identifier: MIT
# Build libunwind, libc++abi and libc++ into the sysroot: static and hidden, so wheels that use
# them stand alone and do not meet another module's copy.
set -eu

sysroot=/opt/cross/$ARCH/sysroot
build=/tmp/cxx
# HAS_CXA_THREAD_ATEXIT_IMPL: CMake cannot see that musl lacks it; wheels would not load.
quietly "configuration of libc++" cmake -G Ninja -S /src/llvm/runtimes -B $build \
    -DCMAKE_SYSTEM_NAME=Linux \
    -DCMAKE_SYSTEM_PROCESSOR="${TRIPLE%%-*}" \
    -DCMAKE_C_COMPILER="$ARCH-cc" \
    -DCMAKE_CXX_COMPILER="$ARCH-c++" \
    -DCMAKE_ASM_COMPILER="$ARCH-cc" \
    -DCMAKE_C_COMPILER_TARGET="$TRIPLE" \
    -DCMAKE_CXX_COMPILER_TARGET="$TRIPLE" \
    -DCMAKE_ASM_COMPILER_TARGET="$TRIPLE" \
    -DCMAKE_AR="/opt/cross/bin/$ARCH-ar" \
    -DCMAKE_RANLIB="/opt/cross/bin/$ARCH-ranlib" \
    -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY \
    -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX="$sysroot/usr" \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DLLVM_ENABLE_RUNTIMES="libunwind;libcxxabi;libcxx" \
    -DLLVM_INCLUDE_DOCS=OFF \
    -DLLVM_INCLUDE_TESTS=OFF \
    -DLIBUNWIND_ENABLE_SHARED=OFF \
    -DLIBUNWIND_HIDE_SYMBOLS=ON \
    -DLIBUNWIND_INCLUDE_TESTS=OFF \
    -DLIBUNWIND_USE_COMPILER_RT=ON \
    -DLIBCXXABI_ENABLE_SHARED=OFF \
    -DLIBCXXABI_HAS_CXA_THREAD_ATEXIT_IMPL=OFF \
    -DLIBCXXABI_HERMETIC_STATIC_LIBRARY=ON \
    -DLIBCXXABI_INCLUDE_TESTS=OFF \
    -DLIBCXXABI_USE_COMPILER_RT=ON \
    -DLIBCXXABI_USE_LLVM_UNWINDER=ON \
    -DLIBCXX_CXX_ABI=libcxxabi \
    -DLIBCXX_ENABLE_SHARED=OFF \
    -DLIBCXX_ENABLE_STATIC_ABI_LIBRARY=ON \
    -DLIBCXX_HARDENING_MODE=none \
    -DLIBCXX_HAS_MUSL_LIBC=ON \
    -DLIBCXX_HERMETIC_STATIC_LIBRARY=ON \
    -DLIBCXX_INCLUDE_BENCHMARKS=OFF \
    -DLIBCXX_INCLUDE_DOCS=OFF \
    -DLIBCXX_INCLUDE_TESTS=OFF \
    -DLIBCXX_USE_COMPILER_RT=ON
quietly "libc++" ninja -C $build -j "$JOBS" install
rm -rf $build

# Rust asks for -lgcc_s; this gives it the static unwinder, and the wheel no grafted library.
printf 'INPUT(-lunwind)\n' >"$sysroot/usr/lib/libgcc_s.so"
