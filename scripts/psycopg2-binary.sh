# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# psycopg2 asks pg_config, a program of the target, and only for what pkg-config knows as well.

mod_build() {
    apk add --no-cache libpq-dev
    mkdir -p /built/bin
    export PATH="/built/bin:$PATH"
    cat >/built/bin/pg_config <<'PG_CONFIG'
#!/bin/sh
case $1 in
    --includedir) echo "$SYSROOT/usr/include" ;;
    --includedir-server) echo "$SYSROOT/usr/include/postgresql/server" ;;
    --libdir) echo "$SYSROOT/usr/lib" ;;
    --version) echo "PostgreSQL $(pkg-config --modversion libpq)" ;;
    --cppflags | --ldflags) ;;
    *) exit 1 ;;
esac
PG_CONFIG
    chmod +x /built/bin/pg_config
}
