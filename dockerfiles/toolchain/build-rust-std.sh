#!/bin/sh
# SPDX-License-Identifier: MIT
# Build Rust's standard library for the target, from the sources that rustc's package vendors.
set -eu

library=$(rustc --print sysroot)/lib/rustlib/src/rust/library
output=/opt/cross/rust/lib/rustlib/$RUST_TARGET
linker=CARGO_TARGET_$(printf '%s' "$RUST_TARGET" | tr 'a-z-' 'A-Z_')_LINKER

# cargo builds std as the dependency of a crate, so there is an empty one.
mkdir -p /tmp/std/src /tmp/std/.cargo
cd /tmp/std
echo '#![no_std]' >src/lib.rs
printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >Cargo.toml
cat >.cargo/config.toml <<CONFIG
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "$library/vendor"
CONFIG

# RUSTC_BOOTSTRAP: -Zbuild-std is for nightlies, and for those who say they know.
# crt-static off: extension modules load musl dynamically.
quietly "Rust's standard library" env \
    RUSTC_BOOTSTRAP=1 \
    __CARGO_DEFAULT_LIB_METADATA=stablestd \
    CARGO_HOME=/tmp/std/home \
    CARGO_PROFILE_RELEASE_DEBUG=0 \
    RUSTFLAGS="-C target-feature=-crt-static -C embed-bitcode=yes" \
    "$linker=/opt/cross/bin/$ARCH-cc" \
    cargo build --offline --release --jobs "$JOBS" --target "$RUST_TARGET" \
    -Zbuild-std=std,panic_abort,panic_unwind

mkdir -p "$output/lib"
find "target/$RUST_TARGET/release/deps" -name '*.rlib' ! -name 'libempty-*' \
    -exec cp '{}' "$output/lib/" ';'
rm -rf /tmp/std

# rustc looks for target libraries in its own sysroot only.
ln -s "$output" "$(rustc --print sysroot)/lib/rustlib/$RUST_TARGET"
