#!/usr/bin/env python3
"""Every quality figure of docs/quality.md, from the program as a user runs it.

    bench/quality.py [ZHIDIAN] [SHARED]

Adds each collection of SHARED/data to an office of its own, runs its questions through the batch
forms of `search` and `ask`, and scores them with SHARED/eval/score.py; prints one line a measure
with the target beside it. The model that comes along has seen these very questions, so that its
figures here are those of an office after training; what was held out is printed by
tools/train_base.sh. Offices stand in a temporary folder. Ends with 77 where SHARED is absent.
"""
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ZHIDIAN = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/src/cli/zhidian")
SHARED = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ROOT.parent / "shared")
DATA, SCORE = SHARED / "data", SHARED / "eval/score.py"


def zhidian(office, *arguments):
    done = subprocess.run([ZHIDIAN, "--data", str(office), *map(str, arguments)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def score(*arguments):
    return json.loads(subprocess.run([sys.executable, SCORE, *map(str, arguments)], check=True,
                                     stdout=subprocess.PIPE, text=True).stdout)


def show(name, figures, **targets):
    for key, target in targets.items():
        value = figures[key.replace("_at_", "@")] if key.replace("_at_", "@") in figures else figures[key]
        print(f"{name:22} {key.replace('_at_', '@'):14} {value:8.4f}   target {target}"
              f"   {'ok' if value >= target else 'SHORT'}")
    rest = {k: v for k, v in figures.items() if k.replace("@", "_at_") not in targets and k not in targets}
    print(f"{'':22} {json.dumps(rest)}", flush=True)


def office_of(folder, documents):
    office = folder / documents.parent.name
    begun = time.perf_counter()
    zhidian(office, "add", "--quiet", "--jsonl", documents)
    size = sum(f.stat().st_size for f in office.rglob("*") if f.is_file())
    print(f"{office.name:22} added in {time.perf_counter() - begun:.2f} s, {size / 1e6:.1f} MB on disk")
    return office


def retrieval(office, questions, folder):
    run = folder / "run.trec"
    zhidian(office, "search", "--batch", questions, "--top", 100, "--run", run)
    return score("retrieval", questions, run)


def answers(office, questions, out):
    zhidian(office, "ask", "--batch", questions, "--out", out)
    return score("answers", questions, out)


def refusal(office, folder, statutes):
    """The statutes questions against as many reading questions, asked of a statutes office."""
    yes, no, asked = folder / "yes.jsonl", folder / "no.jsonl", folder / "off.jsonl"
    lines = []
    for name in ("cmrc", "drcd"):
        lines += (DATA / "reading" / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    n = len(statutes.read_text(encoding="utf-8").splitlines())
    asked.write_text("\n".join(lines[:: max(1, len(lines) // n)][:n]) + "\n", encoding="utf-8")
    zhidian(office, "ask", "--batch", statutes, "--out", yes)
    zhidian(office, "ask", "--batch", asked, "--out", no)
    figures = score("refusal", yes, no)
    for name, file in (("kept_now", yes), ("refused_now", no)):
        given = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        share = sum(a["refused"] for a in given) / len(given)
        figures[name] = round(1 - share if name == "kept_now" else share, 4)
    return figures


def agrees(office, questions, scored):
    """`eval` computes the same figures by itself."""
    own = json.loads(zhidian(office, "eval", "--json", questions))
    off = {k: (own[k], v) for k, v in scored.items() if k in own and k != "questions" and abs(own[k] - v) > 1e-3}
    print(f"{office.name:22} eval agrees with score.py: {'yes' if not off else off}")


def main():
    if not DATA.is_dir():
        print(f"{DATA} is not here: nothing to measure")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        office = office_of(folder, DATA / "statutes/articles.jsonl")
        questions = DATA / "statutes/questions.jsonl"
        found = retrieval(office, questions, folder)
        show("statutes", found, **{"ndcg_at_10": 0.41, "recall_at_100": 0.70})
        show("refusal", refusal(office, folder, questions), auc=0.95, refused_at_95=0.80)
        office = office_of(folder, DATA / "policy/documents.jsonl")
        questions = DATA / "policy/questions.jsonl"
        found = retrieval(office, questions, folder)
        show("policy", found, **{"hit_at_1": 0.82, "hit_at_5": 0.96})
        given = answers(office, questions, folder / "answers.jsonl")
        show("policy answers", given, rouge_l=0.38, cited=0.88)
        agrees(office, questions, {**found, **given})
        for name, hit, contains in (("drcd", 0.945, 0.85), ("cmrc", 0.975, 0.0)):
            office = office_of(folder, DATA / "reading" / name / "documents.jsonl")
            questions = DATA / "reading" / name / "questions.jsonl"
            show(f"reading/{name}", retrieval(office, questions, folder), **{"hit_at_1": hit})
            show(f"reading/{name} answers", answers(office, questions, folder / "answers.jsonl"),
                 contains=contains)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of any step: {peak:.0f} MiB")


main()
