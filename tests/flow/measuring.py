#!/usr/bin/env python3
"""What measures must itself be right: `zhidian bench`, and the corpora that bench/generate makes."""
import collections
import json
import os
import pathlib
import re
import subprocess

from zdtest import BINARY, ROOT, Office, run

BENCH = pathlib.Path(BINARY).parents[2] / "bench"
EXAMPLES = ROOT / "examples" / "rules"


def made(*arguments):
    done = subprocess.run([BENCH / "generate", *map(str, arguments)], capture_output=True,
                          check=True, timeout=300)
    return done.stdout.decode("utf-8")


def passages(seed, n, *more):
    return made("passages", "--from", EXAMPLES, "--n", n, "--seed", seed, *more)


def source_text():
    return ["\n".join(path.read_text(encoding="utf-8").split("\n"))
            for path in sorted(EXAMPLES.rglob("*")) if path.is_file()]


def test_bench_measures_the_office_it_is_given_and_leaves_nothing():
    with Office() as office:
        office.run("add", *(ROOT / "examples" / name for name in ("rules", "guides", "trade")))
        before = sorted(os.listdir(office.data / "index"))
        tmp = office.folder / "tmp"
        tmp.mkdir()
        done = office.run("bench", "--json", env={**os.environ, "TMPDIR": str(tmp)})
        figures = json.loads(done.stdout)
        stats = office.run("stats").stdout
        held = int(re.search(r"passages\s+(\d+)", stats).group(1))
        assert figures["passages"] == held, (figures["passages"], stats)
        assert 0 < figures["built"] <= figures["passages"]
        assert figures["read_gb_s"] > 0.1 and figures["decoded_million_postings_s"] > 1
        assert [row["questions"] for row in figures["latency"]][0] == 200
        for row in figures["latency"]:
            assert 0 < row["index"]["median_ms"] <= row["index"]["p99_ms"]
            assert row["min_tokens"] <= row["terms"] + 8
        assert not os.listdir(tmp) and sorted(os.listdir(office.data / "index")) == before
        table = office.run("bench", env={**os.environ, "TMPDIR": str(tmp)}).stdout
        assert "GB/s" in table and "postings/s" in table


def test_bench_says_why_it_cannot_measure():
    with Office() as office:
        office.run("bench", status=1)
        office.run("add", office.write("a.md", "# 通知\n\n本通知自发布之日起施行。\n"))
        assert "50" in office.run("bench", status=1).stderr


def test_a_made_corpus_is_the_same_for_the_same_seed_and_a_beginning_of_a_longer_one():
    short, again, longer, other = (passages(1, 300), passages(1, 300), passages(1, 900),
                                   passages(2, 300))
    assert short == again and longer.startswith(short) and other != short
    lines = [json.loads(line) for line in longer.splitlines()]
    assert len(lines) == 900 and len({line["id"] for line in lines}) == 900
    assert all(line["title"] and line["text"] for line in lines)


def test_a_made_corpus_repeats_no_more_than_eleven_characters_of_its_source():
    runs = set()
    for text in source_text():
        for line in text.split("\n"):
            line = line.strip().lstrip("#").strip()
            runs.update(line[i:i + 12] for i in range(len(line) - 11))
    assert len(runs) > 5000
    for line in passages(3, 500).splitlines():
        text = json.loads(line)["text"]
        for i in range(len(text) - 11):
            assert text[i:i + 12] not in runs, text[i:i + 12]


def test_questions_have_the_promised_length():
    long = [json.loads(line)["query"] for line in
            made("questions", "--from", EXAMPLES, "--n", 50).splitlines()]
    short = [json.loads(line)["query"] for line in
             made("questions", "--from", EXAMPLES, "--n", 50, "--short").splitlines()]
    assert len(long) == 50 and all(10 <= len(query) <= 90 for query in long)
    assert set(collections.Counter(map(len, short))) <= {2, 3}


run(globals())
