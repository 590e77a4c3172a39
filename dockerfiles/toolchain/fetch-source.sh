#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch-source SUITE PACKAGE…: download the upstream tarballs of source packages into this folder.
#
# SUITE `any` means the newest version that the mirror delivers, whatever suite lists it.
# apt checks the tarballs against the mirror's signed index. Debian's own patches are not wanted.
set -u

suite=$1
shift

download() {
    apt-get source --quiet --quiet --download-only --tar-only \
        -o APT::Sandbox::User=root "$@" >/dev/null
}

versions() {
    apt-cache showsrc --only-source "$1" 2>/dev/null |
        sed -n 's/^Version: //p' | sort --version-sort --reverse --unique
}

fetch_newest() {
    for version in $(versions "$1"); do
        download "$1=$version" && return
        echo "The mirror lists $1 $version and does not deliver it." >&2
    done
    return 1
}

fetch() {
    if [ "$suite" != any ]; then
        # shellcheck disable=SC2046 # one word per package
        download $(printf "%s/$suite " "$@")
        return
    fi
    for package; do
        fetch_newest "$package" || return
    done
}

# The lists come from BuildKit's cache; the mirror may have moved on since they were read.
fetch "$@" || {
    echo "Reading the mirror's package lists again." >&2
    apt-get --quiet --quiet update && fetch "$@"
}
