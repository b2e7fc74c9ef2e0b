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
for folder in examples/*/; do
    [ "$folder" = examples/jsonl/ ] || "$zhidian" --data "$office" add --quiet "$folder"
done
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
