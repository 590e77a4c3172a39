#!/bin/sh
# SPDX-License-Identifier: MIT
# Build SQLite's library into /out, with the features Alpine's has.
set -eu

mkdir -p /out/usr/lib/pkgconfig /out/usr/include
# shellcheck disable=SC2086 # CFLAGS is several words
"$CC" $CFLAGS -fPIC -shared -Wl,-soname,libsqlite3.so.0 -o /out/usr/lib/libsqlite3.so.0 \
    -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_DESERIALIZE \
    -DSQLITE_ENABLE_FTS3 -DSQLITE_ENABLE_FTS3_PARENTHESIS -DSQLITE_ENABLE_FTS4 \
    -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_GEOPOLY -DSQLITE_ENABLE_MATH_FUNCTIONS \
    -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_UNLOCK_NOTIFY -DSQLITE_MAX_VARIABLE_NUMBER=250000 \
    -DSQLITE_SECURE_DELETE -DSQLITE_THREADSAFE=1 -DSQLITE_USE_URI \
    -DHAVE_FDATASYNC -DHAVE_GMTIME_R -DHAVE_LOCALTIME_R -DHAVE_STRERROR_R -DHAVE_USLEEP \
    /src/sqlite/sqlite3.c

ln -s libsqlite3.so.0 /out/usr/lib/libsqlite3.so
cp /src/sqlite/sqlite3.h /src/sqlite/src/sqlite3ext.h /out/usr/include/
cat >/out/usr/lib/pkgconfig/sqlite3.pc <<PC
prefix=/usr
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: SQLite
Description: SQL database engine
Version: $(cat /src/sqlite/VERSION)
Libs: -L\${libdir} -lsqlite3
Cflags: -I\${includedir}
PC
