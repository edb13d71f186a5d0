#!/usr/bin/env bash
# System packages that the tests need: a real Chromium and a font; and the programs of others that
# feeds are tried against, without which those tests are skipped. Quick where they are there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/apt.sh

missing=()
if [ -z "${CARIBSIS_CHROMIUM:-}" ] && ! [ -e "/Applications/Google Chrome.app" ] &&
    ! command -v chromium chromium-browser google-chrome-stable google-chrome >/dev/null; then
    missing+=(chromium)
fi
if ! find /usr/share/fonts /System/Library/Fonts \( -name '*.ttf' -o -name '*.otf' \) \
    -print -quit 2>/dev/null | grep -q .; then
    missing+=(fonts-dejavu-core)
fi
if [ ${#missing[@]} -gt 0 ]; then bring "${missing[@]}"; fi

peers=()
for program in gpsd socat gnuais; do # each is a Debian package of its own name
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$program" >/dev/null || peers+=("$program")
done
if [ ${#peers[@]} -gt 0 ]; then
    bring "${peers[@]}" || echo "  Without them the tests against real peers are skipped." >&2
fi
