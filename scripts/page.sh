#!/usr/bin/env bash
# Builds the page (web/ -> mda/server/page) where its sources changed since the last build.
# `page.sh types` type-checks its sources instead, `page.sh check` tests them as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/node.sh

digest() { # of the names and contents of all files under the paths given
    find "$@" -name node_modules -prune -o -type f -print | LC_ALL=C sort |
        tr '\n' '\0' | xargs -0 cksum | cksum
}
npm=(npm --prefix web --no-fund --no-audit --no-update-notifier)

lock=$(digest web/package.json web/package-lock.json)
if [ "$(cat web/node_modules/.installed 2>/dev/null)" != "$lock" ]; then
    echo "Installing the page's packages"
    "${npm[@]}" ci --loglevel=error
    echo "$lock" >web/node_modules/.installed
fi

case "${1:-build}" in
    types) exec "${npm[@]}" run check ;;
    check)
        "${npm[@]}" run check
        exec "${npm[@]}" test
        ;;
esac

sources=$(digest web data/coast) # what web/build.mjs reads
if [ ! -f mda/server/page/index.html ] ||
    [ "$(cat web/node_modules/.built 2>/dev/null)" != "$sources" ]; then
    echo "Building the page"
    "${npm[@]}" run build
    echo "$sources" >web/node_modules/.built
fi
