#!/bin/bash
# Builds rooms for another architecture and runs their unit tests there.
#
#   tools/check_cross.sh arm64|i386 [FOLDER] [meson test arguments…]
#
# ZD_ROOMS names the rooms (arm64: base text index semantic store; i386: base text index). With
# ZD_SHORT=1 the tests that try every character or every damage stay out and randomised ones take
# an eighth of their rounds, which is what a check has the time for under emulation.
# arm64 runs under qemu's user mode, i386 on the processor itself. The compiler comes from Debian
# and is installed where missing; the libraries are downloaded and unpacked into FOLDER/sysroot
# with a package list of our own, so that neither root rights nor a foreign architecture in the
# machine's own package database are needed (co-installing them would upgrade the machine's
# libraries to the same versions). FOLDER (default build-arm64, build-i386) is reused.
set -eu
cd "$(dirname "$0")/.."
arch=${1:?arm64 or i386}
folder=$(realpath -m "${2:-build-$arch}")
shift $(($# < 2 ? $# : 2))
case $arch in
arm64) cross=aarch64 runner=qemu-aarch64 rooms="base text index semantic store" ;;
i386) cross=i686 runner=true rooms="base text index" ;;
*)
    echo "unknown architecture $arch" >&2
    exit 2
    ;;
esac

install_tools() {
    local missing="" as_root=""
    [ -e "/usr/${cross}-linux-gnu/include/stdio.h" ] && command -v "${cross}-linux-gnu-gcc" >/dev/null ||
        missing="gcc-$cross-linux-gnu libc6-dev-$arch-cross"
    command -v "$runner" >/dev/null || missing="$missing qemu-user"
    [ -n "$missing" ] || return 0
    echo "installing from Debian: $missing" >&2
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    $as_root apt-get update -qq >&2
    # shellcheck disable=SC2086 # the list is meant to split
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends $missing >/dev/null
}

unpack_sysroot() {
    local apt="$folder/apt" names
    local -a options=(-o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache"
        -o "APT::Architectures::=amd64" -o "APT::Architectures::=$arch" -o "APT::Sandbox::User=root")
    [ -f "$folder/sysroot/complete" ] && return 0
    names=$(grep -v '^#' tools/debian-packages-cross | sed "s/\$/:$arch/")
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/debs" "$folder/sysroot"
    apt-get "${options[@]}" update -qq || echo "package lists may be old" >&2
    # shellcheck disable=SC2086 # the list is meant to split
    (cd "$apt/debs" && apt-get "${options[@]}" download -qq $names)
    for deb in "$apt"/debs/*.deb; do
        dpkg-deb -x "$deb" "$folder/sysroot"
    done
    # of the C library only its encodings are wanted, the rest comes with the compiler
    rm -rf "$folder"/sysroot/lib* "$folder"/sysroot/usr/lib/*/lib[cm].so*
    rm -rf "$apt"
    touch "$folder/sysroot/complete"
}

install_tools
mkdir -p "$folder"
unpack_sysroot
printf "[constants]\nsysroot = '%s'\n" "$folder/sysroot" >"$folder/sysroot.ini"
if [ ! -f "$folder/build/build.ninja" ]; then
    meson setup "$folder/build" --cross-file "$folder/sysroot.ini" \
        --cross-file "tools/cross/$cross.ini" --buildtype=debugoptimized
fi

# the tests of the wanted rooms: names as "zhidian:unit / base/arena"
rooms=${ZD_ROOMS:-$rooms}
names=$(meson test -C "$folder/build" --list 2>/dev/null | sed -n 's#^zhidian:unit / ##p' |
    grep -E "^($(echo "$rooms" | tr ' ' '|'))/")
if [ -n "${ZD_SHORT:-}" ]; then
    export ZD_FEWER_ROUNDS=1
    names=$(echo "$names" | grep -vE "^(text/(clean|fold)|index/(segment|writer))$")
fi
programs=$(echo "$names" | sed 's#/#_#g; s#.*#tests/unit/&_test#')
# shellcheck disable=SC2086 # the lists are meant to split
ninja -C "$folder/build" -j "${ZD_JOBS:-2}" $programs
# shellcheck disable=SC2086
meson test -C "$folder/build" --no-rebuild --print-errorlogs --timeout-multiplier 10 "$@" $names
