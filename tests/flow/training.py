#!/usr/bin/env python3
"""`zhidian train`: an office learns from pairs and questions, takes a model back, and goes on after a
stop."""
import json
import signal
import subprocess
import time

from zdtest import BINARY, ROOT, Office, run

EXAMPLES = ("guides", "rules")
# What people say for words of the texts, which share no character with it.
PAIRS = [("毛孩子带出门要拴绳不", "携犬出户应当使用束犬绳"), ("毛孩子上牌", "养犬登记")]


def prepare(office):
    office.run("add", "--quiet", *(ROOT / "examples" / name for name in EXAMPLES))


def write_pairs(office, n=40):
    lines = [json.dumps({"query": q, "passage": p}, ensure_ascii=False) for q, p in PAIRS] * n
    return office.write("pairs.jsonl", "\n".join(lines) + "\n")


def models(office):
    folder = office.data / "models"
    return sorted(p.name for p in folder.glob("*.zdm")) if folder.is_dir() else []


def files_of_work(office):
    return [p.name for p in (office.data / "models" / "work").rglob("*") if p.is_file()]


def stop_at_a_checkpoint(office, how, *arguments):
    """Begins to train and sends a signal once the first checkpoint stands."""
    checkpoint = office.data / "models" / "work" / "steps" / "texts"
    process = subprocess.Popen([BINARY, "--data", office.data, "train", *map(str, arguments)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 250
    while not checkpoint.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "no checkpoint"
        time.sleep(0.01)
    process.send_signal(how)
    said = process.communicate()[1]
    assert process.returncode != 0, "it was done before it could be stopped"
    return said


def first(office, question):
    hits = json.loads(office.run("search", question, "--json", "--top", "1").stdout)["hits"]
    return hits[0] if hits else None


def test_an_office_trains_and_takes_the_old_model_back():
    with Office() as office:
        prepare(office)
        before = first(office, "办理居住证需要什么材料")
        done = office.run("train", "--pairs", write_pairs(office), "--steps", "30")
        assert "在用" in done.stdout or "in use" in done.stdout, done.stdout
        names = models(office)
        assert len(names) == 1, names
        assert office.run("check").returncode == 0
        after = first(office, "办理居住证需要什么材料")
        assert after["document"] == before["document"]
        office.run("train", "--use", "base")
        assert first(office, "办理居住证需要什么材料")["score"] == before["score"]
        office.run("train", "--use", names[0])
        assert first(office, "办理居住证需要什么材料")["score"] == after["score"]
        assert not files_of_work(office)


def test_the_same_seed_gives_the_same_model():
    with Office() as office:
        prepare(office)
        pairs = write_pairs(office)
        for name in ("a.zdm", "b.zdm"):
            office.run("train", "--pairs", pairs, "--steps", "20", "--seed", "7", "--out",
                       office.folder / name)
        assert (office.folder / "a.zdm").read_bytes() == (office.folder / "b.zdm").read_bytes()
        assert not models(office)


def test_goes_on_after_a_stop_to_the_same_bytes():
    with Office() as office:
        prepare(office)
        options = ("--pairs", write_pairs(office), "--steps", "40", "--seed", "7", "--out")
        whole, again = office.folder / "whole.zdm", office.folder / "again.zdm"
        office.run("train", *options, whole)
        stop_at_a_checkpoint(office, signal.SIGKILL, *options, again)
        assert not again.exists() and files_of_work(office)
        done = office.run("train", *options, again)
        assert "goes on" in done.stderr and "after step" in done.stderr, done.stderr
        assert again.read_bytes() == whole.read_bytes()
        assert not files_of_work(office)
        # Ctrl-C says what is kept; with another seed it is of no use, and that is said
        said = stop_at_a_checkpoint(office, signal.SIGINT, *options, again)
        assert "goes on from there" in said, said
        other = [*options[:-2], "8", "--out"]
        done = office.run("train", *other, again)
        assert "anew" in done.stderr and "goes on" not in done.stderr, done.stderr
        assert again.read_bytes() != whole.read_bytes()
        assert not files_of_work(office)


def test_a_damaged_model_leaves_answers_by_the_one_that_came_along():
    with Office() as office:
        prepare(office)
        office.run("train", "--pairs", write_pairs(office), "--steps", "10")
        path = office.data / "models" / models(office)[0]
        path.write_bytes(path.read_bytes()[:1000])
        found = json.loads(office.run("search", "养犬登记", "--json", "--top", "1").stdout)
        assert found["hits"] and found["partial"], found
        assert "no usable model" in office.run("train", "--use", path.name, status=1).stderr
        office.run("train", "--use", "base")
        found = json.loads(office.run("search", "养犬登记", "--json", "--top", "1").stdout)
        assert found["hits"] and not found["partial"]


def test_what_cannot_be_learnt_from_is_refused():
    with Office() as office:
        office.run("train", status=1)
        prepare(office)
        bad = office.write("bad.jsonl", "{not json\n")
        done = office.run("train", "--pairs", bad, status=1)
        assert "line 1" in done.stderr, done.stderr
        assert "OFFICE=QUESTIONS" in office.run("train", "nothing", status=1).stderr
        assert not models(office)


if __name__ == "__main__":
    run(globals())
