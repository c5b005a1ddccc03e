#!/usr/bin/env bash
# run.sh: builds the unit tests with sanitizers and runs them, up to the first that fails.
set -euo pipefail
cd "$(dirname "$0")/../.."

make -s --no-print-directory -j"$(nproc)" V=asan unit-tests
for source in tests/unit/test_*.c; do
    test=$(basename "$source" .c)
    echo "  unit        $test"
    UBSAN_OPTIONS=print_stacktrace=1 "build/asan/tests/unit/$test"
done
