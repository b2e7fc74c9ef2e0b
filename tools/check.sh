#!/bin/bash
# Everything that must hold, in the order in which it is cheapest to learn that it does not:
# packages, format and cppcheck, the tests on gcc, then on clang with the address and
# undefined-behaviour sanitizers (clang-tidy beside them on what the processors have left), then
# unit tests built for arm64 under emulation, then the fuzz targets for a while each. Prints one
# line a step, the output of a step that failed, and at last what failed once more, where the end
# of a long output is all that is kept, and the number of tests passed, failed and skipped.
#
#   ZD_CHECK_FUZZ_SECONDS   seconds a fuzz target (default 5; 0 leaves them out)
#   ZD_CHECK_DIR            where to build (default: the checkout)
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1
dir=${ZD_CHECK_DIR:-$PWD}
fuzz_seconds=${ZD_CHECK_FUZZ_SECONDS:-5}
logs="$dir/build-logs"
mkdir -p "$logs"
failures="$logs/failures.txt"
passed=0 failed=0 skipped=0
: >"$failures"
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
export ZD_FUZZ_SEED=${ZD_FUZZ_SEED:-1}
export MESON_TESTTHREADS=${MESON_TESTTHREADS:-2}

# step NAME COMMAND…: one check that counts as one test
step() {
    local name=$1 log="$logs/${1// /-}.log" begun=$SECONDS
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        printf '  ok      %-34s %4d s\n' "$name" $((SECONDS - begun))
        return 0
    fi
    failed=$((failed + 1))
    printf '  FAILED  %-34s %4d s\n' "$name" $((SECONDS - begun))
    tail -n 60 "$log"
    {
        echo "$name"
        tail -n 25 "$log" | sed 's/^/    /'
    } >>"$failures"
    return 1
}

# suite NAME BUILD-FOLDER: counts every test of a build. A run that broke off counts as a failed
# test of its own, and the log of an earlier run is never counted.
suite() {
    local name=$1 build=$2 begun=$SECONDS log="$logs/${1// /-}.log" result=ok p=0 f=0 s=0
    rm -f "$build/meson-logs/testlog.json"
    meson test -C "$build" --no-rebuild --print-errorlogs >"$log" 2>&1 || result=FAILED
    read -r p f s < <(python3 tools/count_tests.py "$build/meson-logs/testlog.json" || echo 0 1 0)
    if [ "$p" -eq 0 ] || [ "$f" -ne 0 ]; then
        result=FAILED
    fi
    if [ "$result" = FAILED ] && [ "$f" -eq 0 ]; then
        f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '  %-7s %-34s %4d s  %d passed, %d failed, %d skipped\n' "$result" "$name" \
        $((SECONDS - begun)) "$p" "$f" "$s"
    if [ "$result" = FAILED ]; then
        {
            echo "$name"
            python3 tools/count_tests.py --failed "$build/meson-logs/testlog.json" ||
                tail -n 25 "$log"
        } 2>&1 | tee -a "$failures"
    fi
}

configure() { # FOLDER COMPILER ARGUMENTS…
    local build=$1 compiler=$2
    shift 2
    if [ -f "$build/build.ninja" ]; then
        return 0
    fi
    CC=$compiler meson setup "$build" "$@"
}

format_is_kept() {
    find src tests bench tools -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run --Werror
}

analyse_with_clang_tidy() {
    find src -name '*.c' -print0 |
        nice xargs -0 -P 2 -n 1 clang-tidy -p "$dir/build-asan" --quiet
}

end_of_clang_tidy() {
    local result=0
    wait "$tidy" || result=$?
    cat "$logs/clang-tidy-output.log"
    return "$result"
}

# The fuzz targets, as many at once as there are processors; each leaves its output and its status.
search_all() { # TARGETS
    # shellcheck disable=SC2016 # the inner shell's variables
    echo "$1" | xargs -P "$(nproc)" -I TARGET sh -c \
        'tools/fuzz.sh run "$1" "$2" "$3" >"$4/search-$2.log" 2>&1; echo $? >"$4/search-$2.status"' \
        sh "$dir/build-fuzz" TARGET "$fuzz_seconds" "$logs"
}

end_of_search() { # TARGET
    cat "$logs/search-$1.log"
    return "$(cat "$logs/search-$1.status")"
}

analyse_with_cppcheck() {
    cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability \
        --inline-suppr --suppressions-list=tools/cppcheck-suppressions --error-exitcode=1 \
        -D__x86_64__ -DZD_VERSION='"0"' -I src -j 2 src
}

echo "checking $(git log -1 --format='%h %s' 2>/dev/null)"
step "packages" tools/packages.sh
step "format" format_is_kept
step "cppcheck" analyse_with_cppcheck
step "configure gcc" configure "$dir/build-gcc" gcc --buildtype=debugoptimized
tidy=""
if step "build gcc" ninja -C "$dir/build-gcc"; then
    suite "tests gcc" "$dir/build-gcc"
fi
step "configure clang, sanitized" configure "$dir/build-asan" clang --buildtype=debugoptimized \
    -Db_sanitize=address,undefined -Db_lundef=false
if step "build clang, sanitized" ninja -C "$dir/build-asan"; then
    analyse_with_clang_tidy >"$logs/clang-tidy-output.log" 2>&1 &
    tidy=$!
    suite "tests clang, sanitized" "$dir/build-asan"
fi
if [ -n "$tidy" ]; then
    step "clang-tidy" end_of_clang_tidy
fi
if [ "$(uname -m)" = x86_64 ]; then
    step "tests arm64, emulated" env ZD_SHORT=1 tools/check_cross.sh arm64 "$dir/build-arm64"
fi
if [ "$fuzz_seconds" -gt 0 ]; then
    step "configure fuzz" configure "$dir/build-fuzz" clang --buildtype=debugoptimized \
        -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
    if step "build fuzz" tools/fuzz.sh build "$dir/build-fuzz"; then
        targets=$(tools/fuzz.sh list)
        search_all "$targets"
        for target in $targets; do
            step "fuzz $target" end_of_search "$target"
        done
    fi
fi

echo
if [ -s "$failures" ]; then
    printf 'What failed:\n%s\n\n' "$(cat "$failures")"
fi
echo "Tests: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
