# SPDX-License-Identifier: MIT
# shellcheck shell=sh

mod_build() {
    apk add --no-cache freetype-dev lcms2-dev libimagequant-dev libjpeg-turbo-dev libwebp-dev \
        libxcb-dev openjpeg-dev tiff-dev zlib-dev
}
