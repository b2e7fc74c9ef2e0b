#!/usr/bin/env python3
"""How well answers are learnt: five-fold figures of policy and reading, each fold answered by a model
that has seen none of its documents' questions (bench/answers.c), scored by SHARED/eval/score.py.

    bench/answers.py [BUILD] [SHARED]

Prints one line a set with its targets, and the ceiling: how often the answer stands in a passage
that is cited. Ends with 77 where SHARED is absent.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
SHARED = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ROOT.parent / "shared")
DATA, SCORE = SHARED / "data", SHARED / "eval/score.py"
SETS = {"policy": (DATA / "policy", {"rouge_l": 0.50, "cited": 0.94}),
        "drcd": (DATA / "reading/drcd", {"contains": 0.90}),
        "cmrc": (DATA / "reading/cmrc", {"contains": 0.90})}


def main():
    if not DATA.is_dir():
        print(f"{DATA} is not here: nothing to measure")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        command = [BUILD / "bench/answers", folder]
        for key, (data, _) in SETS.items():
            subprocess.run([BUILD / "src/cli/zhidian", "--data", folder / key, "add", "--quiet",
                            "--jsonl", data / "documents.jsonl"], check=True, stdout=subprocess.DEVNULL)
            command += [key, folder / key, data / "questions.jsonl"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for key, (data, targets) in SETS.items():
            figures = json.loads(subprocess.run(
                [sys.executable, SCORE, "answers", data / "questions.jsonl", folder / f"{key}.jsonl"],
                check=True, stdout=subprocess.PIPE, text=True).stdout)
            marks = "  ".join(f"{k} {figures[k]:.4f} (target {t}{'' if figures[k] >= t else ', SHORT'})"
                              for k, t in targets.items())
            print(f"{key:8} {marks}  {json.dumps(figures)}", flush=True)


main()
