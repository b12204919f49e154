#!/bin/sh
# Makes a venv with the version of Triton that compile.py needs.
# Usage: kernels/triton/venv.sh FOLDER
# Does nothing if FOLDER already is such a venv.
set -eu

version=3.6.0
venv=$1
if "$venv/bin/python" -c "import triton; assert triton.__version__ == '$version'" 2>/dev/null; then
    exit 0
fi
python3 -m venv "$venv" || {
    echo "cannot make a venv: on Debian, apt-get install python3-venv" >&2
    exit 1
}
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "triton==$version" || {
    echo "cannot install triton $version from PyPI" >&2
    exit 1
}
