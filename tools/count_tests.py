#!/usr/bin/env python3
"""Prints how many tests of a Meson log passed, failed and were skipped.

  count_tests.py LOG            three numbers
  count_tests.py --failed LOG   the tests that failed, each with the last lines it printed
"""
import json
import sys

LAST_LINES = 25


def results(path):
    """Each test of the log and the kind of its end."""
    kinds = {"OK": "passed", "EXPECTEDFAIL": "passed", "SKIP": "skipped"}
    with open(path, encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            yield test, kinds.get(test["result"], "failed")


def print_failed(path):
    for test, kind in results(path):
        if kind == "failed":
            print(f'{test["name"]}: {test["result"]} after {test["duration"]:.1f} s')
            for stream in ("stdout", "stderr"):
                for line in test.get(stream, "").splitlines()[-LAST_LINES:]:
                    print("    " + line)


def print_counts(path):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        for _, kind in results(path):
            counts[kind] += 1
    except FileNotFoundError:
        counts["failed"] += 1
    print(*counts.values())


if sys.argv[1] == "--failed":
    print_failed(sys.argv[2])
else:
    print_counts(sys.argv[1])
