#!/usr/bin/env bash
# Makes .venv and installs the project into it, editable, at the versions of constraints.txt.
# `venv.sh run` brings what the node needs, `venv.sh dev` the tools of the tests as well.
# Does nothing where neither pyproject.toml nor constraints.txt changed since.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/apt.sh
what=${1:-run}

python=""
for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
    if command -v "$name" >/dev/null &&
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed; found: $(python3 --version 2>&1 || echo none)." >&2
    echo "  Install one, or name it: make deps PYTHON=/path/to/python3.12" >&2
    exit 1
fi

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    "$python" -c 'import ensurepip, venv' 2>/dev/null || bring python3-venv
    echo "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi

stamp=.venv/.installed
want=$(cat pyproject.toml constraints.txt scripts/venv.sh | cksum)
have=$(cat "$stamp" 2>/dev/null || true)
case "$what:$have" in
    "run:run $want" | "run:dev $want" | "dev:dev $want") exit 0 ;;
esac
# what was brought for the tests stays current when only the node is asked for
case "$have" in dev*) what=dev ;; esac
target="."
if [ "$what" = dev ]; then target=".[dev]"; fi

echo "Installing Python packages ($what) into .venv"
pip=(.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input
    -c constraints.txt)
# the build backend first and pinned too: no second, hidden environment is made for it
"${pip[@]}" hatchling
"${pip[@]}" --no-build-isolation -e "$target"
echo "$what $want" >"$stamp"
