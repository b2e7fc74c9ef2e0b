#!/usr/bin/env python3
"""Pages a second by format beside the usual converters, what the sandbox costs, and peak memory.

    bench/reading.py FOLDER [ZHIDIAN] [--rounds N]

FOLDER is what bench/formats.py LAWS --keep FOLDER made: the same laws in every format. Pages are those of
the PDF that LibreOffice made of each law, whatever the format. Prints one row a format:

    zhidian      `zhidian parse`, a process a file: sandbox, structure, passages and facts included
    pdftotext    a process a file, to plain text: words only
    pandoc       a process a file, to plain text
    libreoffice  one process for all files, to plain text
    with, without, cost
                 milliseconds a document within one process that starts a locked worker for each, as
                 `add` does; by the same readers without worker (build/bench/reading); the difference
    worker, parent
                 the largest resident memory of a worker, and of the process that asks it

Pages are a second of processor time, of the program and all it starts, so that what else the machine does
counts little; each is the best of N runs (3), the programs taking turns. Milliseconds are by the clock, the
shortest of ten readings of each file.
"""
import argparse
import os
import pathlib
import re
import resource
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FORMATS = {"md": (), "docx": ("pandoc", "libreoffice"), "odt": ("pandoc", "libreoffice"), "epub": ("pandoc",),
           "html": ("pandoc",), "doc": ("libreoffice",), "rtf": ("pandoc", "libreoffice"), "pdf": ("pdftotext",),
           "pdf.chromium": ("pdftotext",), "ofd.line": (), "eml": (), "mhtml": ()}
PEERS = ("pdftotext", "pandoc", "libreoffice")


def run(*command):
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=1800)


def seconds_of(program, files, zhidian):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if program == "libreoffice":
        with tempfile.TemporaryDirectory() as out:
            run("soffice", "--headless", "--convert-to", "txt:Text", "--outdir", out, *files)
            assert len(list(pathlib.Path(out).iterdir())) == len(files)
    for file in files if program != "libreoffice" else ():
        done = run(*{"zhidian": (zhidian, "parse", file), "pdftotext": ("pdftotext", file, "-"),
                     "pandoc": ("pandoc", "-t", "plain", file)}[program])
        assert done.returncode == 0 and done.stdout, (program, file, done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def sandbox(zhidian, files):
    driver = ROOT / "build/bench/reading"
    done = subprocess.run([driver, "--rounds", "10", *files], stdout=subprocess.PIPE, check=True, text=True, timeout=1800,
                          env={**os.environ, "ZHIDIAN_PARSE": str(pathlib.Path(zhidian).with_name("zhidian-parse"))})
    n, failed, given, without, worker, parent = map(float, re.findall(r"[\d.]+", done.stdout))
    assert n == len(files) and failed == 0, done.stdout
    return given, without, worker / 1024, parent / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("zhidian", nargs="?", default=str(ROOT / "build/src/cli/zhidian"))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pages = {f.stem: int(re.search(rb"Pages:\s+(\d+)", run("pdfinfo", f).stdout)[1])
             for f in sorted((options.folder / "pdf").glob("*.pdf"))}
    n_pages = sum(pages.values())
    print(f"{len(pages)} laws, {n_pages} pages; load {os.getloadavg()[0]:.2f}")
    print(f"{'format':13}{'zhidian':>9}" + "".join(f"{p:>13}" for p in PEERS) +
          f"{'with':>9}{'without':>9}{'cost':>7}{'worker':>9}{'parent':>9}")
    for kind, peers in FORMATS.items():
        files = sorted(f for f in (options.folder / kind).glob("*.*") if f.stem in pages)
        assert len(files) == len(pages), kind
        took = {p: [] for p in ("zhidian", *peers)}
        for _ in range(options.rounds):
            for program, times in took.items():
                times.append(seconds_of(program, files, options.zhidian))
        speed = {p: n_pages / min(t) for p, t in took.items()}
        given, without, worker, parent = sandbox(options.zhidian, files)
        print(f"{kind:13}{speed['zhidian']:9.0f}" + "".join(f"{speed[p]:13.0f}" if p in speed else f"{'':13}" for p in PEERS) +
              f"{given:9.2f}{without:9.2f}{given - without:7.2f}{worker:7.1f} M{parent:7.1f} M", flush=True)


main()
