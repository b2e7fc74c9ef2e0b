#!/usr/bin/env python3
"""Writes files as C arrays: embed.py OUTPUT FILE…

Each file gets a name that holds the first 12 digits of its SHA-256, so that it may be cached for
ever; a file that is named in another one is not rewritten, since none is.
"""
import hashlib
import pathlib
import sys

TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml"}


def main():
    out = ["/* made by tools/embed.py */"]
    rows = []
    for number, name in enumerate(sorted(sys.argv[2:], key=lambda n: pathlib.Path(n).name)):
        file = pathlib.Path(name)
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()[:12]
        public = f"{file.stem}.{digest}{file.suffix}"
        out.append(f"static const char asset_{number}[] = {{")
        values = [str(b if b < 128 else b - 256) for b in data]
        for at in range(0, len(values), 24):
            out.append("    " + ", ".join(values[at:at + 24]) + ",")
        out.append("};")
        rows.append(f'    {{"{file.name}", "{public}", "/assets/{public}", "{TYPES[file.suffix]}", '
                    f"{{asset_{number}, sizeof asset_{number}}}}},")
    out += ["static const struct asset assets[] = {", *rows, "};", ""]
    pathlib.Path(sys.argv[1]).write_text("\n".join(out), encoding="utf-8")


main()
