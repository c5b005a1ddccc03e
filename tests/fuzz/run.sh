#!/usr/bin/env bash
# run.sh: fuzzes every target for SECONDS_EACH, all at once; what is found stays in build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${SECONDS_EACH:-300}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# One target: from the corpus of the repository and from what earlier runs have added to it.
fuzz() {
    local target=$1 found=build/fuzz/corpus/$1 crashes=build/fuzz/crashes/$1
    mkdir -p "$found" "$crashes"
    nice "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 \
        -print_final_stats=1 -artifact_prefix="$crashes/" "$found" "tests/fuzz/corpus/$target" >"$logs/$target" 2>&1
}

make -s --no-print-directory -j"$(nproc)" V=fuzz fuzzers
declare -A running
for source in tests/fuzz/fuzz_*.c; do
    target=$(basename "$source" .c)
    target=${target#fuzz_}
    fuzz "$target" &
    running[$target]=$!
done

failed=0
for target in "${!running[@]}"; do
    if wait "${running[$target]}"; then
        echo "  fuzz        $target: $(sed -n 's/^Done \(.*\)/\1/p' "$logs/$target")"
    else
        echo "  fuzz        $target: FAILED, see build/fuzz/crashes/$target"
        tail -50 "$logs/$target"
        failed=1
    fi
done
exit "$failed"
