#!/usr/bin/env bash
# install.sh: installs what a task needs from Debian's packages: install.sh build|run|test|bench|e2e
set -euo pipefail

build="gcc make libc6-dev kore libssl-dev libjansson-dev libpq-dev libsodium-dev libical-dev libpcre2-dev
       zlib1g-dev libxxhash-dev libqrencode-dev libgmime-3.0-dev libcurl4-openssl-dev libidn2-dev pkg-config
       python3-minimal python3-yaml"
run="$build postgresql-15 postgresql-15-postgis-3 postgresql-15-postgis-3-scripts util-linux curl ca-certificates"
test="$run git clang-14 libclang-rt-14-dev clang-format clang-tidy cppcheck shellcheck libcmocka-dev
      python3-pytest python3-pytest-xdist python3-jsonschema python3-psycopg2 python3-pyflakes python3-dateutil python3-holidays
      python3-icalendar python3-recurring-ical-events nodejs pgbouncer
      python3-aiosmtpd openssl postfix dovecot-imapd dovecot-lmtpd libsasl2-modules opendkim python3-dkim mblaze spamassassin
      chromium chromium-driver python3-selenium python3-jwcrypto python3-cryptography"
bench="$test wrk nghttp2-client postgresql-contrib"
e2e="make ca-certificates python3-pytest python3-psycopg2 python3-jsonschema python3-yaml python3-jwcrypto
     podman buildah podman-compose runc mmdebstrap catatonit netavark aardvark-dns iptables iproute2 util-linux
     vdirsyncer khal thunderbird evolution-data-server gir1.2-ecal-2.0 python3-gi dbus-daemon"

case "${1:?build, run, test, bench or e2e}" in
build) wanted=$build ;;
run)   wanted=$run ;;
test)  wanted=$test ;;
bench) wanted=$bench ;;
e2e)   wanted=$e2e ;;
*)     echo "install.sh build|run|test|bench|e2e" >&2; exit 2 ;;
esac

missing=()
for package in $wanted; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
# Node.js from elsewhere brings npm along; Debian's does not.
if [[ $1 = test || $1 = bench ]] && ! command -v npm >/dev/null; then missing+=(npm); fi
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
    sudo=sudo
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# The clusters are private ones: the packaged server shall not start one of its own.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    $sudo mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
# Nor a mail server.
if [[ " ${missing[*]} " = *" postfix "* ]]; then
    echo 'postfix postfix/main_mailer_type select No configuration' | $sudo debconf-set-selections
fi
$sudo apt-get update -qq
$sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
# Nor shall other packaged services: those of tests are their own.
for service in pgbouncer postfix dovecot opendkim; do
    if [[ " ${missing[*]} " = *" $service"* ]] && command -v systemctl >/dev/null; then
        $sudo systemctl disable --quiet --now "$service" 2>/dev/null || true
    fi
done
