#!/usr/bin/env bash
# Prints the path of a Python of the wanted version: from PATH, else pyenv, else uv.
# usage: scripts/find-python.sh 3.10 [path of uv]
set -u
version=$1
uv=${2:-uv}

candidates() {
    command -v "python$version"
    command -v python3
    # pyenv's shims fail when its chosen version is another one, so look into its folders too.
    local root=${PYENV_ROOT:-$HOME/.pyenv}
    ls -1d "$root/versions/$version".*/bin/python 2>/dev/null | sort -rV
    "$uv" python find --no-project "$version" 2>/dev/null
}

first_that_fits() {
    local python
    while read -r python; do
        "$python" -c "import sys; v = '.'.join(map(str, sys.version_info[:2])); v == '$version' or sys.exit(1); print(sys.executable)" \
            2>/dev/null && return 0
    done
    return 1
}

candidates | first_that_fits && exit 0
if command -v "$uv" >/dev/null; then
    echo "Python $version is neither in PATH nor in pyenv: fetching it with uv ..." >&2
    "$uv" python install --quiet "$version" 2>/dev/null && "$uv" python find --no-project "$version" && exit 0
fi
echo "Python $version was not found by PATH, pyenv or uv. Install it (for example: pyenv install $version), then run make again." >&2
exit 1
