#!/usr/bin/env python3
"""Prints how many tests of a Meson log passed, failed and were skipped."""
import json
import sys

counts = {"passed": 0, "failed": 0, "skipped": 0}
try:
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            result = json.loads(line)["result"]
            kind = {"OK": "passed", "EXPECTEDFAIL": "passed", "SKIP": "skipped"}.get(result, "failed")
            counts[kind] += 1
except FileNotFoundError:
    counts["failed"] += 1
print(*counts.values())
