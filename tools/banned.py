#!/usr/bin/env python3
"""Fails when a function stands outside the one file that wraps it.

Allocation goes through base.c, so that tests can make it fail; durable changes go through
durable.c, so that they survive a power cut; the rest has no safe use.
"""
import pathlib
import re
import sys

ALLOCATE = {"src/base/base.c"}
DURABLE = {"src/base/durable.c"}
NOWHERE = set()
BANNED = {
    **dict.fromkeys(["malloc", "calloc", "realloc", "free", "strdup", "strndup", "asprintf",
                     "reallocarray"], ALLOCATE),
    **dict.fromkeys(["write", "pwrite", "writev", "rename", "renameat", "ftruncate", "truncate",
                     "fsync", "fdatasync", "unlink", "unlinkat", "mkdir"], DURABLE),
    **dict.fromkeys(["strcpy", "strcat", "sprintf", "vsprintf", "strtok", "atoi", "atol", "atof",
                     "sscanf", "gets", "system", "popen", "alloca", "strncat", "strncpy",
                     "sqlite3_exec", "sqlite3_mprintf", "rand", "srand", "mktemp", "tmpnam",
                     "setjmp", "longjmp"], NOWHERE),
}
# Wrapping a library's own allocation, or writing where nothing durable lies, is named here with
# its reason.
ALLOWED = {
    ("src/http", "write"): "sockets and pipes, no file",
    ("src/http", "writev"): "sockets and pipes, no file",
    ("src/model", "write"): "an eventfd, no file",
    ("src/parse", "write"): "memory files between server and worker",
    ("src/cli", "write"): "signal handlers may only use write",
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(sorted(BANNED, key=len, reverse=True)) + r")\s*\(")
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    bad = []
    for file in sorted((root / "src").rglob("*.[ch]")):
        name = file.relative_to(root).as_posix()
        room = "/".join(name.split("/")[:2])
        code = NOISE.sub(blank, file.read_text(encoding="utf-8"))
        for match in CALL.finditer(code):
            word = match.group(1)
            if name not in BANNED[word] and (room, word) not in ALLOWED:
                line = code.count("\n", 0, match.start()) + 1
                bad.append(f"{name}:{line}: {word} is banned here")
    print("\n".join(bad) or f"{len(BANNED)} functions kept to their places")
    sys.exit(bool(bad))


main()
