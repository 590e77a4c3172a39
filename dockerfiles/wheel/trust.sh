# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Sourced: let pip, cargo and those they start use the secrets and addresses that a build was given.

if [ -f /run/secrets/ca ]; then
    export PIP_CERT=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca REQUESTS_CA_BUNDLE=/run/secrets/ca
    export CURL_CA_BUNDLE=/run/secrets/ca CARGO_HTTP_CAINFO=/run/secrets/ca
    export GIT_SSL_CAINFO=/run/secrets/ca
fi
if [ -f /run/secrets/netrc ]; then
    export NETRC=/run/secrets/netrc
fi
if [ -f /run/secrets/pip_conf ]; then
    export PIP_CONFIG_FILE=/run/secrets/pip_conf
fi
if [ -n "${PIP_INDEX_URL:-}" ]; then
    export PIP_INDEX_URL
else
    unset PIP_INDEX_URL
fi
if [ -n "${CRATES_INDEX:-}" ]; then
    # Not in CARGO_HOME, which is a cache that outlives the setting; cargo looks above /src as well.
    mkdir -p /.cargo
    cat >/.cargo/config.toml <<CONFIG
[source.crates-io]
replace-with = "mirror"
[source.mirror]
registry = "$CRATES_INDEX"
CONFIG
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
export PIP_PROGRESS_BAR=off PIP_NO_COLOR=1
