#!/usr/bin/env python3
"""Fails when a room includes what src/rooms does not allow, or another room's private header."""
import pathlib
import re
import sys

INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')


def read_rooms(path):
    """The rooms in order, each with the set of rooms it may include (itself among them)."""
    rooms = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, *below = line.split("#")[0].split() or [None]
        if name is None:
            continue
        unknown = [b for b in below if b not in rooms]
        if unknown:
            sys.exit(f"{path}: {name} names {', '.join(unknown)}, which does not stand above it")
        rooms[name] = {name, *below}
    return rooms


def complaints(src, rooms):
    for file in sorted(src.rglob("*.[ch]")):
        room = file.relative_to(src).parts[0]
        if room not in rooms:
            yield f"{file}: {room} is not in {src}/rooms"
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = match.group(1)
            if "/" not in target:
                if not target.startswith(("fold_table", "page_")):
                    yield f"{file}:{number}: write \"{room}/{target}\", with its room"
                continue
            other, header = target.split("/", 1)
            if other not in rooms[room]:
                yield f"{file}:{number}: {room} may not include {other}"
            elif other != room and header.endswith("_private.h"):
                yield f"{file}:{number}: {header} is private to {other}"


def main():
    src = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    rooms = read_rooms(src / "rooms")
    found = list(complaints(src, rooms))
    print("\n".join(found) or f"{len(rooms)} rooms, no arrow goes up")
    sys.exit(bool(found))


main()
