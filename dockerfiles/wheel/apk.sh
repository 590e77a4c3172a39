#!/bin/sh
# SPDX-License-Identifier: MIT
# apk, as module scripts know it, acting on the target's sysroot.
#
# On an Alpine base it is Alpine's own. On a base built from source nothing can be installed:
# `apk add` succeeds for what is there already, and names what is not. The sysroot lists what it
# has by the names of Alpine's packages; the toolchain's commands count as packages too.
set -eu

alpine=/opt/build-platform/bin/apk
list=$SYSROOT/usr/share/musl-wheels/packages

if [ -x $alpine ]; then
    case " $* " in
        # What a wheel was linked with is still needed when it is repaired.
        *" del "*) echo "apk $*: kept until the wheel is repaired" ;;
        *) exec $alpine --root "$SYSROOT" --arch "$ALPINE_ARCH" --no-scripts "$@" ;;
    esac
    exit
fi

verb=""
missing=""
value=""
for word; do
    if [ -n "$value" ]; then
        value=""
        continue
    fi
    case $word in
        -t | --virtual | -X | --repository) value=next ;;
        -*) ;;
        *)
            name=${word%%[<>=~]*}
            if [ -z "$verb" ]; then
                verb=$word
            elif ! grep -q "^$name " "$list" && ! command -v "$name" >/dev/null; then
                missing="$missing $name"
            fi
            ;;
    esac
done

case $verb in
    add) ;;
    del | fix | info | update | upgrade) exit ;;
    *)
        echo "apk: this command is not for module scripts: $*" >&2
        exit 1
        ;;
esac
if [ -n "$missing" ]; then
    echo "apk add: the base built from source does not have:$missing"
    libraries=$(sed -n 's/^\([a-z][^ ]*-dev\) .*/\1/p' "$list" | paste -s -d ' ')
    echo "It has what Python itself needs: $libraries"
    echo "Build this module on a base image from a registry: [base] in modules.toml."
    exit 1
fi >&2
