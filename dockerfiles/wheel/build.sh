#!/bin/sh
# SPDX-License-Identifier: MIT
# Build the source tree /src into one wheel in /built/wheels.
#
# docs/scripts.md documents what a module's script sees of this.
set -eu
started=$(date +%s.%N)

export MODULE_NAME="$NAME" MODULE_VERSION="$VERSION" SSL_LIBRARY
export PYTHON_VERSION="$PYTHON" PYTHON_MAJOR="${PYTHON%%.*}" TARGET_ARCH="$ARCH" SYSROOT
export WHEELS_DIR=/built/wheels IMPORTS_DIR=/dependencies NO_BINARY=1
# The older system's other names for the same.
export BUILD_PYTHON_VERSION="$PYTHON" TARGET_ARCH_TAG="$ARCH" WHEELS_TEMP_DIR="$WHEELS_DIR"
export MAKEFLAGS="-j$JOBS" CARGO_BUILD_JOBS="$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export PYTHONHASHSEED=0 PIP_FIND_LINKS="$IMPORTS_DIR"
module=$(printf '%s' "$NAME" | tr 'A-Z_.' 'a-z--' | tr -s -)
export MODULE_SCRIPT="$module.sh"
case $FLAVOUR in no-shared) export NO_AUDITWHEEL=1 ;; esac

# The sdist's own time, unless another is asked for; wheels are zip files, which begin in 1980.
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(find /src -type f -printf '%T@\n' | sort -n | tail -n 1 | cut -d . -f 1)
    [ "$SOURCE_DATE_EPOCH" -ge 315532800 ] || SOURCE_DATE_EPOCH=315532800
fi
export SOURCE_DATE_EPOCH
echo "$SOURCE_DATE_EPOCH" >/built/source-date-epoch

stop() {
    status=$?
    [ "$status" -eq 0 ] || echo "build failed: $MODULE_NAME $MODULE_VERSION: $doing" >&2
}
trap stop EXIT

# shellcheck source=/dev/null
. /run/wheel/trust.sh
# shellcheck source=/dev/null # written by cross.py
. "$CROSS/environment"
eval "$(python3 /run/wheel/settings.py environment)"
eval "set -- $(python3 /run/wheel/settings.py arguments /src)"
depends=$BUILD_DEPENDS
if [ -n "${PIP_INDEX_URL:-}" ]; then export PYPI_INDEX="$PIP_INDEX_URL"; fi
# Build arguments are variables of this shell, and some makefiles would take them for theirs.
unset NAME VERSION PYTHON ARCH MACHINE TRIPLE LOADER ORIGIN FLAVOUR ARCH_CFLAGS JOBS \
    CONFIG_SETTINGS ENVIRONMENT BUILD_DEPENDS SDIST_SHA256

mkdir -p "$WHEELS_DIR"
cd /src
if [ -n "$depends" ]; then
    doing="its build_depends could not be installed: $depends"
    # shellcheck disable=SC2086 # names, separated by blanks
    apk add $depends
fi
if [ -f "/scripts/$MODULE_SCRIPT" ]; then
    doing="scripts/$MODULE_SCRIPT stopped"
    # shellcheck source=/dev/null
    . "/scripts/$MODULE_SCRIPT"
    if type mod_build >/dev/null 2>&1; then
        doing="mod_build in scripts/$MODULE_SCRIPT stopped"
        mod_build
    fi
fi
if [ -z "${WHEEL_BUILT_IN_SCRIPT:-}" ]; then
    doing="pip wheel stopped; the lines above say why"
    python3 -m pip wheel --verbose --no-deps --wheel-dir "$WHEELS_DIR" "$@" /src
fi

doing="one wheel was expected in $WHEELS_DIR"
[ "$(find "$WHEELS_DIR" -name '*.whl' | wc -l)" -eq 1 ]
echo "$started $(date +%s.%N)" | awk '{ printf "%.1f\n", $2 - $1 }' >/built/facts/build.seconds
