#!/usr/bin/env bash
# prepare.sh: what has to be there before Runde runs: the key, the tables, and the postcodes of the largest towns.
set -euo pipefail

for _ in $(seq 60); do
    if (exec 3<>"/dev/tcp/${1:-db}/5432") 2>/dev/null; then break; fi
    sleep 1
done
runde key
runde migrate
runde import postcodes /usr/share/runde/towns.tsv
