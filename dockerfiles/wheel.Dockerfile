# SPDX-License-Identifier: MIT
#
# One cell: build (or take), repair, check and test one wheel (DESIGN.md, section 4).
#
# Named contexts, all of them always given:
#   base          the plain Python image of the target platform
#   buildbase     the same for the build platform
#   runtimes      compilers and runtimes for the target (a stage of toolchain.Dockerfile that has
#                 what the module needs: C, C++ or Rust); runs on the build platform
#   sysroot       root file system of the target with headers and libraries to link with
#   scripts       the module scripts
#   sdist         folder with the one sdist, or an empty one
#   taken         folder with the one wheel from the index, or an empty one
#   dependencies  folder with the wheels of all run-time dependencies
#   debian        any root with a shell, for `depends` alone
# Secrets, all optional: ca (PEM bundle), netrc, pip_conf.

# built: from `sdist`; taken: a wheel of the index, only checked and tested.
ARG ORIGIN=built


# depends: what a module's script wants built first, in a file that is exported.
FROM --platform=$BUILDPLATFORM debian AS ask-script
ARG NAME
ARG VERSION
ARG PYTHON
ARG ARCH
ARG SSL_LIBRARY=""
RUN --network=none \
    --mount=type=bind,from=scripts,target=/scripts \
    --mount=type=bind,source=wheel/depends.sh,target=/run/depends.sh \
    sh /run/depends.sh

FROM scratch AS depends
COPY --from=ask-script /depends/ /


# native-python, target-python, target-sysroot: those contexts, each of a stated platform, and the
# Pythons with pip's byte code.
FROM --platform=$BUILDPLATFORM buildbase AS native-python
RUN --network=none \
    --mount=type=bind,source=wheel/warm-python.sh,target=/run/warm-python.sh \
    sh /run/warm-python.sh

FROM base AS target-python
RUN --network=none \
    --mount=type=bind,source=wheel/warm-python.sh,target=/run/warm-python.sh \
    sh /run/warm-python.sh

FROM sysroot AS target-sysroot


# workbench: Debian with compilers, the build platform's Python, the target's sysroot.
FROM --platform=$BUILDPLATFORM runtimes AS workbench
RUN --network=none \
    --mount=type=bind,from=native-python,target=/buildbase \
    --mount=type=bind,source=wheel/place-python.sh,target=/run/place-python.sh \
    sh /run/place-python.sh
ARG ARCH
ENV SYSROOT=/opt/cross/$ARCH/sysroot \
    CROSS=/opt/cross/$ARCH/settings \
    CARGO_HOME=/cargo
# Libraries that the runtimes brought stay: the sysroot may have empty ones of the same name.
RUN --network=none \
    --mount=type=bind,from=target-sysroot,target=/target \
    cp -a --update=none /target/. $SYSROOT/
ARG PYTHON
ARG MACHINE
ARG TRIPLE
ARG LOADER
ARG RUST_TARGET
COPY wheel/crosswheel.py wheel/crosswheel.pth /usr/local/lib/python$PYTHON/site-packages/
COPY --chmod=755 wheel/apk.sh /opt/apk/apk
ENV PATH=/opt/apk:$PATH
RUN --network=none \
    --mount=type=bind,source=wheel/cross.py,target=/run/cross.py \
    python3 /run/cross.py


# fetch: the sdist, checked and unpacked.
FROM workbench AS fetch
ARG SDIST_SHA256
RUN --network=none \
    --mount=type=bind,from=sdist,target=/sdist \
    --mount=type=bind,source=wheel/fetch.sh,target=/run/fetch.sh \
    sh /run/fetch.sh


# build: the module's script, then `pip wheel`.
FROM fetch AS build
ARG NAME
ARG VERSION
ARG ALPINE_ARCH
ARG FLAVOUR
ARG SSL_LIBRARY=""
ARG CONFIG_SETTINGS={}
ARG ENVIRONMENT={}
ARG BUILD_DEPENDS=""
ARG SOURCE_DATE_EPOCH=""
ARG PIP_INDEX_URL=""
ARG CRATES_INDEX=""
ARG JOBS=2
RUN --mount=type=cache,id=musl-wheels-pip-$PYTHON,target=/root/.cache/pip \
    --mount=type=cache,id=musl-wheels-cargo,target=/cargo \
    --mount=type=secret,id=ca,mode=0444 \
    --mount=type=secret,id=netrc \
    --mount=type=secret,id=pip_conf \
    --mount=type=bind,from=scripts,target=/scripts \
    --mount=type=bind,from=dependencies,target=/dependencies \
    --mount=type=bind,source=wheel/trust.sh,target=/run/wheel/trust.sh \
    --mount=type=bind,source=wheel/settings.py,target=/run/wheel/settings.py \
    --mount=type=bind,source=wheel/build.sh,target=/run/wheel/build.sh \
    sh /run/wheel/build.sh


# auditwheel: the build platform's Python with what looks into wheels; shared by all cells.
FROM native-python AS auditwheel
ARG PYTHON
ARG PIP_INDEX_URL=""
RUN --mount=type=cache,id=musl-wheels-pip-$PYTHON,target=/root/.cache/pip \
    --mount=type=secret,id=ca,mode=0444 \
    --mount=type=secret,id=netrc \
    --mount=type=secret,id=pip_conf \
    --mount=type=bind,source=wheel/trust.sh,target=/run/wheel/trust.sh \
    --mount=type=bind,source=wheel/requirements.txt,target=/run/wheel/requirements.txt \
    . /run/wheel/trust.sh && \
    python3 -m pip install --no-deps --require-hashes --requirement /run/wheel/requirements.txt


# repair: shared libraries grafted in, or named.
FROM auditwheel AS repair
ARG ARCH
ARG FLAVOUR
RUN --network=none \
    --mount=type=bind,from=build,source=/opt/cross,target=/opt/cross \
    --mount=type=bind,from=build,source=/built,target=/built \
    --mount=type=bind,source=wheel/gates.py,target=/run/wheel/gates.py \
    --mount=type=bind,source=wheel/repair.sh,target=/run/wheel/repair.sh \
    SYSROOT=/opt/cross/$ARCH/sysroot sh /run/wheel/repair.sh


# candidate: the wheel to be judged, wherever it is from.
FROM scratch AS candidate-built
COPY --from=repair /repaired/ /

FROM scratch AS candidate-taken
COPY --from=taken / /wheels/

FROM candidate-$ORIGIN AS candidate


# check: the static gates.
FROM auditwheel AS check
ARG PYTHON
ARG MACHINE
ARG ALPINE_ARCH
ARG LOADER
ARG ORIGIN
ARG FLAVOUR
ARG SDIST_SHA256
RUN --network=none \
    --mount=type=bind,from=candidate,target=/candidate \
    --mount=type=bind,from=target-python,target=/base \
    --mount=type=bind,source=wheel/gates.py,target=/run/wheel/gates.py \
    --mount=type=bind,source=wheel/check.sh,target=/run/wheel/check.sh \
    sh /run/wheel/check.sh


# test: installed and imported where it will be used. The only stage on the target platform.
FROM target-python AS test
ARG FLAVOUR
ARG IMPORTS=""
ARG CHECK=""
ARG QEMU_CPU=""
RUN --mount=type=bind,from=candidate,target=/candidate \
    --mount=type=bind,from=check,source=/checked,target=/checked \
    --mount=type=bind,from=dependencies,target=/dependencies \
    --mount=type=bind,source=wheel/import_test.py,target=/run/wheel/import_test.py \
    --mount=type=bind,source=wheel/result.py,target=/run/wheel/result.py \
    --mount=type=bind,source=wheel/test.sh,target=/run/wheel/test.sh \
    sh /run/wheel/test.sh


# wheels: all that leaves, and nothing that was not tested.
FROM scratch AS wheels
COPY --from=test /tested/ /
