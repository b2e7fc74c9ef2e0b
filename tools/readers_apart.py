#!/usr/bin/env python3
"""Fails when the server links a reader of file formats: readers_apart.py ZHIDIAN ZHIDIAN-PARSE

The program with the office's data must hold no code that reads uploaded bytes, nor a library for it;
the program that reads them must hold no database.
"""
import re
import subprocess
import sys

READERS = re.compile(r"zd_parse_(file|clean|json_line|_html|_plain|_markdown|_pdf|_eml)$")
LIBRARIES = re.compile(r"lib(xml2|mupdf|freetype|openjp2|zip|expat|poppler|tesseract|seccomp|magic|archive)\b")


def said_by(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def main():
    server, parser = sys.argv[1:3]
    complaints = [f"{server} holds the reader {name}"
                  for name in (line.split()[-1] for line in said_by("nm", server).splitlines())
                  if READERS.fullmatch(name)]
    complaints += [f"{server} needs {line.split()[-1]}"
                   for line in said_by("objdump", "-p", server).splitlines()
                   if "NEEDED" in line and LIBRARIES.search(line)]
    held = [line.split()[-1] for line in said_by("nm", parser).splitlines()]
    if not any(READERS.fullmatch(name) for name in held):
        complaints.append(f"{parser} holds no reader: the check is blind")
    if any(name.startswith("sqlite3_") for name in held):
        complaints.append(f"{parser} holds the database")
    print("\n".join(complaints) or "readers stand apart from the server")
    sys.exit(bool(complaints))


main()
