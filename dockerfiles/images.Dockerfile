# SPDX-License-Identifier: MIT
# An image of wheels for COPY --from: nothing is run, so no platform needs emulation.
# The context has one folder of wheels a platform, such as linux_amd64 and linux_arm_v7.
FROM scratch
ARG TARGETOS TARGETARCH TARGETVARIANT
COPY ${TARGETOS}_${TARGETARCH}${TARGETVARIANT:+_$TARGETVARIANT}/ /
