#!/usr/bin/env bash
# database.sh: PostgreSQL in its container; the first time it makes the cluster, the database and whom it belongs to.
set -euo pipefail

bin=/usr/lib/postgresql/15/bin
data=/var/lib/postgresql/data/15

# Runde's user is no superuser, and PostGIS may be made by superusers only. The password comes over standard input.
make_cluster() {
    rm -rf "$data.new"
    "$bin/initdb" -D "$data.new" -k -E UTF8 --locale=C.UTF-8 --auth-local=peer --auth-host=scram-sha-256 >/dev/null
    echo 'host all all all scram-sha-256' >>"$data.new/pg_hba.conf"
    "$bin/pg_ctl" -D "$data.new" -w start -o "-c listen_addresses= -c unix_socket_directories=/tmp" >/dev/null
    psql -q -v ON_ERROR_STOP=1 -h /tmp -d postgres <<SQL
\getenv password DATABASE_PASSWORD
CREATE ROLE runde LOGIN PASSWORD :'password';
CREATE DATABASE runde OWNER runde;
\connect runde
CREATE EXTENSION postgis;
SQL
    "$bin/pg_ctl" -D "$data.new" -m fast -w stop >/dev/null
    mv "$data.new" "$data"
}

[ -e "$data" ] || make_cluster
unset DATABASE_PASSWORD
# Its messages quote values, and values tell of people.
exec "$bin/postgres" -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp -c max_connections=200 \
    -c shared_buffers=256MB -c log_error_verbosity=terse -c log_min_error_statement=panic "$@"
