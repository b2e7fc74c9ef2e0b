#!/bin/sh
# How build time, size, memory and latency grow with the number of passages.
#
#   bench/growth.sh WORKDIR [SIZE…]        default sizes: 100000 300000 1000000 3000000 10000000
#
# ZD_BUILD     build folder (build)
# ZD_SOURCE    what the corpus is modelled on: a JSON-lines file or a folder of texts
# ZD_QUESTIONS a question set that the long questions are modelled on (optional)
#
# Makes one corpus with bench/generate (kept in WORKDIR and used again), indexes its first SIZE
# passages with bench/driver, and asks a thousand long and a thousand short questions on one core.
# Prints a JSON line a size; bench/growth_plot.py draws them. Ten million passages want 12 GB of
# disk in WORKDIR and about half an hour.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=${1:?WORKDIR}
shift
[ $# -gt 0 ] || set -- 100000 300000 1000000 3000000 10000000
build=${ZD_BUILD:-$root/build}
source=${ZD_SOURCE:-${ZD_SHARED:-$root/../shared}/data/statutes/articles.jsonl}
questions=${ZD_QUESTIONS:-${ZD_SHARED:-$root/../shared}/data/statutes/questions.jsonl}
generate=$build/bench/generate
driver=$build/bench/driver
[ -e "$source" ] || {
    echo "no $source to model a corpus on: set ZD_SOURCE" >&2
    exit 77
}
mkdir -p "$work"
for size in "$@"; do
    most=$size
done
corpus=$work/corpus-$most.jsonl
if [ ! -e "$corpus" ]; then
    "$generate" passages --from "$source" --n "$most" >"$corpus.part"
    mv "$corpus.part" "$corpus"
fi
long=$work/long.jsonl short=$work/short.jsonl
[ ! -e "$questions" ] || set_arguments="--questions $questions"
# shellcheck disable=SC2086 # two words or none
"$generate" questions --from "$source" ${set_arguments:-} --n 1000 --seed 2 >"$long"
"$generate" questions --from "$source" --short --n 1000 --seed 3 >"$short"
for size in "$@"; do
    part=$work/part.jsonl place=$work/index
    rm -rf "$place" "$part"
    if [ "$size" = "$most" ]; then
        ln -s "$corpus" "$part"
    else
        head -n "$size" "$corpus" >"$part"
    fi
    built=$("$driver" build "$part" "$place")
    asked_long=$("$driver" query "$place" "$long" --top 100)
    asked_short=$("$driver" query "$place" "$short" --top 10)
    load=$(cut -d' ' -f1 /proc/loadavg)
    echo "{\"passages\": $size, \"build\": $built, \"long\": $asked_long, \"short\": $asked_short, \"load\": $load}"
    rm -rf "$place" "$part"
done
