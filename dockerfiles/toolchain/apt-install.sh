#!/bin/sh
# SPDX-License-Identifier: MIT
# apt-install PACKAGE…: install Debian packages, without recommendations and documentation.
set -eu

install() {
    DEBIAN_FRONTEND=noninteractive quietly "apt-get install" \
        apt-get install --yes --no-install-recommends \
        -o Binary::apt-get::APT::Keep-Downloaded-Packages=true \
        -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-unsafe-io \
        -o Dpkg::Options::=--path-exclude=/usr/share/doc/* \
        -o Dpkg::Options::=--path-exclude=/usr/share/info/* \
        -o Dpkg::Options::=--path-exclude=/usr/share/locale/* \
        -o Dpkg::Options::=--path-exclude=/usr/share/man/* \
        "$@"
}

# The lists come from BuildKit's cache; the mirror may have moved on since they were read.
install "$@" || {
    echo "Reading the mirror's package lists again." >&2
    apt-get --quiet --quiet update
    install "$@"
}
