#!/bin/sh
# SPDX-License-Identifier: MIT
# Write the targets that a module's script prints in mod_depends to /depends/depends.
set -eu

export MODULE_NAME="$NAME" MODULE_VERSION="$VERSION" SSL_LIBRARY
export PYTHON_VERSION="$PYTHON" PYTHON_MAJOR="${PYTHON%%.*}" TARGET_ARCH="$ARCH"
export BUILD_PYTHON_VERSION="$PYTHON" TARGET_ARCH_TAG="$ARCH"
MODULE_SCRIPT=$(printf '%s' "$NAME" | tr 'A-Z_.' 'a-z--' | tr -s -).sh
export MODULE_SCRIPT

mkdir -p /depends
: >/depends/depends
# shellcheck source=/dev/null
. "/scripts/$MODULE_SCRIPT"
if type mod_depends >/dev/null 2>&1; then
    mod_depends >/depends/depends
fi
