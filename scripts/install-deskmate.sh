#!/usr/bin/env bash
# Puts the command `deskmate` into .venv, running from this checkout.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$(scripts/find-uv.sh)
if [ -n "${PIP_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}; fi
if [ -n "${PIP_CERT:-}" ]; then export SSL_CERT_FILE=${SSL_CERT_FILE:-$PIP_CERT}; fi
"$uv" pip install --quiet --python .venv/bin/python --no-deps --editable .
