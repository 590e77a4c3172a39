#!/bin/sh
# SPDX-License-Identifier: MIT
# Build compiler-rt's builtins and crtbegin/crtend into clang's resource directory.
set -eu

build=/tmp/builtins
quietly "configuration of compiler-rt" cmake -G Ninja -S /src/llvm/compiler-rt -B $build \
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
    -DCMAKE_INSTALL_PREFIX="/opt/cross/$ARCH/clang" \
    -DCOMPILER_RT_BUILD_BUILTINS=ON \
    -DCOMPILER_RT_BUILD_CRT=ON \
    -DCOMPILER_RT_BUILD_CTX_PROFILE=OFF \
    -DCOMPILER_RT_BUILD_GWP_ASAN=OFF \
    -DCOMPILER_RT_BUILD_LIBFUZZER=OFF \
    -DCOMPILER_RT_BUILD_MEMPROF=OFF \
    -DCOMPILER_RT_BUILD_ORC=OFF \
    -DCOMPILER_RT_BUILD_PROFILE=OFF \
    -DCOMPILER_RT_BUILD_SANITIZERS=OFF \
    -DCOMPILER_RT_BUILD_XRAY=OFF \
    -DCOMPILER_RT_BUILTINS_HIDE_SYMBOLS=ON \
    -DCOMPILER_RT_CRT_USE_EH_FRAME_REGISTRY=OFF \
    -DCOMPILER_RT_DEFAULT_TARGET_ONLY=ON \
    -DCOMPILER_RT_EXCLUDE_ATOMIC_BUILTIN=OFF \
    -DLLVM_ENABLE_PER_TARGET_RUNTIME_DIR=ON
quietly "compiler-rt" ninja -C $build -j "$JOBS" install
rm -rf $build
