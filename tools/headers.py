#!/usr/bin/env python3
"""Fails when a header does not compile alone: headers.py BUILD-FOLDER

Each src/ROOM/*.h is read by the compiler as if it were a file of its own, with the flags that the
build gives to that room's C files, so that it includes all it uses.
"""
import json
import pathlib
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

root = pathlib.Path(__file__).resolve().parent.parent
build = pathlib.Path(sys.argv[1]).resolve()


def commands_by_room():
    """The first compile command of each room, without its input and outputs."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        file = (build / entry["file"]).resolve()
        if file.parent.parent != root / "src" or file.parent.name in commands:
            continue
        words = shlex.split(entry["command"])
        kept, skip = [], False
        for word in words:
            if skip or word in ("-MD", "-c") or word == entry["file"]:
                skip = False
            elif word in ("-o", "-MQ", "-MF"):
                skip = True
            else:
                kept.append(word)
        commands[file.parent.name] = kept
    return commands


def complaint(command, header):
    text = f'#include "{header.relative_to(root / "src").as_posix()}"\nextern int not_empty;\n'
    if header.name.endswith("_table.h"):
        text = "#define X(...)\n#define Y(...)\n#define Z(...)\n" + text  # rows for whoever includes them
    run = subprocess.run([*command, "-fsyntax-only", "-x", "c", "-"], input=text, text=True,
                         cwd=build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return run.stdout if run.returncode != 0 else ""


def main():
    commands = commands_by_room()
    headers = sorted((root / "src").glob("*/*.h"))
    if not headers:
        sys.exit("there are no headers")
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda h: complaint(commands[h.parent.name], h), headers))
    print("".join(found) or f"{len(headers)} headers compile alone")
    sys.exit(any(found))


main()
