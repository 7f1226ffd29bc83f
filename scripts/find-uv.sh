#!/usr/bin/env bash
# Prints the path of uv; installs it with pip into .cache/uv when the machine has none.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
    command -v uv
    exit 0
fi
if [ ! -x .cache/uv/bin/uv ]; then
    echo "uv is not installed: fetching it with pip ..." >&2
    python=$(scripts/find-python.sh 3.11)
    "$python" -m venv .cache/uv
    .cache/uv/bin/python -m pip install --quiet uv >&2
fi
echo "$PWD/.cache/uv/bin/uv"
