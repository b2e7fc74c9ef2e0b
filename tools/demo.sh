#!/bin/sh
# The main job in a minute: the invented office of examples/ goes in, two questions are answered
# on the terminal, and the page is served. Without a terminal it ends after a health check.
#
#   ZHIDIAN_DEMO_PORT   port of the page (default 8080; 0 takes a free one)
set -eu
cd "$(dirname "$0")/.."
zhidian="build/src/cli/zhidian"
office="build/demo-office"
port=${ZHIDIAN_DEMO_PORT:-8080}

ask() {
    printf '\n$ zhidian ask %s\n\n' "$*"
    "$zhidian" --data "$office" ask "$@"
}

echo "== examples/ → $office"
folders=$(find examples -mindepth 1 -maxdepth 1 -type d ! -name jsonl | sort)
# shellcheck disable=SC2086 # the list is meant to split
"$zhidian" --data "$office" add --quiet $folders
for file in examples/jsonl/*.jsonl; do
    "$zhidian" --data "$office" add --quiet --jsonl "$file"
done

ask "孩子刚出生，上户口要带哪些材料？"
ask "你们这儿的海底捞几点关门？"

echo
if [ -t 1 ]; then
    exec "$zhidian" --data "$office" serve --listen "127.0.0.1:$port"
fi
exec tools/health.py "$zhidian" "$office"
