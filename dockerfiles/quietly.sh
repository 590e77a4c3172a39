#!/bin/sh
# SPDX-License-Identifier: MIT
# quietly NAME COMMAND…: run COMMAND without its output; if it fails, show the output's end.
set -u

name=$1
shift
log=$(mktemp)

"$@" >"$log" 2>&1
status=$?
if [ "$status" -ne 0 ]; then
    tail -n 60 "$log"
    echo "$name failed with exit status $status; the end of its output is above."
fi >&2
rm -f "$log"
exit "$status"
