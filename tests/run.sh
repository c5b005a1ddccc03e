#!/usr/bin/env bash
# run.sh: everything that proves Runde, from the quickest to the longest; the last line is pytest's.
set -euo pipefail
cd "$(dirname "$0")/.."

smoke=20 # seconds of fuzzing

step() {
    local name=$1 started=$SECONDS
    shift
    echo "== $name"
    if ! "$@" </dev/null; then
        echo "== $name failed after $((SECONDS - started)) s"
        echo "0 passed, 1 failed"
        exit 1
    fi
    echo "== $name: $((SECONDS - started)) s"
}

build() {
    make -s --no-print-directory -j"$(nproc)" build && make --no-print-directory -j"$(nproc)" V=asan build
}

# Two runs in one folder share what is built, so they build one after the other.
mkdir -p build
(
    flock 9
    step build build
    step lint tests/lint.sh
    step "unit tests" tests/unit/run.sh 9>&-
    step fuzzing env SECONDS_EACH=$smoke tests/fuzz/run.sh 9>&-
) 9>build/lock

echo "== API tests"
exec /usr/bin/python3 -m pytest -n 2 -q --whole tests </dev/null
