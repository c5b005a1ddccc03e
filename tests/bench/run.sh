#!/usr/bin/env bash
# run.sh: Runde beside others in one run; changes nothing outside of a folder that it removes again.
#
# ROUNDS=5 rounds, SECONDS_EACH=5 for each measurement, a directory of GROUP_COUNT=100000 groups; of the
# CASES=reading,writing,registrations,memory,feeds,jobs,mails,webhooks,reminders all or some; reminders only if named.
set -euo pipefail
cd "$(dirname "$0")/../.."

node_version=$(node -p 'process.versions.node')
if [ "${node_version%%.*}" -lt 20 ]; then
    echo "Fastify 5 is made for Node.js 20 and later; this is $node_version, and the comparison is worth that much less."
fi
for compared in fastify graphile ics; do
    (
        cd tests/bench/$compared
        [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-fund --no-audit --ignore-scripts
    )
done
make -s --no-print-directory bench-tools
V=release exec /usr/bin/python3 -m tests.bench.bench
