# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# OpenSSL or LibreSSL from the target's system; auditwheel grafts it into the shared flavour.

mod_build() {
    apk add --no-cache "$SSL_LIBRARY-dev"
}
