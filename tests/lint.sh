#!/usr/bin/env bash
# lint.sh: every rule that a program can check, one line for each; names what is wrong. lint.sh [STEP ...]
# shellcheck disable=SC2317  # the steps are called by their names
set -u
cd "$(dirname "$0")/.." || exit 1

all=(format length purpose layering banned clock sql build tidy cppcheck shell python contract)

# Files of ours in the folders given: sources EXTENSIONS FOLDER ...
sources() {
    local names=$1
    shift
    find "$@" -regextype posix-extended -regex ".*\.($names)" \
        -not -path '*/node_modules/*' -not -path './build/*' -not -path '*/.*/*' 2>/dev/null | sort
}

# Content only if what it reads is empty.
nothing() { ! grep .; }

# Lines in C files of some folders that name what they must not: forbid 'FOLDERS' PATTERN [EXCEPT]
forbid() {
    local folders
    read -ra folders <<<"$1"
    sources 'c|h' "${folders[@]}" | grep -vxE "${3:-}" | xargs -r grep -nHE "$2"
}

check_format() {
    sources 'c|h' core api admin workers tests/unit tests/fuzz | xargs -r -P"$(nproc)" -n8 clang-format --dry-run -Werror
}

check_length() {
    nothing < <(
        sources 'c|h' core api admin workers | xargs -r awk -v file_max=400 -f tests/lint/length.awk
        sources 'c|h' tests/unit tests/fuzz | xargs -r awk -f tests/lint/length.awk)
}

check_purpose() {
    nothing < <({ sources 'c|h|S|sql|sh|py|awk' .; ls .ci/run; } | xargs awk -f tests/lint/purpose.awk)
}

check_layering() {
    local programs='api admin workers'
    nothing < <(
        forbid core        '#include "(api|admin|workers)[/_]'
        forbid api         '#include "(admin|workers)[/_]'
        forbid admin       '#include "(api|workers)[/_]'
        forbid workers     '#include "(api|admin)[/_]'
        forbid core        '#include <jansson'
        forbid "core $programs" '#include <kore/'  'api/(main|edge|loop|socket)\.c'
        forbid "core $programs" '#include <libpq'  'core/db[a-z_]*\.[ch]'
        forbid "core $programs" '#include <sodium' 'core/(secrets|signatures)\.c'
        forbid "core $programs" '#include <libical' 'core/recurrence[a-z_]*\.c'
        forbid "core $programs" '#include <zlib' 'core/gzip\.c'
        forbid "core $programs" '#include <qrencode' 'api/qr\.c'
        forbid "core $programs" '#include <gmime/' 'workers/letter\.c|admin/dsn\.c'
        forbid "core $programs" '#include <curl/'  'workers/(smtp(_letter|_settings)?|outside|fetch|post)\.[ch]'
        forbid "core $programs" '#include <idn2'   'core/address\.c'
        forbid "core $programs" '#include <openssl/' 'api/(certificate|jose)\.c|api/tls\.h')
}

check_banned() {
    local words='strn?cpy|strcat|v?sprintf|gets|strtok(_r)?|ato[ilf]|atoll|alloca|v?[fs]?scanf|system|popen'
    nothing < <(
        forbid 'core api admin workers tests' "(^|[^[:alnum:]_.>])($words) ?\("
        forbid 'core api admin workers tests' '^[[:space:]]+goto ')
}

# Time is one parameter: :'now' in statements, runde_now() in what the database decides alone.
check_clock() {
    nothing < <(sources sql api admin workers migrations | xargs -r awk -f tests/lint/clock.awk)
}

# SQL has its home in .sql files.
check_sql() {
    nothing < <(forbid 'core api admin workers' '"[^"]*\b(SELECT |INSERT |UPDATE |DELETE (FROM|"))')
}

check_build() {
    make --no-print-directory -s -j"$(nproc)" build
    make --no-print-directory -s -j"$(nproc)" V=asan build unit-tests
    make --no-print-directory -s -j"$(nproc)" V=fuzz fuzzers
}

check_tidy() {
    sources c core api admin workers tests/unit tests/fuzz |
        xargs -r -P"$(nproc)" -I{} sh -c 'clang-tidy --quiet {} -- '"$(make -s V=asan flags)"' 2>/dev/null'
}

check_cppcheck() {
    sources c core api admin workers | xargs -r cppcheck --std=c11 --quiet -j"$(nproc)" \
        --enable=warning,performance,portability,style --suppressions-list=tests/lint/cppcheck.txt \
        --error-exitcode=1 --library=posix --template='{file}:{line}: {message} [{id}]' \
        -DKORE_NO_HTTP -DKORE_SINGLE_BINARY -I. -Ibuild/asan/gen -Ibuild/asan/kore/include \
        -Ibuild/asan/kore/include/kore -I/usr/include -I/usr/include/x86_64-linux-gnu
}

check_shell() { { sources sh .; ls .ci/run; } | xargs shellcheck; }

check_python() { sources py . | xargs -r /usr/bin/python3 -m pyflakes; }

check_contract() { openapi/lint.sh; }

failed=0
[ $# -gt 0 ] || set -- "${all[@]}"
for step; do
    started=$SECONDS
    printf '  lint        %-10s' "$step"
    if output=$("check_$step" 2>&1 </dev/null); then
        printf '%3d s\n' $((SECONDS - started))
    else
        printf 'FAILED\n%s\n' "$output"
        failed=1
    fi
done
exit "$failed"
