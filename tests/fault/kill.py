#!/usr/bin/env python3
"""Ends the program before every change it makes on disk, and in the middle of every write.

For each step of the scenario (fault.py) and each operation N of it: the office as it was before the
step, the step with SIGKILL before N (--mode before) or after half the bytes of N (--mode half, for
writes), then everything that must hold (inspect.c, check). Without --full a seeded sample that is
spread evenly over all points.

Seen to fail: a rebuild swept the files of the old generation before the new one was named, so that 19
points before and 5 in the middle of an operation left an office without its index.
"""
import sys
import time

import fault


def add_options(parser):
    parser.add_argument("--mode", choices=["before", "half"], required=True)
    parser.add_argument("--sample", type=int, default=600)


def strike(bench, job, mode, figures):
    k, n = job
    step = bench.steps[k]
    bench.write_files_up_to(k)
    bench.reset(k)
    finished = bench.run(step, **{"kill" if mode == "before" else "half": n})
    figures["points"] += 1
    if not fault.killed(finished) and finished.returncode != 0:
        raise fault.Finding(f"ended by itself with {finished.returncode}: {finished.stderr}")
    acked = bench.n_before[k] + bench.acks_of(step, finished)
    figures["past the end"] += finished.returncode == 0
    looked = bench.judge(acked, sure=finished.returncode == 0)
    figures["max open us"] = max(figures["max open us"], looked.open_us)
    figures["at the new state"] += looked.digest == bench.digests[
        min(acked + 1, len(bench.digests) - 1)]


def work(bench, jobs, _number):
    figures = {"points": 0, "past the end": 0, "at the new state": 0, "max open us": 0}
    findings = []
    for job in jobs:
        try:
            strike(bench, job, bench.options.mode, figures)
        except fault.Finding as finding:
            findings.append(f"{bench.steps[job[0]].name}, {bench.options.mode} operation {job[1]} "
                            f"of {len(bench.operations[job[0]])} "
                            f"({bench.operations[job[0]][min(job[1], len(bench.operations[job[0]])) - 1]}): {finding}")
    return figures, findings


def main():
    begun = time.monotonic()
    options = fault.options_of(__doc__, add_options)
    points, _names = fault.points_of(options)
    jobs = [(k, n + 1) for k, step in enumerate(points) for n, (kind, _path, n_bytes) in
            enumerate(step)
            if options.mode == "before" or (kind == fault.WRITE and n_bytes > 1)]
    chosen = jobs if options.full else fault.sample(jobs, options.sample, options.seed)
    figures, findings = fault.in_workers(work, options, chosen)
    print(f"{len(jobs)} points in {len(points)} runs of the program; {len(chosen)} tried")
    if figures.get("points") != len(chosen):
        findings.append("not every chosen point was tried")
    return fault.report(f"kill {options.mode}", figures, findings, begun)


sys.exit(main())
