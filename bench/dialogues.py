#!/usr/bin/env python3
"""Follow-up questions: how often the question as it was understood finds the right passage.

    dialogues.py OFFICE [--half a|b] [--show N]

OFFICE holds examples/. A dialogue of examples/dialogues.jsonl has one or two questions and a follow-up
that leans on them or, in some, begins another matter. Half a was looked at while the rules were
made; half b was written before and only counted.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("ZD_BINARY", str(ROOT / "build/src/cli/zhidian"))


def bare(text):
    return re.sub(r"[^\w]", "", text)


def search(office, dialogue, history):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as before:
        before.write("\n".join(history) + "\n")
        before.flush()
        command = [BINARY, "--data", office, "search", "--json", "--top", "5"]
        command += ["--as-of", dialogue["as_of"]] if dialogue.get("as_of") else []
        command += ["--history", before.name] if history else []
        done = subprocess.run([*command, dialogue["query"]], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def is_right(hit, dialogue):
    return any((hit["document"] + " " + hit["source"]).endswith(r) or r == hit["document"]
               for r in dialogue["relevant"])


def rank_of(found, dialogue):
    """Of the passage that holds the gold text, or that it holds; 0 where it is not among the five."""
    gold = bare(dialogue["passage"])
    for rank, hit in enumerate(found["hits"], 1):
        text = bare(hit["text"])
        if is_right(hit, dialogue) and (gold in text or (len(text) > 20 and text in gold)):
            return rank
    return 0


def measure(office, half=None, with_history=True, show=0):
    """Counts of a half: dialogues, right passage first, among three, among five."""
    counts = collections.Counter()
    for line in (ROOT / "examples/dialogues.jsonl").read_text(encoding="utf-8").splitlines():
        dialogue = json.loads(line)
        if half and dialogue["half"] != half:
            continue
        found = search(office, dialogue, dialogue["history"] if with_history else [])
        rank = rank_of(found, dialogue)
        counts["n"] += 1
        counts["document"] += any(is_right(hit, dialogue) for hit in found["hits"])
        for top in (1, 3, 5):
            counts[top] += 0 < rank <= top
        if not 0 < rank <= 3 and show > 0:
            show -= 1
            print(f"  {rank} {dialogue['history']} > {dialogue['query']}\n    {found['understood']}"
                  f"\n    {found['hits'][0]['title'] if found['hits'] else ''} {dialogue['relevant']}")
    return counts


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("office")
    options.add_argument("--half", choices=("a", "b"))
    options.add_argument("--show", type=int, default=0)
    options = options.parse_args()
    for half in [options.half] if options.half else ["a", "b"]:
        for with_history in (False, True):
            c = measure(options.office, half, with_history, options.show if with_history else 0)
            print(f"half {half}, {'as understood' if with_history else 'as asked     '}: right passage first "
                  f"{c[1] / c['n']:.3f}, among three {c[3] / c['n']:.3f}, among five {c[5] / c['n']:.3f} "
                  f"of {c['n']}; right document among five {c['document'] / c['n']:.3f}")


if __name__ == "__main__":
    main()
