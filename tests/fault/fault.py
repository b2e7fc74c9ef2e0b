"""The scenario that the fault tests run, and the tools they share.

A scenario is a row of steps, each one run of the real program on one office: the first documents, a
JSON-lines file, a replacement, a successor that ends its predecessor, removal, reindex, a question,
files that have not changed, enough small additions that index segments merge, a burst of commits in
one process, and the adoption of a merge made aside while a document was removed. A clean run gives
the digest of the office (inspect.c) after every acknowledgement: the list `digests`. An
acknowledgement is exit status 0, or where one process gives several (inspect_burst.c) a flush that
returned ZD_OK. Whatever fault strikes while acknowledgement number a + 1 is under way, what stands
afterwards must be digests[a] or digests[a + 1], whole.
"""
import argparse
import ctypes
import json
import multiprocessing
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import traceback

BURST = 5
SEGMENTS = 8  # enough that merging them pays
OPEN_US_MAX = 2_000_000
RECORD = struct.Struct("<IIQqQIIiI")
MAGIC = 0x4C494F46
CREATE, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR, LINK = range(1, 10)
KIND_NAMES = {CREATE: "create", WRITE: "write", TRUNCATE: "truncate", SYNC: "sync",
              RENAME: "rename", UNLINK: "unlink", MKDIR: "mkdir", RMDIR: "rmdir", LINK: "link"}


class Finding(Exception):
    """Something that must not be."""


# ---- documents -------------------------------------------------------------------------------

def law(year, distance):
    """Two wordings of one invented rule; the later ends the earlier."""
    articles = [
        "为了规范河道垂钓行为，保护水生生物，制定本办法。",
        f"在桥梁上下游{distance}米以内禁止垂钓。",
        "垂钓者每人限用一竿一钩，不得使用活饵和锚鱼器具。",
        "违反本办法的，由水务主管部门责令改正，处五十元以上二百元以下罚款。",
    ]
    body = "\n\n".join(f"第{n}条　{text}" for n, text in zip("一二三四", articles))
    return (f"云岫市河道垂钓管理办法\n\n（{year}年3月1日云岫市人民政府令第{year % 100}号公布，"
            f"自{year}年5月1日起施行）\n\n{body}\n\n第五条　本办法自{year}年5月1日起施行。\n")


def guide(fee):
    return ("# 犬只登记办事指南\n\n## 申请材料\n\n- 申请人身份证\n- 犬只免疫证明\n- 犬只正面照片一张\n\n"
            f"## 收费标准\n\n每只每年{fee}元。\n\n## 办理地点\n\n云岫市柳溪路18号便民服务大厅3号窗口。\n\n"
            "## 办理时限\n\n即时办结。\n")


FAQ = ("常见问题\n\n问：图书馆几点开门？\n答：周二至周日九时开门，周一闭馆。\n\n"
       "问：读者证丢了怎么办？\n答：凭身份证到总服务台补办，工本费十元。\n")


def lines_file():
    rows = [
        {"id": f"note-{n}", "title": f"关于第{n}批老旧小区改造的通知",
         "text": f"第{n}批改造范围为{street}小区，工期{n + 2}个月，施工期间停水由物业提前两日通知。",
         "effective": f"202{n}-06-01"}
        for n, street in enumerate(["梧桐巷", "石桥头", "晒谷场", "望江台"], 1)
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def small(n):
    return (f"关于{n}号公交线路调整的公告\n\n{n}号公交线路自2024年{n}月{n + 3}日起增设{n}处站点，"
            f"首班车六时，末班车二十二时。\n")


class Step:
    """One run: its files (name → text, written before it), its arguments, what it acknowledges.
    written: what inspect does with so many instead of a run of the program; only_prepares: nothing
    strikes here."""

    def __init__(self, name, arguments, files=None, n_acks=1, written=0, only_prepares=False):
        self.name, self.arguments, self.files, self.n_acks = name, arguments, files or {}, n_acks
        self.written, self.only_prepares = written, only_prepares


def steps():
    rows = [
        Step("first add", ["add", "docs/a"],
             {"a/rule.txt": law(2019, 50), "a/guide.md": guide(30), "a/faq.txt": FAQ}),
        Step("add --jsonl", ["add", "--jsonl", "docs/notes.jsonl"], {"notes.jsonl": lines_file()}),
        Step("replace", ["add", "docs/a/guide.md"], {"a/guide.md": guide(45)}),
        Step("successor", ["add", "docs/b"], {"b/rule.txt": law(2023, 80)}),
        Step("remove", ["remove", "note-2", "note-3"]),
        Step("reindex", ["reindex"]),
        Step("ask", ["ask", "桥附近多少米不能钓鱼"]),
        Step("unchanged", ["add", "docs/a", "docs/b"]),
        Step("burst", ["burst"], n_acks=BURST, written=BURST),
    ]
    rows += [Step(f"small {n}", ["add", f"docs/c/{n}.txt"], {f"c/{n}.txt": small(n)})
             for n in range(1, 5)]
    rows.append(Step("remove the rest", ["remove", "note-1", "note-4"]))
    rows.append(Step("segments", ["segments"], written=SEGMENTS, only_prepares=True))
    rows.append(Step("adopt", ["adopt"], n_acks=2, written=2))
    return rows


# ---- the inspector ---------------------------------------------------------------------------

class Inspector:
    """Keeps one inspect process and asks it (inspect.c)."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, *fields):
        self.process.stdin.write("\t".join(map(str, fields)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().rstrip("\n")
        if not line:
            raise Finding("the inspector is gone")
        return line

    def want(self, *fields):
        line = self.ask(*fields)
        if not line.startswith("ok "):
            raise Finding(f"{fields[0]}: {line}")
        return line[3:]


class Looked:
    """What `check` says of a sound office."""

    def __init__(self, line):
        digest, partial, open_us, files = line.split(" ")
        self.digest, self.partial = digest, partial == "1"
        self.open_us, self.files = int(open_us), int(files)


# ---- an office going through the scenario ------------------------------------------------------

class Bench:
    """One worker's folder: root/docs, root/run/office (below faultio's eye), root/before/K."""

    def __init__(self, options, name):
        self.options = options
        self.root = pathlib.Path(options.folder) / name
        shutil.rmtree(self.root, ignore_errors=True)
        (self.root / "docs").mkdir(parents=True)
        (self.root / "run").mkdir()
        self.office = self.root / "run" / "office"
        self.inspector = Inspector(options.inspect)
        self.steps = steps()
        self.digests = ["empty"]
        self.n_before = []  # acknowledgements before step k

    def close(self):
        self.inspector.process.stdin.close()
        self.inspector.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def write_files(self, step):
        for name, text in step.files.items():
            path = self.root / "docs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")

    def write_files_up_to(self, k):
        for step in self.steps[:k + 1]:
            self.write_files(step)

    def writing(self, step, n):
        return [self.options.inspect, *step.arguments, str(self.office), str(n)]

    def run(self, step, seconds=60, **faults):
        """Runs a step, with FAULTIO_… from the keywords; gives the finished process."""
        if step.written:
            command = self.writing(step, step.written)
        else:
            command = [self.options.zhidian, "--data", str(self.office)] + step.arguments
        environment = dict(os.environ, FAULTIO_ROOT=str(self.root / "run"),
                           LD_PRELOAD=self.options.faultio)
        # a process that is killed leaves nothing to look for leaks in
        environment["ASAN_OPTIONS"] = "detect_leaks=0:verify_asan_link_order=0"
        for name, value in faults.items():
            environment["FAULTIO_" + name.upper()] = str(value)
        try:
            return subprocess.run(command, env=environment, cwd=self.root, text=True,
                                  timeout=seconds, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except subprocess.TimeoutExpired as error:
            raise Finding(f"{step.name} with {faults}: no end in {seconds} s") from error

    def acks_of(self, step, finished):
        """How many acknowledgements of a step were given."""
        if step.n_acks > 1:
            return len(re.findall(r"^ack \d+$", finished.stdout, re.M))
        return 1 if finished.returncode == 0 else 0

    def reset(self, k):
        """The office as it was before step k."""
        shutil.rmtree(self.root / "run")
        (self.root / "run").mkdir()
        if (self.root / "before" / str(k)).exists():
            shutil.copytree(self.root / "before" / str(k), self.office)

    def prepare(self):
        """The clean run: digests, offices before each step, operations of each step."""
        self.operations = []
        between = []  # acknowledgements that a process gives before its last
        for k, step in enumerate(self.steps):
            self.write_files(step)
            if self.office.exists():
                shutil.copytree(self.office, self.root / "before" / str(k))
            self.n_before.append(len(self.digests) - 1)
            log = self.root / "log"
            log.unlink(missing_ok=True)
            finished = self.run(step, log=log)
            if finished.returncode != 0:
                raise Finding(f"{step.name} without a fault: {finished.stderr}{finished.stdout}")
            self.operations.append(read_log(log) if log.exists() else [])
            if step.n_acks > 1:
                for n in range(1, step.n_acks):
                    between.append((k, n))
            self.digests += [None] * (step.n_acks - 1)
            self.digests.append(self.inspector.want("digest", self.office))
        for k, n in between:  # what stands after the first n commits
            self.reset(k)
            subprocess.run(self.writing(self.steps[k], n), check=True, stdout=subprocess.DEVNULL)
            self.digests[self.n_before[k] + n] = self.inspector.want("digest", self.office)

    def judge(self, n_acked, sure, office=None):
        """Looks at an office where n_acked acknowledgements were given; sure: no other was under
        way. Gives what was seen."""
        looked = Looked(self.inspector.want("check", office or self.office))
        allowed = self.digests[n_acked:n_acked + (1 if sure else 2)]
        if looked.digest not in allowed:
            if looked.digest in self.digests:
                at = len(self.digests) - 1 - self.digests[::-1].index(looked.digest)
                raise Finding(f"{n_acked} acknowledged, but the office is that after {at}")
            raise Finding(f"{n_acked} acknowledged, and the office is none that ever was")
        if looked.partial:
            raise Finding("the index does not belong to the database")
        if looked.open_us > OPEN_US_MAX * self.options.slowness:
            raise Finding(f"opening took {looked.open_us} us")
        return looked


# ---- the log of faultio ------------------------------------------------------------------------

class Operation:
    __slots__ = ("kind", "inode", "offset", "path", "path2", "data", "error", "point")

    def __init__(self, kind, inode, offset, path, path2, data, error, point):
        self.kind, self.inode, self.offset = kind, inode, offset
        self.path, self.path2, self.data = path, path2, data
        self.error, self.point = error, point

    def __repr__(self):
        return (f"{KIND_NAMES[self.kind]} {self.path or self.inode} {self.path2}"
                f"@{self.offset}+{len(self.data)} error {self.error} point {self.point}")


def read_log(path):
    raw = pathlib.Path(path).read_bytes()
    operations, at = [], 0
    while at < len(raw):
        magic, kind, inode, offset, n_data, n_path, n_path2, error, point = RECORD.unpack_from(
            raw, at)
        if magic != MAGIC:
            raise Finding(f"the log is no log at byte {at}")
        at += RECORD.size
        first = raw[at:at + n_path].decode()
        second = raw[at + n_path:at + n_path + n_path2].decode()
        at += n_path + n_path2
        operations.append(Operation(kind, inode, offset, first, second, raw[at:at + n_data], error,
                                    point))
        at += n_data
    return operations


# ---- running many ------------------------------------------------------------------------------

def options_of(description, add=None):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--zhidian", required=True)
    parser.add_argument("--inspect", required=True)
    parser.add_argument("--faultio", required=True)
    parser.add_argument("--full", action="store_true", help="every point, not a sample")
    parser.add_argument("--seed", type=int, default=20261)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--slowness", type=int, default=1,
                        help="how many times longer a sanitized build may take")
    if add:
        add(parser)
    options = parser.parse_args()
    for name in ("zhidian", "inspect", "faultio"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    # inspect adds documents too, and lies elsewhere
    os.environ["ZHIDIAN_PARSE"] = os.path.join(os.path.dirname(options.zhidian), "zhidian-parse")
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    if base is None:
        import tempfile
        base = tempfile.gettempdir()
    for left in pathlib.Path(base).glob("zhidian-fault-*"):  # by a run that was killed
        if not os.path.exists(f"/proc/{left.name.rpartition('-')[2]}"):
            shutil.rmtree(left, ignore_errors=True)
    options.folder = os.path.join(base, f"zhidian-fault-{os.getpid()}")
    return options


def end_with_the_parent():
    """The kernel ends this process when the one that started it is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def worker_main(function, options, number, jobs, results):
    end_with_the_parent()
    try:
        bench = Bench(options, f"worker{number}")
        try:
            bench.prepare()
            results.put(("done", function(bench, jobs, number)))
        finally:
            bench.close()
    except Finding as finding:
        results.put(("bad", [str(finding)]))
    except Exception:  # the parent must hear of it
        results.put(("bad", [traceback.format_exc()]))


def in_workers(function, options, jobs):
    """Calls function(bench, its share of jobs, number) in processes of their own; gives the list of
    their results. Each returns (figures: dict of numbers, findings: list of str)."""
    results = multiprocessing.Queue()
    processes = []
    for number in range(options.workers):
        process = multiprocessing.Process(
            target=worker_main,
            args=(function, options, number, jobs[number::options.workers], results))
        process.start()
        processes.append(process)
    figures, findings = {}, []
    for _ in processes:
        word, result = results.get()
        if word == "bad":
            findings += result
            continue
        for name, value in result[0].items():
            if name.startswith("max "):
                figures[name] = max(figures.get(name, 0), value)
            else:
                figures[name] = figures.get(name, 0) + value
        findings += result[1]
    for process in processes:
        process.join()
    shutil.rmtree(options.folder, ignore_errors=True)
    return figures, findings


def points_of(options):
    """The operations of every step, from one clean run: what there is to strike at."""
    bench = Bench(options, "points")
    try:
        bench.prepare()
        return [[] if step.only_prepares else
                [(operation.kind, operation.path, len(operation.data)) for operation in operations]
                for step, operations in zip(bench.steps, bench.operations, strict=True)
                ], [step.name for step in bench.steps]
    finally:
        bench.close()


def sample(jobs, n, seed):
    """n of the jobs, spread evenly over all with a seeded jitter, in order; all of them for n 0."""
    if n <= 0 or n >= len(jobs):
        return jobs
    chooser = random.Random(seed)
    width = len(jobs) / n
    return [jobs[min(len(jobs) - 1, int(i * width + chooser.random() * width))] for i in range(n)]


def report(title, figures, findings, begun):
    print(f"{title}: " + ", ".join(f"{value:g} {name}" for name, value in figures.items())
          + f"; {len(findings)} findings; {time.monotonic() - begun:.1f} s")
    for finding in findings[:20]:
        print("  " + finding)
    return 1 if findings else 0


def killed(finished):
    return finished.returncode == -signal.SIGKILL


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(1)
