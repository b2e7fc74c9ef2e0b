#!/bin/sh
# Installs what tools/debian-packages names and this machine lacks; says so first. Does nothing,
# and needs neither root rights nor network, where all is there.
#
#   packages.sh          everything
#   packages.sh build    only what stands above "-- checks": enough to build and to run
set -eu
cd "$(dirname "$0")/.."

missing=""
while IFS= read -r line; do
    case "$line" in
    '# -- checks') [ "${1:-}" != build ] || break ;;
    '#'* | '') continue ;;
    *': '*)
        command -v "${line%%: *}" >/dev/null 2>&1 || missing="$missing ${line#*: }"
        ;;
    *)
        dpkg-query -W -f '${Status}' "$line" 2>/dev/null | grep -q 'ok installed' ||
            missing="$missing $line"
        ;;
    esac
done <tools/debian-packages
[ -n "$missing" ] || exit 0

echo "installing from Debian:$missing" >&2
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "not root and no sudo: install these packages first:$missing" >&2
        exit 1
    }
    as_root="sudo"
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq >&2
# shellcheck disable=SC2086 # the list is meant to split
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing \
    >/dev/null
