#!/usr/bin/env bash
# Every check, one after another under headings: `check.sh lint` the quick ones, `check.sh all` all.
# A failing step does not hide the next; the exit code is 1 if any failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=.venv/bin
failed=()

step() { # heading, command…
    local heading=$1
    shift
    printf '\n== %s\n' "$heading"
    "$@" || failed+=("$heading")
}

step "format (ruff)" $bin/ruff format --check .
step "lint (ruff)" $bin/ruff check .
step "types (mypy --strict)" $bin/mypy
step "floors (import-linter)" $bin/lint-imports
if [ "${1:-all}" = lint ]; then
    step "page: types" scripts/page.sh types
else
    step "page: types and tests" scripts/page.sh check
    # Two workers: half of the time goes in waiting for sockets, nodes and the browser. A file stays
    # with one worker, so that what its module-wide fixtures start is started once. The threshold
    # is part of this step, so that pytest's own summary is the last line.
    step "tests (pytest)" $bin/pytest -n "${PYTEST_WORKERS:-2}" --dist loadfile -q \
        --cov --cov-branch --cov-report=term --cov-fail-under=90
fi

if [ ${#failed[@]} -gt 0 ]; then
    printf '\n== failed:\n' >&2
    printf '   %s\n' "${failed[@]}" >&2
    exit 1
fi
