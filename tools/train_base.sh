#!/bin/sh
# Makes models/base.zdm anew: offices of the visible collections and of examples/, then
# `zhidian train` over all of them from nothing. About five minutes on two cores.
#
#   tools/train_base.sh [SHARED]     SHARED/data holds the collections (default ../shared)
set -eu
cd "$(dirname "$0")/.."
data=${1:-../shared}/data
zhidian=build/src/cli/zhidian
offices=build/base-offices

[ -d "$data" ] || { echo "$data is not here: nothing to train on" >&2; exit 77; }
rm -rf "$offices"
"$zhidian" --data "$offices/statutes" add --quiet --jsonl "$data/statutes/articles.jsonl"
"$zhidian" --data "$offices/policy" add --quiet --jsonl "$data/policy/documents.jsonl"
"$zhidian" --data "$offices/cmrc" add --quiet --jsonl "$data/reading/cmrc/documents.jsonl"
"$zhidian" --data "$offices/drcd" add --quiet --jsonl "$data/reading/drcd/documents.jsonl"
# shellcheck disable=SC2046 # the list is meant to split
"$zhidian" --data "$offices/examples" add --quiet \
    $(find examples -mindepth 1 -maxdepth 1 -type d ! -name jsonl | sort)
for file in examples/jsonl/*.jsonl; do
    "$zhidian" --data "$offices/examples" add --quiet --jsonl "$file"
done
"$zhidian" --data "$offices/statutes" train --fresh --pairs "$data/lay/pairs.jsonl" \
    --questions "$data/statutes/questions.jsonl" --out models/base.zdm \
    "$offices/policy=$data/policy/questions.jsonl" \
    "$offices/cmrc=$data/reading/cmrc/questions.jsonl" \
    "$offices/drcd=$data/reading/drcd/questions.jsonl" \
    "$offices/examples=examples/questions.jsonl"
chmod 644 models/base.zdm
