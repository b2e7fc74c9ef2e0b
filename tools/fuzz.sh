#!/bin/sh
# The fuzz targets: fuzz.sh list · fuzz.sh build FOLDER · fuzz.sh run FOLDER TARGET SECONDS
# A run begins from the committed corpus, keeps what it finds in FOLDER, and fails on a finding.
# ZD_FUZZ_SEED fixes where a search goes, so that a check of the same code says the same twice;
# without it every run looks elsewhere, which is what a long search wants.
set -eu
cd "$(dirname "$0")/.."

case "$1" in
list)
    sed -n "s/^  \['\([a-z_]*\)',.*/\1/p" tests/fuzz/meson.build
    ;;
build)
    for target in $("$0" list); do
        set -- "$@" "tests/fuzz/fuzz_$target"
    done
    shift
    folder=$1
    shift
    ninja -C "$folder" "$@"
    ;;
run)
    mkdir -p "$2/found/$3"
    options=""
    [ ! -f "tests/fuzz/$3.dict" ] || options="-dict=tests/fuzz/$3.dict"
    # shellcheck disable=SC2086 # no option or one
    "$2/tests/fuzz/fuzz_$3" -max_total_time="$4" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
        -seed="${ZD_FUZZ_SEED:-0}" -print_final_stats=1 -artifact_prefix="$2/found/" $options "$2/found/$3" \
        "tests/fuzz/corpus/$3"
    ;;
esac
