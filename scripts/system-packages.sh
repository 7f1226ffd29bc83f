#!/usr/bin/env bash
# Makes sure that the browser tests find Chromium: installs it where apt and the rights allow, else says what to do.
set -uo pipefail

for browser in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$browser" >/dev/null; then exit 0; fi
done
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
if command -v apt-get >/dev/null && ${as_root[@]+"${as_root[@]}"} true 2>/dev/null; then
    echo "Installing Chromium for the browser tests ..."
    ${as_root[@]+"${as_root[@]}"} apt-get update -qq && ${as_root[@]+"${as_root[@]}"} apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "The browser tests need Chromium in PATH: install your system's package 'chromium', then run make test again." >&2
exit 1
