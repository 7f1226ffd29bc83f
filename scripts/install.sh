#!/usr/bin/env bash
# Makes one virtual environment and installs pinned packages into it.
# usage: scripts/install.sh FOLDER PYTHON_VERSION REQUIREMENTS...
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1 version=$2
shift 2

uv=$(scripts/find-uv.sh)
# uv does not read pip's settings: a machine set up for pip keeps working.
if [ -n "${PIP_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}; fi
if [ -n "${PIP_FIND_LINKS:-}" ]; then export UV_FIND_LINKS=${UV_FIND_LINKS:-${PIP_FIND_LINKS// /,}}; fi
if [ -n "${PIP_CERT:-}" ]; then export SSL_CERT_FILE=${SSL_CERT_FILE:-$PIP_CERT}; fi
# The lock files leave CUDA out; only a CPU build of torch runs without it.
torch=()
if [ -z "${UV_FIND_LINKS:-}" ]; then torch=(--torch-backend cpu); fi

needed_gb=4 # an environment of 3 GB, and what is unpacked on the way
if [ ! -x "$folder/bin/python" ]; then
    free_gb=$(($(df -Pk . | awk 'NR == 2 { print $4 }') / 1000000))
    if [ "$free_gb" -lt "$needed_gb" ]; then
        echo "The disk is nearly full: $free_gb GB free for $folder, $needed_gb GB needed. Free some space, then run make again." >&2
        exit 1
    fi
    python=$(scripts/find-python.sh "$version" "$uv")
    echo "Making $folder with $python ..."
    "$uv" venv --quiet --clear --python "$python" "$folder"
fi
wanted=()
for file in "$@"; do wanted+=(-r "$file"); done
echo "Installing $* into $folder ..."
"$uv" pip install --python "$folder/bin/python" ${torch[@]+"${torch[@]}"} "${wanted[@]}"
