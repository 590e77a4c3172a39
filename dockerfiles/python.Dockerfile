# SPDX-License-Identifier: MIT
#
# A musl CPython from source, for where no registry has one: the same shape as the official
# python:X.Y-alpine image (prefix /usr/local, shared libpython, pip), made from the tarballs of a
# Debian mirror (DESIGN.md, sections 2 and 4).
#
# Named contexts, from toolchain.Dockerfile: `lists`, `fetch`, `toolchain`, `runtimes` (of ARCH).
# `build-python`: python-musl of the machine's own architecture and the same PYTHON, when ARCH is
# foreign; without it CPython is built natively.
# Secret: `ca`, extra certificates for the mirror (optional).
#
# The results are `python-musl`, the base image, and `sysroot`, what wheels are linked against.

ARG SUITE=trixie


# fetch-python: the newest release of PYTHON (X.Y) that the mirror delivers, or an error soon.
FROM fetch AS fetch-python
ARG PYTHON
RUN --mount=type=bind,from=lists,source=/var/lib/apt/lists,target=/var/lib/apt/lists,rw \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,source=python/fetch-python.sh,target=/run/fetch-python.sh \
    sh /run/fetch-python.sh

# fetch-libs: what CPython links, a shell, and certificates; the stable release's versions.
FROM fetch AS fetch-libs
ARG SUITE
RUN --mount=type=bind,from=lists,source=/var/lib/apt/lists,target=/var/lib/apt/lists,rw \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    fetch-source $SUITE busybox bzip2 libffi libzstd ncurses openssl readline sqlite3 xz-utils zlib \
    && apt-get download --quiet --quiet -o APT::Sandbox::User=root ca-certificates


# sources, sources-libs: unpacked, for every architecture.
FROM toolchain AS sources
RUN --network=none \
    --mount=type=bind,from=fetch-python,source=/fetched,target=/fetched \
    mkdir -p /src/python \
    && tar --extract --directory=/src/python --strip-components=1 --exclude='*/Lib/test/*' \
        --file="$(ls /fetched/python*.orig.tar.*z)"

FROM toolchain AS sources-libs
RUN --network=none \
    --mount=type=bind,from=fetch-libs,source=/fetched,target=/fetched \
    --mount=type=bind,source=python/unpack-libs.sh,target=/run/unpack-libs.sh \
    sh /run/unpack-libs.sh


# One stage per library; each installs into /out and leaves nothing else.
FROM runtimes AS library
ARG ARCH
ARG TRIPLE
ARG JOBS=2
ENV CC=$ARCH-cc CXX=$ARCH-c++ AR=$ARCH-ar NM=$ARCH-nm RANLIB=$ARCH-ranlib STRIP=$ARCH-strip \
    PKG_CONFIG=$ARCH-pkg-config CFLAGS="-O2"

FROM library AS openssl
ARG OPENSSL_TARGET
RUN --network=none \
    --mount=type=bind,from=sources-libs,source=/src/openssl,target=/src/openssl,rw \
    --mount=type=bind,source=python/build-openssl.sh,target=/run/build-openssl.sh \
    sh /run/build-openssl.sh

FROM library AS ncurses
RUN --network=none \
    --mount=type=bind,from=sources-libs,source=/src/ncurses,target=/src/ncurses \
    --mount=type=bind,source=python/build-ncurses.sh,target=/run/build-ncurses.sh \
    sh /run/build-ncurses.sh

FROM library AS readline
RUN --network=none \
    --mount=type=bind,from=sources-libs,source=/src/readline,target=/src/readline \
    --mount=type=bind,from=ncurses,source=/out,target=/ncurses \
    --mount=type=bind,source=python/build-readline.sh,target=/run/build-readline.sh \
    sh /run/build-readline.sh

FROM library AS sqlite
RUN --network=none \
    --mount=type=bind,from=sources-libs,source=/src/sqlite,target=/src/sqlite \
    --mount=type=bind,source=python/build-sqlite.sh,target=/run/build-sqlite.sh \
    sh /run/build-sqlite.sh

FROM library AS libffi
RUN --network=none \
    --mount=type=bind,from=sources-libs,source=/src/libffi,target=/src/libffi \
    --mount=type=bind,source=python/build-libffi.sh,target=/run/build-libffi.sh \
    sh /run/build-libffi.sh

# compression: bzip2, xz, zlib and zstd.
FROM library AS compression
RUN --network=none \
    --mount=type=bind,from=sources-libs,source=/src,target=/src,rw \
    --mount=type=bind,source=python/build-compression.sh,target=/run/build-compression.sh \
    sh /run/build-compression.sh

FROM library AS busybox
RUN --network=none \
    --mount=type=bind,from=sources-libs,source=/src/busybox,target=/src/busybox,rw \
    --mount=type=bind,source=python/busybox.config,target=/run/busybox.config \
    --mount=type=bind,source=python/build-busybox.sh,target=/run/build-busybox.sh \
    sh /run/build-busybox.sh


# libs: all libraries, with headers and pkg-config files.
FROM scratch AS libs
COPY --link --from=compression /out /
COPY --link --from=libffi /out /
COPY --link --from=sqlite /out /
COPY --link --from=ncurses /out /
COPY --link --from=readline /out /
COPY --link --from=openssl /out /


# python-build: CPython, installed into /out.
FROM scratch AS build-python

FROM library AS python-build
ARG PYTHON
COPY --link --from=libs / /opt/cross/$ARCH/sysroot/
RUN --network=none \
    --mount=type=bind,from=sources,source=/src/python,target=/src/python \
    --mount=type=bind,from=build-python,target=/build-python \
    --mount=type=bind,source=python/build-python.sh,target=/run/build-python.sh \
    sh /run/build-python.sh


# split: the files of a running system in /runtime, what only compilers read in /development.
FROM toolchain AS split
ARG ARCH
ARG LOADER
RUN --network=none \
    --mount=type=bind,from=runtimes,source=/opt/cross,target=/opt/cross \
    --mount=type=bind,from=libs,target=/libs \
    --mount=type=bind,from=python-build,source=/out,target=/python \
    --mount=type=bind,from=busybox,source=/out,target=/busybox \
    --mount=type=bind,from=fetch-libs,source=/fetched,target=/fetched \
    --mount=type=bind,source=python,target=/run/python \
    sh /run/python/split.sh


# python-musl: the base image, a plain runtime as python:X.Y-alpine is.
FROM scratch AS python-musl
ARG PYTHON
COPY --link --from=split /runtime /
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PYTHON_VERSION=$PYTHON
CMD ["python3"]


# sysroot: the same, with what it takes to compile and link against it.
FROM python-musl AS sysroot
COPY --link --from=split /development /
