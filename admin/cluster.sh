#!/usr/bin/env bash
# cluster.sh: a private PostgreSQL in a folder of its own, on a Unix socket that only its user and root can reach.
#
# cluster.sh start FOLDER [durable|fast]   makes it if need be, starts it, prints its connection string
# cluster.sh stop FOLDER
# cluster.sh user                          the user it runs as: ourselves, or postgres if we are root
set -euo pipefail

bin=/usr/lib/postgresql/15/bin

as_user() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

user() {
    if [ "$(id -u)" -eq 0 ]; then echo postgres; else id -un; fi
}

# The socket's path has to be short and reachable for the server's user, wherever the folder is.
socket_folder() {
    echo "/tmp/runde-$(id -u)-$(cksum <<<"$1" | cut -d' ' -f1)"
}

# The data lie in the folder itself if the server's user can get there, else beside the socket.
data_folder() {
    if as_user test -w "$1" 2>/dev/null; then echo "$1/postgres"; else echo "$(socket_folder "$1")/postgres"; fi
}

start() {
    local folder=$1 durability=${2:-durable} sockets data settings=""
    mkdir -p "$folder"
    folder=$(realpath "$folder")
    [ "$(id -u)" -ne 0 ] || chown postgres "$folder"
    sockets=$(socket_folder "$folder")
    mkdir -p "$sockets"
    chmod 700 "$sockets"
    [ "$(id -u)" -ne 0 ] || chown postgres "$sockets"
    data=$(data_folder "$folder")
    if ! as_user test -e "$data/PG_VERSION"; then
        as_user "$bin/initdb" -D "$data" -k -E UTF8 --locale=C.UTF-8 -A trust -U "$(user)" >/dev/null
    fi
    [ "$durability" = durable ] || settings="-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    if ! as_user "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; then
        as_user "$bin/pg_ctl" -D "$data" -w -t 60 -l "$data/log" start -o \
            "-c listen_addresses= -c unix_socket_directories=$sockets -c shared_buffers=256MB -c max_connections=200 \
             -c log_error_verbosity=terse -c log_min_error_statement=panic $settings" >/dev/null
    fi
    as_user "$bin/createdb" -h "$sockets" runde 2>/dev/null || true
    echo "host=$sockets dbname=runde user=$(user)"
}

stop() {
    local folder data
    folder=$(realpath "$1")
    data=$(data_folder "$folder")
    as_user "$bin/pg_ctl" -D "$data" -m fast -w stop >/dev/null 2>&1 || true
    rmdir "$(socket_folder "$folder")" 2>/dev/null || true  # unless the data lie there too
}

case "${1:-}" in
start) start "${@:2}" ;;
stop)  stop "$2" ;;
user)  user ;;
*)     sed -n '2,7p' "$0"; exit 2 ;;
esac
