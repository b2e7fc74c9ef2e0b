#!/usr/bin/env python3
"""How well answers are learnt: five-fold figures of policy and reading, each fold answered by a model
that has seen none of its documents' questions (bench/answers.c), scored by SHARED/eval/score.py.

    bench/answers.py [BUILD] [SHARED]

The ranking goes by words alone: the model that comes with the program has seen these questions, and
each office is given one without vectors, ranker and memory in its place.

Prints one line a set with its targets, and the ceiling: how often the answer stands in a passage
that is cited. Ends with 77 where SHARED is absent.
"""
import json
import pathlib
import struct
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


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def empty_model():
    """A model file (src/semantic/model_file.h) with nothing but a note."""
    note, at = b'{"passages":0}', 64
    head = struct.pack("<4sIII4sIQQ", b"ZDMF", 1, 1, 0, b"NOTE", crc32c(note), at, len(note))
    return (head + struct.pack("<I", crc32c(head))).ljust(at, b"\0") + note


def make_office(folder, data):
    """An office of a set's documents that ranks by words alone."""
    zhidian = [BUILD / "src/cli/zhidian", "--data", folder]
    subprocess.run([*zhidian, "add", "--quiet", "--jsonl", data / "documents.jsonl"], check=True,
                   stdout=subprocess.DEVNULL)
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models/empty.zdm").write_bytes(empty_model())
    subprocess.run([*zhidian, "train", "--use", "empty.zdm"], check=True, stdout=subprocess.DEVNULL)


def main():
    if not DATA.is_dir():
        print(f"{DATA} is not here: nothing to measure")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        command = [BUILD / "bench/answers", folder]
        for key, (data, _) in SETS.items():
            make_office(folder / key, data)
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
