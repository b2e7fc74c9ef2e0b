#!/usr/bin/env python3
"""Cuts the power at every operation of a recorded run, in many ways, and looks at what is left.

faultio records every operation of the scenario (fault.py) with its bytes. The replayer walks over
that log and keeps for every file what a sync has made certain and what is still on its way, and for
every folder the same of its names. After each operation it builds states that a disk may hold when
the power fails there, as files in a memory file system, and inspect.c looks at each (check).

What a disk may do (POSIX, no more is promised):
  - a write that was not synced is there, not there, or there in some of its 512-byte sectors; later
    ones may be there without earlier ones; a length may have grown over bytes that are not (zeros);
  - an fsync or fdatasync of a file makes its earlier writes and lengths certain, not its name;
  - names (make, rename, unlink, mkdir) become certain when their folder is synced; before that each
    may be there or not, as long as those of one name keep their order; a rename is atomic;
  - after a failed sync of a file what was on its way may be lost although later syncs succeed, or
    may arrive; names stay on their way (a file system whose journal fails stops) (--failing-syncs: every sync of the scenario fails once, the program goes on as it likes, then
    the power fails; what it acknowledged must be there all the same).

At each point four states are built always: nothing on its way arrived; all of it; the names without
the bytes; the bytes without the names. The others are drawn with a seed, each with its own chance
that a sector, a length or a name arrived. States that are byte for byte equal, with the same
acknowledgements, count once.

--planted WHAT records with a disk that lies (FAULTIO_LIE): syncs of the WAL do nothing (that is
synchronous=NORMAL, the control), or of the database, the index (rename before the bytes are there),
the folders, or what is merged aside; or with a bug in the program (inspect_burst.c): an adoption
that forgets a removal, a merge that leaves the vectors out. The run then passes only if the replayer
finds a lost or torn acknowledgement.

Planted besides, and found by --failing-syncs: a commit in durable.c that ignored its failed fsync.
Seen to fail: SQLite ignores a failed sync of its folder, so a first add was acknowledged whose
database could vanish; a commit in doubt took the files of the index it named with it.
"""
import hashlib
import os
import random
import sys
import time

import fault
from fault import CREATE, LINK, MKDIR, RENAME, RMDIR, SYNC, TRUNCATE, UNLINK, WRITE

# where a planted bug may show: None anywhere, else the name of a step
PLANTED = {"wal": None, "db": None, "index": None, "folder": None, "merged": "adopt",
           "adoption": "adopt", "vectors": "adopt"}
SECTOR = 512
SHM = "-shm"


class Node:
    """A file (data) or a folder (names): what is certain, and what is on its way."""
    __slots__ = ("folder", "data", "names", "pending", "volatile")

    def __init__(self, folder, volatile=False):
        self.folder, self.volatile = folder, volatile
        self.data, self.names, self.pending = b"", {}, []


def write_into(data, offset, piece):
    if len(data) < offset:
        data.extend(bytes(offset - len(data)))
    data[offset:offset + len(piece)] = piece


def set_length(data, length):
    if length < len(data):
        del data[length:]
    else:
        data.extend(bytes(length - len(data)))


class Disk:
    """The tree below the root, after the operations so far."""

    def __init__(self, root):
        self.root_path = root
        self.root = Node(True)
        self.now = {root: self.root}  # path → node, as the program sees it
        self.by_inode = {}
        self.forgets = True  # a failed sync drops what was on its way

    def load(self, path):
        """Takes what stands on the real disk as certain."""
        for folder, names, files in os.walk(path):
            here = self.now[self.root_path + folder[len(path):]]
            for name in names + files:
                full = os.path.join(folder, name)
                node = Node(os.path.isdir(full), name.endswith(SHM))
                if not node.folder:
                    with open(full, "rb") as file:
                        node.data = file.read()
                here.names[name] = node
                self.now[self.root_path + full[len(path):]] = node
                self.by_inode[os.stat(full).st_ino] = node

    def owe(self, node, *what):
        node.pending.append(what)

    def choices(self):
        """How many states are worth drawing: 0 where nothing is on its way."""
        owed = sum(len(what[2]) // SECTOR + 1 if what[0] == "write" else 1
                   for node in set(self.now.values()) for what in node.pending
                   if not node.volatile)
        return 0 if owed == 0 else 2 ** min(owed, 20)

    def parent(self, path):
        folder, _, name = path.rpartition("/")
        return self.now.get(folder), name

    def apply(self, o):
        if o.kind == SYNC:
            self.sync(o)
        elif o.error:
            return
        elif o.kind in (CREATE, MKDIR):
            self.make(o)
        elif o.kind == WRITE:
            self.owe(self.by_inode[o.inode], "write", o.offset, o.data)
        elif o.kind == TRUNCATE:
            self.owe(self.by_inode[o.inode], "length", o.offset)
        elif o.kind == RENAME:
            self.rename(o)
        elif o.kind in (UNLINK, RMDIR):
            folder, name = self.parent(o.path)
            self.now.pop(o.path, None)
            self.owe(folder, "gone", name)
        elif o.kind == LINK:
            raise fault.Finding("links are not replayed")

    def make(self, o):
        folder, name = self.parent(o.path)
        if o.path in self.now:  # O_TRUNC of an existing file
            self.owe(self.now[o.path], "length", 0)
            return
        node = Node(o.kind == MKDIR, name.endswith(SHM))
        self.now[o.path] = node
        self.by_inode[o.inode] = node
        if folder:
            self.owe(folder, "name", name, node)

    def rename(self, o):
        folder, name = self.parent(o.path)
        other, new_name = self.parent(o.path2)
        node = self.now.pop(o.path)
        self.now[o.path2] = node
        if folder is other:
            self.owe(folder, "move", name, new_name, node)
        else:
            self.owe(folder, "gone", name)
            self.owe(other, "name", new_name, node)

    def sync(self, o):
        node = self.by_inode.get(o.inode) or self.now.get(o.path)
        if node is None:
            return
        if o.error:  # what was on its way may be lost, whatever later syncs say
            if self.forgets and not node.folder:
                node.pending = []
            return
        if node.folder:
            node.names = self.names_of(node, None, 1.0)
        else:
            node.data = self.data_of(node, None, 1.0)
        node.pending = []

    # what a power cut may leave: chance None or 0 … 1

    @staticmethod
    def names_of(folder, chooser, chance):
        names = dict(folder.names)
        for what in folder.pending:
            if chance < 1 and (chance <= 0 or chooser.random() >= chance):
                continue
            if what[0] == "name":
                names[what[1]] = what[2]
            elif what[0] == "gone":
                names.pop(what[1], None)
            elif names.get(what[1]) is what[3]:
                del names[what[1]]
                names[what[2]] = what[3]
        return names

    @staticmethod
    def data_of(node, chooser, chance):
        if not node.pending or chance <= 0:
            return node.data
        data = bytearray(node.data)
        longest = len(data)
        for what in node.pending:
            if what[0] == "length":
                if chance >= 1 or chooser.random() < chance:
                    set_length(data, what[1])
                continue
            _, offset, piece = what
            longest = max(longest, offset + len(piece))
            if chance >= 1:
                write_into(data, offset, piece)
                continue
            fate = chooser.random()
            if fate < chance * 0.7:
                write_into(data, offset, piece)
            elif fate < chance:
                at = 0
                while at < len(piece):
                    end = min(len(piece), at + SECTOR - (offset + at) % SECTOR)
                    if chooser.random() < 0.5:
                        write_into(data, offset + at, piece[at:end])
                    at = end
        if chance < 1 and chooser.random() < 0.25 and longest > len(data):
            set_length(data, longest)
        return bytes(data)

    def state(self, chooser, data_chance, name_chance):
        """{path below the root: bytes, or None for a folder}."""
        out = {}
        work = [("", self.root)]
        while work:
            path, folder = work.pop()
            for name, node in self.names_of(folder, chooser, name_chance).items():
                at = f"{path}/{name}"
                if node.folder:
                    out[at] = None
                    work.append((at, node))
                elif not name.endswith(SHM):
                    out[at] = self.data_of(node, chooser, data_chance)
        return out


def key_of(state, acked):
    h = hashlib.blake2b(str(acked).encode(), digest_size=16)
    for path in sorted(state):
        h.update(path.encode() + b"\0")
        if state[path] is not None:
            h.update(len(state[path]).to_bytes(8, "little") + state[path])
    return h.digest()


def materialise(state, folder):
    fault.shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    for path in sorted(state):
        if state[path] is None:
            os.mkdir(folder + path)
    for path, data in state.items():
        if data is not None:
            with open(folder + path, "wb") as file:
                file.write(data)


class Judge:
    """Builds states and has them looked at; counts, and keeps what was found."""

    def __init__(self, bench):
        self.bench, self.seen, self.findings = bench, set(), []
        self.figures = {"cuts": 0, "states": 0, "equal to another": 0, "max open us": 0}
        self.folder = str(bench.root / "cut")

    def look(self, state, acked, sure, where):
        key = key_of(state, (acked, sure))
        if key in self.seen:
            self.figures["equal to another"] += 1
            return
        self.seen.add(key)
        self.figures["states"] += 1
        materialise(state, self.folder)
        try:
            looked = self.bench.judge(acked, sure, self.folder + "/office")
            self.figures["max open us"] = max(self.figures["max open us"], looked.open_us)
        except fault.Finding as finding:
            self.findings.append(f"{where}: {finding}")


FIXED = [("nothing arrived", 0, 0), ("all arrived", 1, 1), ("names only", 0, 1),
         ("bytes only", 1, 0)]


def cut_here(judge, disk, acked, sure, n_drawn, chooser, where):
    for name, data_chance, name_chance in FIXED:
        judge.look(disk.state(chooser, data_chance, name_chance), acked, sure, f"{where}, {name}")
    for n in range(min(n_drawn, disk.choices())):
        data_chance = chooser.choice([0.1, 0.3, 0.5, 0.7, 0.9])
        name_chance = chooser.choice([0, 0.3, 0.7, 1, 1])
        judge.look(disk.state(chooser, data_chance, name_chance), acked, sure,
                   f"{where}, drawn {n} ({data_chance}, {name_chance})")


def is_ack(operation):
    return operation.kind == MKDIR and "/ack-" in operation.path


def is_looked_at(step, options):
    where = PLANTED.get(options.planted)
    return not step.only_prepares and (where is None or where == step.name)


def cut_everywhere(bench, jobs, number):
    """Walks the whole scenario; looks at the points that fall to this worker."""
    judge, options = Judge(bench), bench.options
    disk, acked, point = Disk(str(bench.root / "run")), 0, 0
    for k, step in enumerate(bench.steps):
        for operation in bench.operations[k]:
            disk.apply(operation)
            acked += is_ack(operation)
            point += 1
            if not is_looked_at(step, options):
                continue
            turn, rest = divmod(point, options.every)
            if rest or turn % options.workers != number or (options.planted and judge.findings):
                continue
            if disk.now.get(operation.path, disk.by_inode.get(operation.inode, disk.root)).volatile:
                continue
            chooser = random.Random(options.seed * 1000003 + point)
            cut_here(judge, disk, acked, False, options.drawn, chooser,
                     f"{step.name}, after {operation}")
            judge.figures["cuts"] += 1
        acked = bench.n_before[k] + step.n_acks
        if not is_looked_at(step, options):
            continue
        chooser = random.Random(options.seed + k)
        cut_here(judge, disk, acked, True, options.drawn, chooser, f"after {step.name}")
    return judge.figures, judge.findings


def work_planted(bench, jobs, number):
    """The clean run again on a disk that lies, then as above."""
    for k, step in enumerate(bench.steps):
        bench.write_files(step)
        if k == 0:
            bench.reset(0)
        log = bench.root / "log"
        log.unlink(missing_ok=True)
        bench.run(step, log=log, lie=bench.options.planted)
        bench.operations[k] = fault.read_log(log) if log.exists() else []
    return cut_everywhere(bench, jobs, number)


def cut_after_failure(judge, disk, job, operations, sure, where):
    """The run whose sync failed, as one kind of disk saw it; the power fails at some of the later
    operations, at each acknowledgement, and at the end."""
    bench, (k, n) = judge.bench, job
    chooser = random.Random(f"{bench.options.seed} {k} {n} {disk.forgets}")
    acked, later = bench.n_before[k], range(n, len(operations) + 1)
    picked = set(chooser.sample(later, min(bench.options.cuts, len(later))))
    for at, operation in enumerate(operations, 1):
        disk.apply(operation)
        acked += is_ack(operation)
        if is_ack(operation) or at in picked:
            cut_here(judge, disk, acked, False, 1, chooser, f"{where}, after {operation}")
    if sure:
        acked = bench.n_before[k] + bench.steps[k].n_acks
    cut_here(judge, disk, acked, sure, 2, chooser, f"{where}, at the end")


def fail_syncs(bench, jobs, _number):
    """Each job (k, n): operation n of step k is a sync and fails once. Two kinds of disk: one has
    lost what the failed sync should have saved, the other still has it on its way."""
    judge = Judge(bench)
    judge.figures.update({"failed syncs": 0, "acknowledged all the same": 0})
    for k, n in jobs:
        step = bench.steps[k]
        bench.write_files_up_to(k)
        bench.reset(k)
        disks = []
        for forgets in (True, False):
            disk = Disk(str(bench.root / "run"))
            disk.load(str(bench.root / "run"))
            disk.forgets = forgets
            disks.append(disk)
        log = bench.root / "log"
        log.unlink(missing_ok=True)
        where = f"{step.name}, sync {n} fails"
        try:
            finished = bench.run(step, log=log, fail=n, error="EIO")
        except fault.Finding as finding:
            judge.findings.append(str(finding))
            continue
        judge.figures["failed syncs"] += 1
        if finished.returncode not in (0, 1):
            judge.findings.append(f"{where}: ended with {finished.returncode}")
        if finished.returncode == 1 and not (finished.stderr + finished.stdout).strip():
            judge.findings.append(f"{where}: failed without a word")
        judge.figures["acknowledged all the same"] += finished.returncode == 0
        for disk in disks:
            cut_after_failure(judge, disk, (k, n), fault.read_log(log), finished.returncode == 0,
                              where + (", forgetting" if disk.forgets else ""))
    return judge.figures, judge.findings


def add_options(parser):
    parser.add_argument("--states", type=int, default=6000, help="about how many to build")
    parser.add_argument("--every", type=int, default=1, help="cut at every so many operations only")
    parser.add_argument("--planted", choices=list(PLANTED))
    parser.add_argument("--failing-syncs", action="store_true")
    parser.add_argument("--sample", type=int, default=0, help="failing syncs to try; 0: all")
    parser.add_argument("--cuts", type=int, default=3, help="after each failing sync")


def main():
    begun = time.monotonic()
    options = fault.options_of(__doc__, add_options)
    points, _names = fault.points_of(options)
    n_points = sum(len(step) for step in points)
    if options.failing_syncs:
        jobs = [(k, n + 1) for k, step in enumerate(points)
                for n, (kind, _path, _bytes) in enumerate(step) if kind == SYNC]
        jobs = jobs if options.full else fault.sample(jobs, options.sample, options.seed)
        figures, findings = fault.in_workers(fail_syncs, options, jobs)
        return fault.report("failing syncs, then a power cut", figures, findings, begun)
    if options.full:
        options.states = max(options.states, 32000)
    # about half the points have something on its way; of the fixed states most are equal to others
    options.drawn = 2 if options.planted else max(1, 2 * options.states // n_points)
    work = work_planted if options.planted else cut_everywhere
    figures, findings = fault.in_workers(work, options, [None] * options.workers)
    if options.planted:
        print(f"planted: {options.planted}; found: "
              f"{findings[0] if findings else 'NOTHING'}")
        return 0 if findings else 1
    return fault.report("power cuts", figures, findings, begun)


sys.exit(main())
