#!/bin/bash
# Everything that must hold, in the order in which it is cheapest to learn that it does not:
# format and analysers beside the gcc build, then the tests on gcc, then on clang with the address
# and undefined-behaviour sanitizers, then the fuzz targets for a while each. Prints one line a
# step, the output of a step that failed, and the number of tests passed, failed and skipped.
#
#   ZD_CHECK_FUZZ_SECONDS   seconds a fuzz target (default 10; 0 leaves them out)
#   ZD_CHECK_DIR            where to build (default: the checkout)
set -u
cd "$(dirname "$0")/.." || exit 1
dir=${ZD_CHECK_DIR:-$PWD}
fuzz_seconds=${ZD_CHECK_FUZZ_SECONDS:-10}
logs="$dir/build-logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
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
    return 1
}

# suite NAME BUILD-FOLDER [meson test arguments…]: counts every test of a build
suite() {
    local name=$1 build=$2 begun=$SECONDS counts
    shift 2
    meson test -C "$build" --no-rebuild --print-errorlogs "$@" >"$logs/${name// /-}.log" 2>&1
    counts=$(python3 tools/count_tests.py "$build/meson-logs/testlog.json")
    read -r p f s <<<"$counts"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '  %-7s %-34s %4d s  %d passed, %d failed, %d skipped\n' \
        "$([ "$f" -eq 0 ] && [ "$p" -gt 0 ] && echo ok || echo FAILED)" "$name" \
        $((SECONDS - begun)) "$p" "$f" "$s"
    if [ "$f" -ne 0 ] || [ "$p" -eq 0 ]; then
        [ "$p" -eq 0 ] && failed=$((failed + 1))
        tail -n 150 "$logs/${name// /-}.log"
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
    git ls-files '*.c' '*.h' | xargs clang-format --dry-run --Werror
}

analyse_with_clang_tidy() {
    git ls-files 'src/*.c' | xargs -P 2 -n 4 clang-tidy -p "$dir/build-gcc" --quiet
}

analyse_with_cppcheck() {
    cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability \
        --inline-suppr --suppressions-list=tools/cppcheck-suppressions --error-exitcode=1 \
        -D__x86_64__ -DZD_VERSION='"0"' -I src -j 2 src
}

echo "checking $(git log -1 --format='%h %s' 2>/dev/null)"
step "format" format_is_kept
step "cppcheck" analyse_with_cppcheck
step "configure gcc" configure "$dir/build-gcc" gcc --buildtype=debugoptimized
if step "build gcc" ninja -C "$dir/build-gcc"; then
    suite "tests gcc" "$dir/build-gcc"
    step "clang-tidy" analyse_with_clang_tidy
fi
step "configure clang, sanitized" configure "$dir/build-asan" clang --buildtype=debugoptimized \
    -Db_sanitize=address,undefined -Db_lundef=false
if step "build clang, sanitized" ninja -C "$dir/build-asan"; then
    suite "tests clang, sanitized" "$dir/build-asan"
fi
if [ "$fuzz_seconds" -gt 0 ]; then
    step "configure fuzz" configure "$dir/build-fuzz" clang --buildtype=debugoptimized \
        -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
    if step "build fuzz" tools/fuzz.sh build "$dir/build-fuzz"; then
        for target in $(tools/fuzz.sh list); do
            step "fuzz $target" tools/fuzz.sh run "$dir/build-fuzz" "$target" "$fuzz_seconds"
        done
    fi
fi

echo
echo "Tests: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
