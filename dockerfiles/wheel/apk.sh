#!/bin/sh
# SPDX-License-Identifier: MIT
# apk, as module scripts know it, acting on the target's sysroot.
#
# On an Alpine base it is Alpine's own. On a base built from source nothing can be installed:
# `apk add` succeeds for what is there already, and names what is not. packages.txt says by which
# file or command each known package is recognised.
set -eu

alpine=/opt/build-platform/bin/apk
known=$(dirname "$0")/packages.txt

is_there() {
    while read -r package kind proof; do
        if [ "$package" = "$1" ]; then
            case $kind in
                file) test -e "$SYSROOT/$proof" ;;
                command) command -v "$proof" >/dev/null ;;
            esac
            return
        fi
    done <"$known"
    return 1
}

add() {
    missing=""
    for package; do
        is_there "${package%%[<>=~]*}" || missing="$missing $package"
    done
    [ -z "$missing" ] || {
        echo "apk add: the base built from source does not have:$missing"
        echo "It holds what Python itself needs. Build on a base image from a registry, or leave"
        echo "this module to it."
        exit 1
    } >&2
}

verb=""
packages=""
virtual=""
for word; do
    if [ -n "$virtual" ]; then
        virtual=""
        continue
    fi
    case $word in
        -t | --virtual | -X | --repository) virtual=next ;;
        -*) ;;
        *) if [ -z "$verb" ]; then verb=$word; else packages="$packages $word"; fi ;;
    esac
done

case $verb in
    add | info | list | search | update | upgrade | fix | policy | del) ;;
    *)
        echo "apk: this command is not for module scripts: $*" >&2
        exit 1
        ;;
esac
case $verb in
    # What a wheel was linked with is still needed when it is repaired.
    del) echo "apk del: kept until the wheel is repaired:$packages" ;;
    *)
        if [ -x $alpine ]; then
            exec $alpine --root "$SYSROOT" --arch "$ALPINE_ARCH" --no-scripts "$@"
        fi
        # shellcheck disable=SC2086 # names, separated by blanks
        if [ "$verb" = add ]; then add $packages; fi
        ;;
esac
