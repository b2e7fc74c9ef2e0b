#!/usr/bin/env python3
"""The share of known articles that come out of reading as one passage.

    bench/articles.py [--zhidian BINARY] [--data FOLDER] [--show N]

For every file named in FOLDER/statutes/articles.jsonl it runs `zhidian parse FILE` and compares:
an article counts when exactly one passage of the file has its number, its headings (joined by
" > ", white space of no account) and its text (white space of no account). Prints the share, then
the misses by kind, the first N of each. Exits 1 below --floor (0.995), 77 where the data is absent.

Where the data holds the same article of one file twice, both must be found.
"""
import argparse
import collections
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)


def bare(text):
    return "".join(text.translate(INVISIBLE).split())


def passages_of(binary, path):
    done = subprocess.run([binary, "parse", path], capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stderr.strip()
    rows = [json.loads(line) for line in done.stdout.split("\n") if line]
    return [row for row in rows if "start" in row], ""


def miss_kind(article, rows):
    """Why no passage is this article, in a word, and the nearest one."""
    same_number = [row for row in rows if bare(row["number"]) == bare(article["number"])]
    if not same_number:
        return "no such number", ""
    same_text = [row for row in same_number if bare(row["text"]) == bare(article["text"])]
    if same_text:
        return "other headings", same_text[0]["path"]
    for row in same_number:
        ours, theirs = bare(row["text"]), bare(article["text"])
        if theirs.startswith(ours):
            return "ends too early", theirs[len(ours):len(ours) + 60]
        if ours.startswith(theirs):
            return "ends too late", ours[len(theirs):len(theirs) + 60]
    return "other text", same_number[0]["text"][:60]


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--zhidian", default=os.environ.get("ZHIDIAN", os.path.join(ROOT, "build", "zhidian")))
    ask.add_argument("--data", default=os.path.join(
        os.environ.get("ZD_SHARED", os.path.join(ROOT, "..", "shared")), "data"))
    ask.add_argument("--show", type=int, default=3)
    ask.add_argument("--floor", type=float, default=0.995)
    args = ask.parse_args()
    source = os.path.join(args.data, "statutes", "articles.jsonl")
    if not os.path.exists(source):
        print("skipped: no %s" % source)
        return 77
    by_path = collections.OrderedDict()
    with open(source, encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            by_path.setdefault(article["path"], []).append(article)

    found = total = 0
    misses = collections.defaultdict(list)
    for path, articles in by_path.items():
        total += len(articles)
        rows, error = passages_of(args.zhidian, os.path.join(args.data, path))
        if rows is None:
            misses["not read: " + error[:60]] += [(a, "") for a in articles]
            continue
        keys = collections.Counter(
            (bare(row["number"]), bare(row["path"]), bare(row["text"])) for row in rows)
        for article in articles:
            key = (bare(article["number"]), bare(">".join(article["headings"])), bare(article["text"]))
            if keys[key] == 1:
                found += 1
            elif keys[key] > 1:
                misses["found twice"].append((article, ""))
            else:
                kind, near = miss_kind(article, rows)
                misses[kind].append((article, near))
    share = found / total
    print("articles found %d of %d: %.4f" % (found, total, share))
    for kind, rows in sorted(misses.items(), key=lambda item: -len(item[1])):
        print("%6d %s" % (len(rows), kind))
        for article, near in rows[:args.show]:
            print("         %s %s %s | %s" % (
                os.path.basename(article["path"]), article["number"],
                " > ".join(article["headings"]), near.replace("\n", "⏎")))
    return 0 if share >= args.floor else 1


if __name__ == "__main__":
    sys.exit(main())
