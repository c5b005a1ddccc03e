#!/usr/bin/env bash
# lint.sh: bundles the contract and checks it, as 3.1 and as 3.0, with Redocly and Spectral. Not one warning passes.
set -euo pipefail
cd "$(dirname "$0")"
bundled=../build/openapi
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

/usr/bin/python3 bundle.py "$bundled"
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci

for document in "$bundled/openapi.json" "$bundled/openapi-3.0.json"; do
    node_modules/.bin/redocly lint --config .redocly.yaml --max-problems 100 "$document"
    node_modules/.bin/spectral lint --ruleset .spectral.yaml --fail-severity hint "$document"
done
