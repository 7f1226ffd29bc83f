#!/usr/bin/env bash
# Makes a new folder for what tests write and prints its path: in memory where there is plenty of it, because thousands of
# small databases that flush each write to a disk are most of what a test run waits for; in the usual place otherwise.
set -euo pipefail

readonly memory=/dev/shm
readonly wanted_kb=$((8 * 1024 * 1024))

has_room() {
    [[ -w $memory ]] || return 1
    local free_kb available_kb
    free_kb=$(df --output=avail "$memory" | tail -n 1)
    available_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
    ((free_kb >= wanted_kb && available_kb >= 2 * wanted_kb))
}

if has_room; then
    mktemp -d "$memory/deskmate-tests-XXXXXX"
else
    mktemp -d -t deskmate-tests-XXXXXX
fi
