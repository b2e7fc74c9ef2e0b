#!/usr/bin/env python3
"""Runs the index beside its peers on the same passages and questions, in one run.

    bench/peers.py DOCUMENTS.jsonl QUESTIONS.jsonl WORKDIR [PEER…] [--build DIR] [--top K]
                   [--warm S] [--budget S] [--json FILE] [--install] [--reuse]

DOCUMENTS: a JSON line a passage ("id", "title", "headings", "number", "text"). QUESTIONS: "id",
"query" and, for quality, "relevant". A line that is no JSON stays out for everybody.

    zhidian      the index through bench/driver, one thread, in one process
    program      the whole program: add --jsonl, then search --batch (ranking features included)
    lucene       Apache Lucene (Debian's liblucene8-java): characters and pairs, block-max pruning
    fts5         SQLite FTS5: characters and pairs cut by this script
    xapian       Xapian's own n-grams (python3-xapian)
    groonga      Groonga's bigrams (groonga-bin); ranks by tf-idf, it has no BM25
    postgres     PostgreSQL: pairs as lexemes, GIN, ts_rank (postgresql)
    lancedb      LanceDB: n-grams of one and two characters (npm: @lancedb/lancedb, --install)

Every peer gets the question as a disjunction of its tokens and is timed from the question's text
to its hits, one question at a time, after --warm seconds of warm-up; none pays for starting. A
peer that has used --budget seconds stops there, and its figures are of the questions it answered
(column "asked"; "ours@10" is zhidian's nDCG@10 over the same ones). "cut_s" is the part of the build that this script spent cutting text into tokens
for peers that cannot. Peak memory is the largest sum of proportional set sizes of a peer's
processes, mapped pages of its index included. Ratios are to zhidian: of medians, and of building.

--reuse asks what an earlier run built in WORKDIR; its build figures are then that run's.
Debian's packages are looked for, not installed; a peer that is not there is named and left out.
"""
import argparse
import json
import math
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
JARS = "/usr/share/java/lucene-core-8.7.0.jar:/usr/share/java/lucene-analyzers-common-8.7.0.jar"
HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]+|[a-z0-9]+")
PEERS = ["zhidian", "program", "lucene", "fts5", "xapian", "groonga", "postgres", "lancedb"]


class Missing(Exception):
    """What a peer needs is not on this machine."""


def need(command):
    if not shutil.which(command):
        raise Missing(f"no {command}")


def cut(text, singles=True):
    """Characters and pairs of Han text, words and numbers whole."""
    tokens = []
    for run in HAN.findall(unicodedata.normalize("NFKC", text).lower()):
        if ord(run[0]) < 128:
            tokens.append(run)
            continue
        if singles or len(run) == 1:
            tokens.extend(run)
        tokens.extend(run[i:i + 2] for i in range(len(run) - 1))
    return tokens


def distinct(tokens):
    return list(dict.fromkeys(tokens))


def size_of(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(path) for name in names
               if os.path.exists(os.path.join(folder, name)))


class Memory(threading.Thread):
    """Watches the processes below `roots` and keeps the largest sum of their memory, in MB."""

    def __init__(self):
        super().__init__(daemon=True)
        self.roots, self.peak, self.over = set(), 0.0, threading.Event()

    def below(self):
        children = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                        parent = int(file.read().rpartition(")")[2].split()[1])
                    children.setdefault(parent, []).append(int(name))
                except OSError:
                    pass
        found, todo = set(), list(self.roots)
        while todo:
            pid = todo.pop()
            if pid not in found:
                found.add(pid)
                todo += children.get(pid, [])
        return found

    def run(self):
        while not self.over.wait(0.1):
            total = 0
            for pid in self.below():
                try:
                    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
                        total += next(int(line.split()[1]) for line in file
                                      if line.startswith("Pss:"))
                except (OSError, StopIteration):
                    pass
            self.peak = max(self.peak, total / 1024)

    def end(self):
        self.over.set()
        self.join()
        return round(self.peak, 1)


class Run:
    """What all peers share: the files made of documents and questions, and the options."""

    def __init__(self, options):
        self.o = options
        self.documents, self.questions = options.documents, options.questions
        self.work = os.path.realpath(options.workdir)
        self.texts = os.path.join(self.work, "texts")
        self.asked = os.path.join(self.work, "questions")
        self.clean = os.path.join(self.work, "questions.jsonl")
        self.ids, self.cases = [], []

    def prepare(self):
        os.makedirs(self.work, exist_ok=True)
        os.chmod(self.work, 0o755)
        with open(self.documents, encoding="utf-8") as rows, \
                open(self.texts, "w", encoding="utf-8") as texts:
            for line in rows:
                row = json.loads(line)
                self.ids.append(row["id"])
                parts = [row.get("title", ""), *row.get("headings", []), row.get("number", ""),
                         row["text"]]
                texts.write(" ".join(" ".join(parts).split()) + "\n")
        with open(self.questions, encoding="utf-8") as rows, \
                open(self.asked, "w", encoding="utf-8") as asked, \
                open(self.clean, "w", encoding="utf-8") as clean:
            for line in rows:
                try:
                    row = json.loads(line, parse_constant=lambda _: 1 / 0)
                except (ValueError, ZeroDivisionError):
                    continue
                self.cases.append(row)
                asked.write(" ".join(row["query"].split()) + "\n")
                clean.write(json.dumps({k: row[k] for k in ("id", "query", "relevant")
                                        if k in row}, ensure_ascii=False) + "\n")

    def folder(self, name):
        path = os.path.join(self.work, name)
        if not self.reused(name):
            shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path, exist_ok=True)
        return path

    def reused(self, name):
        return self.o.reuse and os.path.exists(os.path.join(self.work, name + ".built.json"))

    def built(self, name, build):
        """Figures of build(memory), or of the earlier run's; peak_mb among them."""
        path = os.path.join(self.work, name + ".built.json")
        if self.reused(name):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        figures, peak = self.watched(build)
        figures["peak_mb"] = peak
        with open(path, "w", encoding="utf-8") as file:
            json.dump(figures, file)
        return figures

    def log(self, name):
        return open(os.path.join(self.work, name + ".log"), "ab")

    def command(self, memory, name, args, stdin=None, **more):
        """Runs a program to its end under the memory watch; gives its standard output."""
        with self.log(name) as log:
            process = subprocess.Popen(args, stdin=open(stdin, "rb") if stdin else None,
                                       stdout=subprocess.PIPE, stderr=log, **more)
            memory.roots.add(process.pid)
            out, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{args[0]} ended with {process.returncode}, see {name}.log")
        return out.decode()

    def watched(self, work):
        """(result, peak MB) of work(memory)."""
        memory = Memory()
        memory.start()
        try:
            return work(memory), memory.end()
        finally:
            memory.over.set()


def answers_of(out, first=0):
    """Lines "ms id id …" as (ms, [document numbers from 0])."""
    rows = []
    for line in out.splitlines():
        ms, *hits = line.split()
        rows.append((float(ms), [int(hit) - first for hit in hits]))
    return rows


# ---- peers that are programs ----

# BM25 as SQLite's is fixed to and Lucene's begins with, so that quality compares engines and not settings.
# The program itself asks with others (bench/driver's defaults).
BM25 = ["--k1", "1.2", "--b", "0.75", "--title", "1", "--headings", "1"]


def zhidian(run):
    driver = os.path.join(run.o.build, "bench", "driver")
    need(driver)
    place = run.folder("zhidian")
    built = run.built("zhidian", lambda memory: json.loads(run.command(
        memory, "zhidian", [driver, "build", run.documents, place])))
    out, query_peak = run.watched(lambda memory: run.command(
        memory, "zhidian", [driver, "query", place, run.clean, "--hits", *BM25, "--top",
                            str(run.o.top), "--warm", str(run.o.warm)]))
    rows = [json.loads(line) for line in out.splitlines()[:-1]]
    return {"what": "zhidian index", "build_s": built["build_s"], "peak_mb": built["peak_mb"],
            "query_peak_mb": query_peak, "index_mb": size_of(place) / 1e6,
            "answers": [(row["ms"], [hit - 1 for hit in row["hits"]]) for row in rows]}


def program(run):
    binary = os.path.join(run.o.build, "src", "cli", "zhidian")
    need(binary)
    place = run.folder("program")
    office, found = os.path.join(place, "office"), os.path.join(place, "run.trec")

    def add(memory):
        begun = time.perf_counter()
        run.command(memory, "program", [binary, "--data", office, "add", "--jsonl", run.documents])
        return {"build_s": time.perf_counter() - begun}

    built = run.built("program", add)
    begun = time.perf_counter()
    _, query_peak = run.watched(lambda memory: run.command(
        memory, "program", [binary, "--data", office, "search", "--batch", run.clean, "--top",
                            str(run.o.top), "--run", found]))
    each = (time.perf_counter() - begun) * 1e3 / len(run.cases)
    number = {name: i for i, name in enumerate(run.ids)}
    hits = {}
    with open(found, encoding="utf-8") as rows:
        for line in rows:
            question, _, document, rank = line.split()[:4]
            hits.setdefault(question, []).append((int(rank), number[document]))
    return {"what": "zhidian program (mean)", **built, "query_peak_mb": query_peak,
            "index_mb": size_of(os.path.join(office, "index")) / 1e6, "answers": [(each, [d for _, d in sorted(hits.get(case["id"], []))])
                        for case in run.cases]}


def lucene(run):
    need("java")
    need("javac")
    if not all(os.path.exists(jar) for jar in JARS.split(":")):
        raise Missing("no liblucene8-java")
    classes, place = run.folder("lucene-classes"), run.folder("lucene")
    subprocess.run(["javac", "-cp", JARS, "-d", classes,
                    os.path.join(HERE, "peers", "LucenePeer.java")], check=True)
    java = ["java", "-Xmx2g", "-XX:+UseSerialGC", "-cp", f"{classes}:{JARS}", "LucenePeer"]
    built = run.built("lucene", lambda memory: json.loads(run.command(
        memory, "lucene", [*java, "build", run.texts, place])))
    answers, query_peak = run.watched(lambda memory: answers_of(run.command(
        memory, "lucene", [*java, "query", place, str(run.o.top), str(max(run.o.warm, 10)),
                           str(run.o.budget)], stdin=run.asked)))
    return {"what": "lucene 8.7", **built, "query_peak_mb": query_peak,
            "index_mb": size_of(place) / 1e6, "answers": answers}


def lancedb(run):
    need("node")
    modules = os.path.join(run.work, "npm")
    os.makedirs(modules, exist_ok=True)
    if not os.path.exists(os.path.join(modules, "node_modules", "@lancedb")):
        if not run.o.install:
            raise Missing("no @lancedb/lancedb (--install gets it from npm)")
        with open(os.path.join(modules, "package.json"), "w", encoding="utf-8") as file:
            file.write('{"name": "peers", "private": true}\n')
        with run.log("lancedb") as log:
            subprocess.run(["npm", "install", "--silent", "@lancedb/lancedb"], cwd=modules,
                           stdout=log, stderr=log, check=True)
    place = run.folder("lancedb")
    script = os.path.join(HERE, "peers", "lancedb_peer.mjs")
    more = {"cwd": modules, "env": {**os.environ, "RUST_LOG": "error", "LANCE_LOG": "error"}}
    built = run.built("lancedb", lambda memory: json.loads(run.command(
        memory, "lancedb", ["node", script, "build", run.texts, place], **more)))
    answers, query_peak = run.watched(lambda memory: answers_of(run.command(
        memory, "lancedb", ["node", script, "query", place, str(run.o.top), str(run.o.warm),
                            str(run.o.budget)], stdin=run.asked, **more)))
    return {"what": "lancedb", **built, "query_peak_mb": query_peak,
            "index_mb": size_of(place) / 1e6, "answers": answers}


# ---- peers inside a child of this script ----

def timed(questions, search, warm, budget):
    """Prints "ms id …" a question."""
    until = time.perf_counter() + warm
    for question in questions[:1000]:
        if time.perf_counter() > until:
            break
        search(question)
    until = time.perf_counter() + budget
    for question in questions:
        begun = time.perf_counter()
        hits = search(question)
        now = time.perf_counter()
        print(f"{(now - begun) * 1e3:.4f}", *hits)
        if now > until:
            break


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def child_fts5(action, place, source, top, warm, budget):
    db = sqlite3.connect(os.path.join(place, "index.db"))
    if action == "build":
        begun = time.perf_counter()
        db.execute("create virtual table p using fts5(t, content='', tokenize='unicode61')")
        spent = 0.0
        with open(source, encoding="utf-8") as texts:
            for number, text in enumerate(texts):
                cutting = time.perf_counter()
                row = (number, " ".join(cut(text)))
                spent += time.perf_counter() - cutting
                db.execute("insert into p(rowid, t) values (?, ?)", row)
        db.commit()
        db.execute("insert into p(p) values ('optimize')")
        db.commit()
        print(json.dumps({"build_s": time.perf_counter() - begun, "cut_s": spent}))
        return

    def search(question):
        match = " OR ".join(f'"{token}"' for token in distinct(cut(question)))
        return [row[0] for row in db.execute(
            "select rowid from p where p match ? order by rank limit ?", (match, top))]

    timed(lines_of(source), search, warm, budget)


def child_xapian(action, place, source, top, warm, budget):
    import xapian
    path, cutter = os.path.join(place, "index"), xapian.TermGenerator()
    cutter.set_flags(cutter.FLAG_CJK_NGRAM)

    def document_of(text):
        document = xapian.Document()
        cutter.set_document(document)
        cutter.index_text_without_positions(unicodedata.normalize("NFKC", text))
        return document

    if action == "build":
        begun = time.perf_counter()
        db = xapian.WritableDatabase(path, xapian.DB_CREATE_OR_OVERWRITE)
        with open(source, encoding="utf-8") as texts:
            for text in texts:
                db.add_document(document_of(text))
        db.commit()
        db.close()
        print(json.dumps({"build_s": time.perf_counter() - begun, "cut_s": 0}))
        return
    db = xapian.Database(path)

    def search(question):
        query = xapian.Query(xapian.Query.OP_OR,
                             [entry.term for entry in document_of(question).termlist()])
        enquire = xapian.Enquire(db)
        enquire.set_query(query)
        return [match.docid - 1 for match in enquire.get_mset(0, top)]

    timed(lines_of(source), search, warm, budget)


def child_groonga(action, place, source, top, warm, budget):
    path = os.path.join(place, "db")
    if action == "build":
        begun = time.perf_counter()
        load = os.path.join(place, "load")
        with open(load, "w", encoding="utf-8") as out, open(source, encoding="utf-8") as texts:
            out.write("table_create Passages TABLE_NO_KEY\n"
                      "column_create Passages text COLUMN_SCALAR LongText\n"
                      "table_create Terms TABLE_PAT_KEY ShortText --default_tokenizer TokenBigram"
                      " --normalizer NormalizerNFKC130\n"
                      "load --table Passages\n[\n")
            out.write(",\n".join(json.dumps({"text": text.rstrip("\n")}, ensure_ascii=False)
                                 for text in texts))
            out.write("\n]\ncolumn_create Terms passages COLUMN_INDEX|WITH_POSITION Passages text\n")
        subprocess.run(["groonga", "-n", path], stdin=open(load, "rb"),
                       stdout=subprocess.DEVNULL, check=True)
        os.remove(load)
        print(json.dumps({"build_s": time.perf_counter() - begun, "cut_s": 0}))
        return
    server = subprocess.Popen(["groonga", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True, encoding="utf-8")

    def search(question):
        words = distinct(cut(question, singles=False))
        server.stdin.write('select Passages --match_columns "scorer_tf_idf(text)" --query "'
                           + " OR ".join(words) + f'" --output_columns _id --sort_keys -_score '
                           f"--limit {top}\n")
        server.stdin.flush()
        answer = json.loads(server.stdout.readline())
        if answer[0][0] != 0:
            raise RuntimeError(str(answer[0])[:200])
        return [row[0] - 1 for row in answer[1][0][2:]]

    timed(lines_of(source), search, warm, budget)
    server.stdin.close()
    server.wait()


CHILDREN = {"fts5": child_fts5, "xapian": child_xapian, "groonga": child_groonga}
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's bindings are for Debian's own Python


def child_peer(name, what):
    def peer(run):
        if name == "groonga":
            need("groonga")
        if name == "xapian" and subprocess.run([SYSTEM_PYTHON, "-c", "import xapian"],
                                               capture_output=True, check=False).returncode:
            raise Missing("no python3-xapian")
        place = run.folder(name)
        me = [SYSTEM_PYTHON, os.path.abspath(__file__), "--child", name]
        numbers = [str(run.o.top), str(run.o.warm), str(run.o.budget)]
        built = run.built(name, lambda memory: json.loads(run.command(
            memory, name, [*me, "build", place, run.texts, *numbers])))
        answers, query_peak = run.watched(lambda memory: answers_of(run.command(
            memory, name, [*me, "query", place, run.asked, *numbers])))
        return {"what": what, **built, "query_peak_mb": query_peak,
                "index_mb": size_of(place) / 1e6, "answers": answers}
    return peer


# ---- PostgreSQL: a server of our own, on a socket in the work folder ----

def postgres(run):
    folders = sorted(os.listdir("/usr/lib/postgresql")) if os.path.isdir(
        "/usr/lib/postgresql") else []
    if not folders:
        raise Missing("no postgresql")
    bin_dir = f"/usr/lib/postgresql/{folders[-1]}/bin"
    place = run.folder("postgres")  # always built anew
    more = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(place, user.pw_uid, user.pw_gid)
        more = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data = os.path.join(place, "data")
    memory = Memory()
    with run.log("postgres") as log:
        subprocess.run([f"{bin_dir}/initdb", "-D", data, "-A", "trust", "-U", "bench", "-E", "UTF8",
                        "--locale", "C.UTF-8"], stdout=log, stderr=log, check=True, cwd=place,
                       **more)
        server = subprocess.Popen(
            [f"{bin_dir}/postgres", "-D", data, "-k", place, "-h", "", "-c", "shared_buffers=512MB",
             "-c", "maintenance_work_mem=512MB", "-c", "work_mem=64MB", "-c", "jit=off",
             "-c", "max_parallel_workers_per_gather=0"], stdout=log, stderr=log, cwd=place, **more)
    try:
        memory.roots.add(server.pid)
        memory.start()
        return postgres_measured(run, f"{bin_dir}/psql", place, memory)
    finally:
        memory.over.set()
        server.terminate()
        server.wait()


def postgres_measured(run, psql_path, place, memory):
    psql = [psql_path, "-X", "-q", "-A", "-t", "-h", place, "-U", "bench", "postgres"]

    def say(sql, **more):
        return subprocess.run(psql, input=sql, capture_output=True, text=True, check=True,
                              encoding="utf-8", **more).stdout

    for _ in range(100):
        if subprocess.run([*psql, "-c", "select 1"], capture_output=True,
                          check=False).returncode == 0:
            break
        time.sleep(0.1)
    begun = time.perf_counter()
    rows = []
    with open(run.texts, encoding="utf-8") as texts:
        for number, text in enumerate(texts):
            rows.append(f"{number}\t{' '.join(cut(text, singles=False))}\n")
    cut_s = time.perf_counter() - begun
    say("create table t(i int, words text);\n\\copy t from stdin\n" + "".join(rows) + "\\.\n"
        "create table p as select i, to_tsvector('simple', words) v from t;\ndrop table t;\n"
        "create index on p using gin(v) with (fastupdate=off);\nvacuum analyze p;\n")
    build_s = time.perf_counter() - begun
    size = int(say("select pg_total_relation_size('p');"))
    build_peak, memory.peak = memory.peak, 0.0
    answers, spent = [], 0.0
    client = subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              encoding="utf-8")
    client.stdin.write("\\set QUIET on\n")
    for question in lines_of(run.asked):
        words = "|".join(distinct(cut(question, singles=False)))
        client.stdin.write("\\timing on\n"
                           f"select i from p, to_tsquery('simple', '{words}') q where v @@ q "
                           f"order by ts_rank(v, q, 1) desc limit {run.o.top};\n"
                           "\\timing off\n\\echo end\n")
        client.stdin.flush()
        hits, ms = [], 0.0
        for line in client.stdout:
            line = line.strip()
            if line == "end":
                break
            if line.startswith("Time:"):
                ms = float(line.split()[1])
            elif line.isdigit():
                hits.append(int(line))
        answers.append((ms, hits))
        spent += ms / 1e3
        if spent > run.o.budget:
            break
    client.stdin.close()
    client.wait()
    return {"what": "postgresql GIN", "build_s": build_s, "cut_s": cut_s,
            "peak_mb": round(build_peak, 1), "query_peak_mb": round(memory.peak, 1),
            "index_mb": size / 1e6, "answers": answers}


# ---- figures ----

def quality(run, answers):
    """nDCG@10, recall@100 and hit@1 over the questions that were asked and have relevant ones."""
    sums, n = [0.0, 0.0, 0.0], 0
    for case, (_, hits) in zip(run.cases, answers):
        relevant = set(case.get("relevant", []))
        if not relevant:
            continue
        places = [i for i, hit in enumerate(hits) if run.ids[hit] in relevant]
        best = sum(1 / math.log2(i + 2) for i in range(min(10, len(relevant))))
        sums[0] += sum(1 / math.log2(i + 2) for i in places if i < 10) / best
        sums[1] += sum(i < 100 for i in places) / len(relevant)
        sums[2] += places[:1] == [0]
        n += 1
    return [round(s / n, 4) for s in sums] if n else [None] * 3


def figures_of(run, result):
    times = sorted(ms for ms, _ in result["answers"])
    ndcg, recall, hit = quality(run, result["answers"])
    return {"peer": result["what"], "asked": len(times), "build_s": round(result["build_s"], 2),
            "cut_s": round(result.get("cut_s", 0), 2), "index_mb": round(result["index_mb"], 1),
            "peak_mb": result["peak_mb"], "query_peak_mb": result["query_peak_mb"],
            "ms_median": round(times[len(times) // 2], 4),
            "ms_p90": round(times[len(times) * 90 // 100], 4),
            "ms_p99": round(times[len(times) * 99 // 100], 4),
            "ndcg@10": ndcg, "recall@100": recall, "hit@1": hit, "load": round(os.getloadavg()[0], 1)}


COLUMNS = [("peer", 24), ("asked", 6), ("build_s", 9), ("cut_s", 7), ("index_mb", 9),
           ("peak_mb", 9), ("query_peak_mb", 14), ("ms_median", 10), ("ms_p90", 9), ("ms_p99", 9),
           ("ndcg@10", 8), ("ours@10", 8), ("recall@100", 11), ("times", 8), ("build", 7), ("load", 6)]


def print_row(row, first=None):
    row = dict(row)
    if first:
        row["times"] = f"{row['ms_median'] / first['ms_median']:.1f}"
        row["build"] = f"{row['build_s'] / first['build_s']:.1f}"
    print("".join(str(row.get(name, "") if row.get(name) is not None else "-").rjust(width)
                  for name, width in COLUMNS), flush=True)


def main():
    if sys.argv[1:2] == ["--child"]:
        name, action, place, source, top, warm, budget = sys.argv[2:9]
        CHILDREN[name](action, place, source, int(top), float(warm), float(budget))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="\n".join(
        __doc__.splitlines()[2:]), formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("documents", "questions", "workdir"):
        parser.add_argument(name)
    parser.add_argument("peers", nargs="*", metavar="PEER")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--top", type=int, default=100)
    parser.add_argument("--warm", type=float, default=3)
    parser.add_argument("--budget", type=float, default=120)
    parser.add_argument("--json")
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--reuse", action="store_true")
    options = parser.parse_args()
    peers = {"zhidian": zhidian, "program": program, "lucene": lucene, "lancedb": lancedb,
             "postgres": postgres, "fts5": child_peer("fts5", "sqlite fts5"),
             "xapian": child_peer("xapian", "xapian"), "groonga": child_peer("groonga", "groonga")}
    unknown = [name for name in options.peers if name not in peers]
    if unknown:
        parser.error(f"unknown peer {unknown[0]}")
    run = Run(options)
    run.prepare()
    print(f"{len(run.ids)} passages, {len(run.cases)} questions, top {options.top}, "
          f"{os.cpu_count()} processors")
    print("".join(name.rjust(width) for name, width in COLUMNS))
    first, ours, rows = None, [], []
    for name in options.peers or PEERS:
        try:
            result = peers[name](run)
            row = figures_of(run, result)
        except Missing as why:
            print(f"{name}: left out, {why}", file=sys.stderr)
            continue
        if name == "zhidian":
            first, ours = row, result["answers"]
        row["ours@10"] = quality(run, ours[:row["asked"]])[0]
        print_row(row, first)
        rows.append(row)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"passages": len(run.ids), "questions": len(run.cases), "top": options.top,
                       "peers": rows}, file, indent=1)


main()
