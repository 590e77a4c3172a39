#!/bin/sh
# SPDX-License-Identifier: MIT
# Build OpenSSL's shared libraries into /out, with Alpine's choice of algorithms.
set -eu

# Faster elliptic curves, where the compiler has 128-bit integers and bytes are little-endian.
case $ARCH in
    amd64 | arm64 | ppc64le | riscv64) set -- enable-ec_nistp_64_gcc_128 ;;
    *) set -- ;;
esac

cd /src/openssl
# no-module puts the legacy provider into libcrypto: a grafted copy would not find it elsewhere.
quietly "OpenSSL's Configure" ./Configure "$OPENSSL_TARGET" \
    --prefix=/usr --libdir=lib --openssldir=/etc/ssl \
    shared no-apps no-docs no-module no-tests \
    no-async no-comp no-ec2m no-idea no-mdc2 no-rc5 no-seed no-ssl3 no-weak-ssl-ciphers no-zlib \
    "$@"

# The shared libraries alone: build_libs would compile everything a second time for libcrypto.a.
quietly "OpenSSL's generated files" make -j "$JOBS" build_generated
quietly "OpenSSL" make -j "$JOBS" libcrypto.so libssl.so

mkdir -p /out/usr/lib/pkgconfig /out/usr/include/openssl /out/etc/ssl/certs
cp -a libcrypto.so* libssl.so* /out/usr/lib/
cp include/openssl/*.h /out/usr/include/openssl/
quietly "OpenSSL's pkg-config files" make libcrypto.pc libssl.pc openssl.pc || true
cp ./*.pc /out/usr/lib/pkgconfig/
