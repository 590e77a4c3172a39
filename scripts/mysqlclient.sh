# SPDX-License-Identifier: MIT
# shellcheck shell=sh

mod_build() {
    apk add --no-cache mariadb-connector-c-dev
}
