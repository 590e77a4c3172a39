#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch-source PACKAGE [SUITE]: download a source package's upstream tarball into this folder.
#
# Without SUITE the newest version that the mirror delivers, whatever suite it is from. apt checks
# the tarball against the mirror's signed index. Debian's own patches are not wanted.
set -u

package=$1
suite=${2-}

candidates() {
    if [ -n "$suite" ]; then
        echo "$package/$suite"
        return
    fi
    apt-cache showsrc --only-source "$package" 2>/dev/null |
        sed -n 's/^Version: //p' | sort --version-sort --reverse --unique |
        sed "s/^/$package=/"
}

fetch() {
    for candidate in $(candidates); do
        apt-get source --quiet --quiet --download-only --tar-only \
            -o APT::Sandbox::User=root "$candidate" && return
        echo "The mirror does not deliver the source of $candidate." >&2
    done
    return 1
}

# The lists come from BuildKit's cache; the mirror may have moved on since they were read.
fetch || {
    echo "Reading the mirror's package lists again." >&2
    apt-get --quiet --quiet update && fetch
}
