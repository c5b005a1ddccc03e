#!/usr/bin/env bash
# run.sh: Runde on embedded defaults: its own PostgreSQL, migrated, with demonstration data. run.sh run|start|stop
set -euo pipefail
cd "$(dirname "$0")/.."

export RUNDE_HOME=${RUNDE_HOME:-.runde} PORT=${PORT:-8080}
export RUNDE_BASE_URL=${RUNDE_BASE_URL:-http://localhost:$PORT}
programs=${RUNDE_PROGRAMS:-build/release}

prepare() {
    mkdir -p "$RUNDE_HOME"
    echo "starting PostgreSQL in $RUNDE_HOME"
    RUNDE_DATABASE=$(admin/cluster.sh start "$RUNDE_HOME")
    RUNDE_HOME=$(realpath "$RUNDE_HOME")
    RUNDE_KEY_FILE=$RUNDE_HOME/secret.key
    RUNDE_USER=$(admin/cluster.sh user)
    export RUNDE_DATABASE RUNDE_HOME RUNDE_KEY_FILE RUNDE_USER
    printf 'export %s\n' "RUNDE_DATABASE='$RUNDE_DATABASE'" "RUNDE_KEY_FILE='$RUNDE_KEY_FILE'" >"$RUNDE_HOME/env"
    "$programs/runde" key
    echo "migrating"
    "$programs/runde" migrate
    if [ ! -e "$RUNDE_HOME/demo-loaded" ]; then
        echo "loading demonstration data"
        "$programs/runde" import postcodes admin/data/towns.tsv
        "$programs/runde" demo
        touch "$RUNDE_HOME/demo-loaded"
    fi
}

# What runs beside the API as long as it does: keep NAME PROGRAM [WORD ...]
keep() {
    local name=$1
    shift
    setsid "$programs/$1" "${@:2}" >>"$RUNDE_HOME/$name.log" 2>&1 </dev/null &
    echo $! >"$RUNDE_HOME/$name.pid"
}

# The worker puts mails into our folder: root remains root where its user could not.
keep_beside() {
    local user=$RUNDE_USER
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u "$user" -- test -w "$RUNDE_HOME" 2>/dev/null || user=""
        [ ! -d "$RUNDE_HOME/mail" ] || chown -R "${user:-root}" "$RUNDE_HOME/mail"
    fi
    RUNDE_USER=$user keep worker runde-worker
}

# Tells a process to end, and waits until it has; what it has at hand may take a moment.
end() {
    local file=$RUNDE_HOME/$1.pid pid
    [ -e "$file" ] || return 0
    pid=$(cat "$file")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    rm -f "$file"
}

stop_beside() {
    end worker
}

# Whoever was interrupted together with us may be gone already.
stop_all() {
    kill "$api" 2>/dev/null || true
    wait "$api" 2>/dev/null || true
    stop_beside
    admin/cluster.sh stop "$RUNDE_HOME"
}

await_ready() {
    for _ in $(seq 100); do
        if curl -fsS -o /dev/null "http://localhost:$PORT/readyz" 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    echo "the API does not get ready" >&2
    return 1
}

invite() {
    cat <<TEXT

Runde is running at http://localhost:$PORT. To try:

  curl -s 'http://localhost:$PORT/v1/groups?q=angst&limit=2'
  curl -s 'http://localhost:$PORT/v1/groups?postcode=50667&within_km=30&facets=topic'
  curl -s 'http://localhost:$PORT/v1/topics?q=deppression&limit=2'
  curl -s 'http://localhost:$PORT/v1/meetings?postcode=50667&within_km=20&time_from=17:00&limit=2'

A key for writing:

  . $RUNDE_HOME/env
  $programs/runde client add my-portal --scopes groups:read,groups:write,meetings:write --organisation $contact_point

Mails lie in the Maildir $RUNDE_HOME/mail, one file each in new/.

The contract as a page: http://localhost:$PORT/docs
TEXT
}

contact_point=01980000-0000-7000-8000-000000000002

case "${1:-}" in
run)
    prepare
    trap 'admin/cluster.sh stop "$RUNDE_HOME"' EXIT
    "$programs/runde-api" &
    api=$!
    trap stop_all EXIT
    keep_beside
    trap 'exit 0' INT TERM
    await_ready
    invite
    echo "Ctrl-C stops it."
    wait "$api"
    ;;
start)
    prepare
    setsid "$programs/runde-api" >"$RUNDE_HOME/api.log" 2>&1 </dev/null &
    keep_beside
    await_ready
    invite
    echo "make stop stops it."
    ;;
stop)
    end runde-api
    stop_beside
    [ ! -d "$RUNDE_HOME" ] || admin/cluster.sh stop "$RUNDE_HOME"
    ;;
*)
    echo "run.sh run|start|stop" >&2
    exit 2
    ;;
esac
