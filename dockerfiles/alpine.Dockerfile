# SPDX-License-Identifier: MIT
#
# The sysroot of an Alpine base image: the image itself, and what a wheel is compiled and linked
# with. apk runs on the build platform and acts on the target's root, so nothing is emulated.
#
# Named contexts: `base`, the Python image of the target platform; `buildbase`, the same for the
# build platform.

FROM --platform=$BUILDPLATFORM buildbase AS native
FROM base AS target


# install: compiler runtimes, libc and the libraries that Python itself links.
FROM native AS install
COPY --from=target / /sysroot/
ARG ALPINE_ARCH
ARG ALPINE_MIRROR=""
ARG SSL_LIBRARY=openssl
# --no-scripts: packages' scripts are programs of the target.
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    if [ -n "$ALPINE_MIRROR" ]; then \
        sed -i "s|^[^#].*/\(v[0-9.]*/[a-z]*\)$|${ALPINE_MIRROR%/}/\1|" /sysroot/etc/apk/repositories; \
    fi; \
    apk --root /sysroot --arch "$ALPINE_ARCH" --no-cache --no-scripts add \
        gcc g++ musl-dev linux-headers make pkgconf \
        "$SSL_LIBRARY-dev" libffi-dev zlib-dev bzip2-dev xz-dev sqlite-dev


FROM scratch AS sysroot
COPY --from=install /sysroot/ /
