#!/usr/bin/env python3
"""What adding a folder of documents costs: seconds, megabytes on disk, peak memory.

    bench/add.py FOLDER [ZHIDIAN]

Adds the folder three times to a fresh office and prints the middle run, then adds it once more to
the same office (nothing has changed) and prints that.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
folder = pathlib.Path(sys.argv[1])
zhidian = sys.argv[2] if len(sys.argv) > 2 else str(ROOT / "build/src/cli/zhidian")


def add(office):
    """Seconds, processor seconds and peak MiB of one run."""
    begun = time.perf_counter()
    child = subprocess.Popen([zhidian, "--data", office, "add", "--quiet", str(folder)],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(said)
    return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


n_files = sum(1 for f in folder.rglob("*") if f.is_file())
n_bytes = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
print(f"{folder.name}: {n_files} files, {n_bytes / 1e6:.1f} MB; load {os.getloadavg()[0]:.2f}")
runs = []
with tempfile.TemporaryDirectory() as place:
    office = os.path.join(place, "office")
    for _ in range(3):
        shutil.rmtree(office, ignore_errors=True)
        runs.append(add(office))
    seconds, cpu, peak, said = sorted(runs)[1]
    size = sum(f.stat().st_size for f in pathlib.Path(office).rglob("*") if f.is_file())
    print(f"added in {seconds:.2f} s ({cpu:.2f} s of processor), {size / 1e6:.1f} MB on disk, "
          f"peak {peak:.0f} MiB, {n_files / seconds:.0f} files a second")
    print("  " + said.strip().splitlines()[-1])
    seconds, cpu, peak, said = add(office)
    print(f"again, unchanged: {seconds:.2f} s, peak {peak:.0f} MiB")
    print("  " + said.strip().splitlines()[-1])
