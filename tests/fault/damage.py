#!/usr/bin/env python3
"""Damages an office at rest: the index must notice and say so, the database may not lie about it.

An office of examples/, added in several batches with removals between, so that the index has several
segments and deleted passages. Baseline: what a search and an ask give for each question
(inspect_answers.c). Then, one damage at a time, in place and put right again afterwards:

  index      random bit flips in every file; every file cut at each 4 KB and one byte beside, filled
             with zeros, page by page too, emptied, deleted, longer, swapped with another
             - nobody may crash; an answer is the baseline's or is marked partial; what the check
               (zd_index_check) calls sound must answer as the baseline in everything
  open       a segment is cut to half while it is mapped: no SIGBUS, the same rule for answers
  rebuild    after some of these: `zhidian reindex`, then all answers are those of an undamaged
             office after reindex, unmarked, and `zhidian check` passes
  database   flips, cuts, zeros, deletion, another program's database: every question is answered or
             fails with a named cause, nobody crashes; the check names what it finds. Where it finds
             nothing the answers should be the baseline's: how often they are not is printed

Planted and found: a segment that trusts its pages unchecked; a snapshot that keeps the mark of the
day it was opened, though damage was found later. Seen to fail: a bit turned in a stored text passed
the check of the database.
"""
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import time

import fault

PAGE = 4096
N_QUESTIONS = 6


class Office:
    """A private copy of the damaged-to-be office, with the baseline."""

    def __init__(self, options, name):
        self.options = options
        self.root = pathlib.Path(options.folder) / name
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        self.office = self.root / "office"
        self.questions = self.root / "questions"
        self.inspector = fault.Inspector(options.inspect)

    def zhidian(self, *arguments, office=None):
        return subprocess.run([self.options.zhidian, "--data", str(office or self.office),
                               *map(str, arguments)], text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                              env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))

    def make(self):
        """Five batches, each a segment; some documents removed again."""
        examples = pathlib.Path(self.options.examples)
        for folder in ("faq", "guides", "notices", "rules", "tables"):
            done = self.zhidian("add", "--quiet", examples / folder)
            if done.returncode != 0:
                raise fault.Finding(f"add {folder}: {done.stderr}")
        listed = [json.loads(line)
                  for line in self.zhidian("list", "--json").stdout.splitlines()]
        gone = [row["id"] for row in listed[3::9]]
        done = self.zhidian("remove", *gone)
        if done.returncode != 0:
            raise fault.Finding(f"remove: {done.stderr}")
        rows = [json.loads(line) for line in
                (examples / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
        texts = [row["query"] for row in rows]
        step = max(1, len(texts) // N_QUESTIONS)
        self.questions.write_text("\n".join(texts[::step][:N_QUESTIONS]) + "\n", encoding="utf-8")
        self.baseline = self.answers()
        if any(mark != "0" for _hash, mark in self.baseline):
            raise fault.Finding("the undamaged office answers partially")
        fresh = self.root / "fresh"  # deleted passages count in the words' weights until then
        shutil.copytree(self.office, fresh)
        done = self.zhidian("reindex", office=fresh)
        if done.returncode != 0:
            raise fault.Finding(f"reindex: {done.stderr}")
        self.rebuilt = self.answers(fresh)

    def copy_of(self, other):
        shutil.copytree(other.office, self.office)
        shutil.copy(other.questions, self.questions)
        self.baseline, self.rebuilt = other.baseline, other.rebuilt

    def answers(self, office=None, must=True):
        """[(hash, mark)] of all searches and asks, or None where there was a named error."""
        line = self.inspector.ask("answers", office or self.office, self.questions)
        if line.startswith("ok "):
            return [tuple(item.split(":")) for item in line[3:].split()]
        if not must and line.startswith("no ") and len(line) > 10:
            return None
        raise fault.Finding(f"answers: {line}")

    def check(self, what):
        """True sound, False damaged with a named cause."""
        line = self.inspector.ask(what, self.office)
        if line == "ok sound":
            return True
        if line.startswith("no ") and len(line) > 10:
            return False
        raise fault.Finding(f"{what}: {line}")

    def close(self):
        self.inspector.process.stdin.close()
        self.inspector.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


# ---- damages: (name, function(folder) that does it). Each is undone by writing the bytes back.

def index_files(office):
    return sorted(path.name for path in (office.office / "index").iterdir())


def flip(path, bit):
    with open(path, "r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ (1 << bit % 8)]))


class Damage:
    """Does one thing to one file (or two) of a folder and can undo it."""

    def __init__(self, folder, kind, name, at=0):
        self.folder, self.kind, self.name, self.at = folder, kind, name, at
        self.saved = {}

    def __str__(self):
        return f"{self.kind} {self.name} {self.at}"

    def save(self, name):
        self.saved[name] = (self.folder / name).read_bytes()
        return self.saved[name]

    def do(self):
        path = self.folder / self.name
        if self.kind == "flip":
            flip(path, self.at)
            return
        raw = self.save(self.name)
        if self.kind == "cut":
            os.truncate(path, self.at)
        elif self.kind == "zeros":
            path.write_bytes(bytes(len(raw)))
        elif self.kind == "zero page":
            path.write_bytes(raw[:self.at] + bytes(len(raw[self.at:self.at + PAGE]))
                             + raw[self.at + PAGE:])
        elif self.kind == "longer":
            path.write_bytes(raw + bytes(self.at))
        elif self.kind == "gone":
            path.unlink()
        elif self.kind == "foreign":
            path.unlink()
            with sqlite3.connect(path) as other:
                other.execute("CREATE TABLE other(a)")
            other.close()
        elif self.kind == "swap":
            other = self.save(self.at)
            path.write_bytes(other)
            (self.folder / self.at).write_bytes(raw)
        elif self.kind == "page swap":
            pages = [raw[i:i + PAGE] for i in range(0, len(raw), PAGE)]
            pages[0], pages[self.at] = pages[self.at], pages[0]
            path.write_bytes(b"".join(pages))

    def undo(self):
        if self.kind == "flip":
            flip(self.folder / self.name, self.at)
        for name, raw in self.saved.items():
            (self.folder / name).write_bytes(raw)


def whole_file_damages(folder, names):
    """(kind, name, at) for all that is done to whole files."""
    out = []
    for name in names:
        size = (folder / name).stat().st_size
        for at in range(0, size, PAGE):
            out += [("cut", name, at), ("cut", name, min(size - 1, at + 1)),
                    ("zero page", name, at)]
            if at and at + PAGE <= size:
                out.append(("page swap", name, at // PAGE))
        out += [("cut", name, size - 1), ("zeros", name, 0), ("gone", name, 0),
                ("longer", name, 1), ("longer", name, PAGE)]
        out += [("swap", name, other) for other in names if other > name]
    return out


def flips(folder, names, n, chooser):
    """n random bits; the files take turns, so that small ones are hit as well."""
    bits = [(name, (folder / name).stat().st_size * 8) for name in names]
    bits = [(name, size) for name, size in bits if size]
    return [("flip", name, chooser.randrange(size))
            for name, size in (bits[i % len(bits)] for i in range(n))]


# ---- what must hold -----------------------------------------------------------------------------

def strike_index(office, what, figures):
    damage = Damage(office.office / "index", *what)
    damage.do()
    try:
        answers = office.answers()
        changed = [hash_now != hash_then for (hash_now, _), (hash_then, _) in
                   zip(answers, office.baseline, strict=True)]
        marked = [mark == "1" for _hash, mark in answers]
        sound = office.check("index")
        figures["damages"] += 1
        figures["answers changed and marked"] += sum(map(lambda c, m: c and m, changed, marked))
        if any(c and not m for c, m in zip(changed, marked)):
            figures["wrong unmarked"] += 1
            raise fault.Finding("an answer changed and is not marked partial")
        if sound and (any(changed) or any(marked)):
            raise fault.Finding("the check calls it sound, the answers do not")
        figures["found by the check"] += not sound
        figures["harmless"] += sound
    finally:
        damage.undo()


def strike_rebuild(office, what, figures):
    copy = office.root / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(office.office, copy)
    Damage(copy / "index", *what).do()
    done = office.zhidian("reindex", office=copy)
    if done.returncode != 0:
        raise fault.Finding(f"reindex: {done.stderr}")
    if office.answers(copy) != office.rebuilt:
        raise fault.Finding("the rebuilt index answers differently")
    done = office.zhidian("check", office=copy)
    if done.returncode != 0:
        raise fault.Finding(f"check after reindex: {done.stderr}")
    figures["rebuilt"] += 1


def strike_database(office, what, figures):
    damage = Damage(office.office, *what)
    damage.do()
    try:
        sound = office.check("sound")
        answers = office.answers(must=False)
        figures["database damages"] += 1
        figures["refused by the check"] += not sound
        figures["refused when asked"] += answers is None
        if what[0] in ("zeros", "gone", "foreign") and (sound or answers is not None):
            raise fault.Finding("not refused")
        figures["changed unnoticed in the database"] += sound and answers != office.baseline
    finally:
        damage.undo()
        for name in ("zhidian.db-wal", "zhidian.db-shm"):
            (office.office / name).unlink(missing_ok=True)


def strike_open(office, what, figures):
    """The file is cut to half after the first question, while it is mapped."""
    path = office.office / "index" / what[1]
    raw = path.read_bytes()
    try:
        line = office.inspector.want("shrink", office.office, office.questions, path)
        answers = [tuple(item.split(":")) for item in line.split()]
        changed = [now[0] != then[0] for now, then in zip(answers, office.baseline, strict=True)]
        figures["cut while mapped"] += 1
        if any(c and mark != "1" for c, (_hash, mark) in zip(changed, answers)):
            figures["wrong unmarked"] += 1
            raise fault.Finding("an answer changed and is not marked partial")
    finally:
        path.write_bytes(raw)


STRIKES = {"open": strike_open, "index": strike_index, "rebuild": strike_rebuild, "database": strike_database}


def work(options, number, jobs, results):
    figures = {name: 0 for name in (
        "damages", "found by the check", "harmless", "answers changed and marked",
        "wrong unmarked", "cut while mapped", "rebuilt", "database damages", "refused by the check",
        "refused when asked", "changed unnoticed in the database")}
    findings = []
    fault.end_with_the_parent()
    office = Office(options, f"worker{number}")
    office.copy_of(options.source)
    for part, what in jobs:
        try:
            STRIKES[part](office, what, figures)
        except fault.Finding as finding:
            findings.append(f"{part}, {what}: {finding}")
    office.close()
    results.put((figures, findings))


def main():
    begun = time.monotonic()

    def add(parser):
        parser.add_argument("--examples", required=True)
        parser.add_argument("--flips", type=int, default=1000)
        parser.add_argument("--whole", type=int, default=300, help="damages of whole files")
        parser.add_argument("--rebuilds", type=int, default=20)
        parser.add_argument("--database", type=int, default=150)

    options = fault.options_of(__doc__, add)
    if options.full:
        options.flips, options.whole, options.rebuilds, options.database = 10000, 0, 200, 3000
    source = Office(options, "source")
    source.make()
    options.source = source
    chooser = random.Random(options.seed)
    folder, names = source.office / "index", index_files(source)
    whole = whole_file_damages(folder, names)
    flipped = flips(folder, names, options.flips, chooser)
    jobs = [("index", what) for what in flipped + fault.sample(whole, options.whole, options.seed)]
    jobs += [("open", ("half", name)) for name in names if name.endswith(".segment")]
    both = flipped[:options.rebuilds // 2] + chooser.sample(whole, min(len(whole),
                                                                       options.rebuilds // 2))
    jobs += [("rebuild", what) for what in both]
    db = flips(source.office, ["zhidian.db"], options.database, chooser)
    db += fault.sample(whole_file_damages(source.office, ["zhidian.db"]), options.database // 2,
                       options.seed)
    db += [("zeros", "zhidian.db", 0), ("gone", "zhidian.db", 0), ("foreign", "zhidian.db", 0)]
    jobs += [("database", what) for what in db]
    print(f"{len(names)} index files of {sum((folder / n).stat().st_size for n in names)} bytes, "
          f"{len(source.baseline)} answers each")
    results = fault.multiprocessing.Queue()
    workers = [fault.multiprocessing.Process(
        target=work, args=(options, n, jobs[n::options.workers], results))
        for n in range(options.workers)]
    for worker in workers:
        worker.start()
    figures, findings = {}, []
    for _ in workers:
        got, found = results.get()
        figures = {name: figures.get(name, 0) + value for name, value in got.items()}
        findings += found
    for worker in workers:
        worker.join()
    source.close()
    shutil.rmtree(options.folder, ignore_errors=True)
    return fault.report("damage", figures, findings, begun)


sys.exit(main())
