#!/bin/sh
# Makes .venv with Python 3.11 or newer and puts uv, pinned by hash, into it.
set -eu

python=${PYTHON:-python3}

fail() {
    echo "$*" >&2
    exit 1
}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    fail "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3 ..."
fi

# Debian keeps what venv needs to bring pip in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        fail "Python's venv is incomplete; on Debian: sudo apt-get install python3-venv"
    fi
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement requirements-uv.txt
touch .venv/bin/uv
