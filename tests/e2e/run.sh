#!/usr/bin/env bash
# run.sh: builds the images, runs them in a network of their own, and lets real calendar clients read feeds; the last line counts.
#
# Images and the layers that they are made of stay in .runde-e2e, so that a second run is quick; all else goes: containers,
# volumes and what they mount lie in a folder of this run, addresses and rules of the firewall in namespaces that end with it.
set -euo pipefail
cd "$(dirname "$0")/../.."

debian=docker.io/library/debian:bookworm-slim
kept=$PWD/.runde-e2e
[ "$(id -u)" -eq 0 ] || { echo "make e2e needs root: it makes networks and mounts" >&2; exit 1; }

fail() {
    echo "$1"
    echo "0 passed, 1 failed"
    exit 1
}

# What podman goes by, instead of the machine's own settings: configure FOLDER [FOLDER-OF-IMAGES]
configure() {
    mkdir -p "$1"
    cat >"$1/storage.conf" <<TEXT
[storage]
driver = "overlay"
graphroot = "$1/store"
runroot = "$1/run"
[storage.options]
additionalimagestores = [${2:+"\"$2/store\""}]
TEXT
    cat >"$1/containers.conf" <<TEXT
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[network]
network_backend = "netavark"
network_config_dir = "$1/networks"
TEXT
    export CONTAINERS_STORAGE_CONF=$1/storage.conf CONTAINERS_CONF=$1/containers.conf
}

# Debian as its own packages make it, under the name that the Dockerfile asks for.
make_base() {
    podman image exists "$debian" && return
    mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$kept/base.tar" /etc/apt/sources.list.d/debian.sources
    podman import --quiet "$kept/base.tar" "$debian" >/dev/null
    rm "$kept/base.tar"
}

make_image() {
    BUILDAH_ISOLATION=chroot podman build --target "$1" --tag "$2" --file docker/Dockerfile . |
        tee -a "$kept/log" | grep --line-buffered -E 'STEP|^  (kore|contract|link)'
}

step() {
    local name=$1 started=$SECONDS
    shift
    echo "== $name"
    "$@" || fail "== $name failed after $((SECONDS - started)) s; see .runde-e2e/log"
    echo "== $name: $((SECONDS - started)) s"
}

configure "$kept"
(
    flock 9
    : >"$kept/log"
    step "base image" make_base
    step "image of the database" make_image database runde-database
    step "image of Runde" make_image runde runde
) 9>"$kept/lock" || exit 1
podman images --format '{{.Repository}} {{.Size}}' | grep -v none

here=$(mktemp -d /tmp/runde-e2e-XXXXXX)
trap 'rm -rf "$here"; find /sys/fs/cgroup/*/libpod_parent -depth -type d -exec rmdir {} + 2>/dev/null || true' EXIT
configure "$here" "$kept"
export RUNDE_E2E=1 DISABLE_HC_SYSTEMD=true TMPDIR=$here

# A network that leads nowhere, where names that are not ours are refused at once (nobody listens at the address of RFC 5737).
prepare_place() {
    ip link set lo up
    ip address add 192.0.2.53/32 dev lo
    mount -t tmpfs none /run
    echo "nameserver 192.0.2.53" >"$here/resolv.conf"
    mount --bind "$here/resolv.conf" /etc/resolv.conf
}
export here
export -f prepare_place

echo "== tests"
unshare --net --mount --pid --fork --kill-child --mount-proc catatonit -- bash -c 'set -e; prepare_place; exec "$@"' bash \
    /usr/bin/python3 -m pytest --confcutdir=tests/e2e -v --tb=short -p no:cacheprovider "${@:-tests/e2e}" </dev/null
