# SPDX-License-Identifier: MIT
#
# Compilers and runtimes for musl targets, from a Debian mirror alone (DESIGN.md, section 4).
#
# Named contexts: `debian`, a Debian stable root whose apt sources have deb lines for SUITE, and
# deb-src lines for SUITE and whatever other suites sources may come from.
# Secret: `ca`, extra certificates for the mirror (optional).
#
# Everything made for a target lies under /opt/cross, so that a stage can start from `runtimes`
# or copy /opt/cross out of it:
#   /opt/cross/bin/<arch>-cc, -c++, -ar, -ranlib, -strip, -pkg-config, …   one-word tools
#   /opt/cross/<arch>/sysroot                                    headers and libraries
#   /opt/cross/<arch>/clang                                      clang's resource directory
#   /opt/cross/rust/lib/rustlib/<rust target>                    Rust's standard library

ARG SUITE=trixie
ARG LLVM=19
# What Rust's code is linked with: `runtimes-cxx`, or `compilers` where an Alpine sysroot has it all.
ARG RUST_RUNTIMES=runtimes-cxx


# lists: what the mirror has, read once for every stage that installs or fetches.
FROM debian AS lists
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    apt-get --quiet --quiet --error-on=any update


# fetch: Debian with `fetch-source`, which runs while the toolchain is being installed.
FROM debian AS fetch
COPY --chmod=755 toolchain/fetch-source.sh /usr/local/bin/fetch-source
WORKDIR /fetched


# toolchain: everything that runs on the build platform to make C and C++ for any target.
FROM debian AS toolchain
COPY --chmod=755 quietly.sh /usr/local/bin/quietly
COPY --chmod=755 toolchain/apt-install.sh /usr/local/bin/apt-install
ARG LLVM
RUN --mount=type=bind,from=lists,source=/var/lib/apt/lists,target=/var/lib/apt/lists,rw \
    --mount=type=cache,id=musl-wheels-debs,target=/var/cache/apt/archives,sharing=locked \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    apt-install clang-$LLVM lld-$LLVM llvm-$LLVM \
        autoconf automake libtool libltdl-dev \
        bzip2 cmake dpkg-dev file make ninja-build patch patchelf pkgconf python3-minimal tcl xz-utils
ENV PATH=/opt/cross/bin:/usr/lib/llvm-$LLVM/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LC_ALL=C.UTF-8


# rust: the same, and Rust; for the cells that want it.
FROM toolchain AS rust
RUN --mount=type=bind,from=lists,source=/var/lib/apt/lists,target=/var/lib/apt/lists,rw \
    --mount=type=cache,id=musl-wheels-debs,target=/var/cache/apt/archives,sharing=locked \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    apt-install rustc-web cargo-web rust-web-src


# fetch-runtimes, sources-runtimes: musl, and the parts of LLVM that become runtimes.
FROM fetch AS fetch-runtimes
ARG SUITE
ARG LLVM
RUN --mount=type=bind,from=lists,source=/var/lib/apt/lists,target=/var/lib/apt/lists,rw \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    fetch-source $SUITE musl llvm-toolchain-$LLVM

FROM toolchain AS sources-runtimes
ARG LLVM
RUN --network=none \
    --mount=type=bind,from=fetch-runtimes,source=/fetched,target=/fetched \
    --mount=type=bind,source=toolchain/unpack-runtimes.sh,target=/run/unpack-runtimes.sh \
    --mount=type=bind,source=toolchain/patches,target=/run/patches \
    sh /run/unpack-runtimes.sh


# compilers: one-word compilers for one target; they find its sysroot once it is there.
# RUNTIME: llvm (compiler-rt, libunwind, libc++), or gcc (libgcc, libstdc++) on an Alpine sysroot.
# GNU_AS: Debian package with GNU as for the target, where clang cannot read libffi's assembly.
FROM toolchain AS compilers
ARG LLVM
ARG ARCH
ARG TRIPLE
ARG ARCH_CFLAGS=""
ARG RUNTIME=llvm
ARG GNU_AS=""
RUN --mount=type=bind,from=lists,source=/var/lib/apt/lists,target=/var/lib/apt/lists,rw \
    --mount=type=cache,id=musl-wheels-debs,target=/var/cache/apt/archives,sharing=locked \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,source=toolchain/write-compilers.sh,target=/run/write-compilers.sh \
    if [ -n "$GNU_AS" ]; then apt-install "$GNU_AS"; fi; sh /run/write-compilers.sh


# runtimes: kernel headers, musl and compiler-rt: enough for C.
FROM compilers AS runtimes
ARG ALPINE_ARCH
ARG KERNEL_HEADERS
ARG LOADER
ARG JOBS=2
RUN --network=none \
    --mount=type=bind,from=sources-runtimes,source=/src,target=/src \
    --mount=type=bind,source=toolchain/build-headers.sh,target=/run/build-headers.sh \
    sh /run/build-headers.sh
RUN --network=none \
    --mount=type=bind,from=sources-runtimes,source=/src,target=/src \
    --mount=type=bind,source=toolchain/build-builtins.sh,target=/run/build-builtins.sh \
    sh /run/build-builtins.sh
RUN --network=none \
    --mount=type=bind,from=sources-runtimes,source=/src,target=/src \
    --mount=type=bind,source=toolchain/build-musl.sh,target=/run/build-musl.sh \
    sh /run/build-musl.sh


# runtimes-cxx: libunwind, libc++abi and libc++, static and hidden: for C++ and for Rust.
FROM runtimes AS runtimes-cxx
RUN --network=none \
    --mount=type=bind,from=sources-runtimes,source=/src,target=/src \
    --mount=type=bind,source=toolchain/build-cxx.sh,target=/run/build-cxx.sh \
    sh /run/build-cxx.sh


FROM $RUST_RUNTIMES AS rust-runtimes

# runtimes-rust: Rust's standard library for the target, from Debian's rust-web-src, offline.
FROM rust AS runtimes-rust
ARG ARCH
ARG RUST_TARGET
ARG JOBS=2
COPY --link --from=rust-runtimes /opt/cross /opt/cross
RUN --network=none \
    --mount=type=bind,source=toolchain/build-rust-std.sh,target=/run/build-rust-std.sh \
    sh /run/build-rust-std.sh
