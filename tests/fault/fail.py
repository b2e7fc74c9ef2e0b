#!/usr/bin/env python3
"""Makes every operation on disk fail, once and from there on, and sees that no promise is broken.

For each step of the scenario (fault.py) and each of its operations: EIO, ENOSPC, EDQUOT or a write
that takes only half, at this operation or at it and every later one (FAULTIO_FAIL). The program may
say no; it may not crash, hang, or say yes where the change is not there. Whatever it says, what
stands is the office before or after, whole, a reader finds it, and the next document can be added
once the disk works again. After a failed sync what is acknowledged must survive a power cut as well:
that is replay.py --failing-syncs.

Planted and found: a write in durable.c whose short count was taken for success.
"""
import sys
import time

import fault

SPACE = {fault.CREATE, fault.WRITE, fault.TRUNCATE, fault.MKDIR, fault.RENAME}


def jobs_of(points):
    jobs = []
    for k, step in enumerate(points):
        for n, (kind, path, n_bytes) in enumerate(step, 1):
            kinds = [("EIO", ""), ("EIO", "+")]
            if kind in SPACE:
                kinds += [("ENOSPC", ""), ("ENOSPC", "+"), ("EDQUOT", "+")]
            if kind == fault.WRITE and n_bytes > 1:
                kinds += [("SHORT", "")]
            jobs += [(k, n, error, more) for error, more in kinds]
        jobs.append((k, 1, "SHORT", "+"))
    return jobs


def strike(bench, job, figures):
    k, n, error, more = job
    step = bench.steps[k]
    bench.write_files_up_to(k)
    bench.reset(k)
    finished = bench.run(step, seconds=30 * bench.options.slowness, fail=f"{n}{more}", error=error)
    figures["failures"] += 1
    if finished.returncode not in (0, 1):
        raise fault.Finding(f"ended with {finished.returncode}: {finished.stderr[-300:]}")
    if finished.returncode == 1 and not (finished.stderr + finished.stdout).strip():
        raise fault.Finding("failed without a word")
    sure = finished.returncode == 0
    figures["acknowledged all the same"] += sure
    if error == "SHORT" and not sure:
        raise fault.Finding(f"a short write is no failure: {finished.stderr}")
    acked = bench.n_before[k] + bench.acks_of(step, finished)
    bench.judge(acked, sure=sure)


def work(bench, jobs, _number):
    figures = {"failures": 0, "acknowledged all the same": 0}
    findings = []
    for job in jobs:
        k, n, error, more = job
        try:
            strike(bench, job, figures)
        except fault.Finding as finding:
            operation = bench.operations[k][min(n, len(bench.operations[k])) - 1]
            findings.append(f"{bench.steps[k].name}, {error} at {n}{more} ({operation}): {finding}")
    return figures, findings


def main():
    begun = time.monotonic()
    options = fault.options_of(__doc__, lambda parser: parser.add_argument(
        "--sample", type=int, default=1000))
    points, _names = fault.points_of(options)
    jobs = jobs_of(points)
    chosen = jobs if options.full else fault.sample(jobs, options.sample, options.seed)
    figures, findings = fault.in_workers(work, options, chosen)
    print(f"{len(jobs)} failures at {sum(map(len, points))} points; {len(chosen)} tried")
    return fault.report("failures", figures, findings, begun)


sys.exit(main())
