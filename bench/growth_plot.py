#!/usr/bin/env python3
"""Draws what bench/growth.sh printed as one SVG file, standard library only.

    bench/growth_plot.py GROWTH.jsonl OUT.svg

Four panels with logarithmic axes over the number of passages: processor time of long and of short
questions (median and 99th of a hundred), seconds to build, megabytes on disk and in memory.
"""
import json
import math
import sys

WIDTH, HEIGHT, LEFT, TOP = 420, 300, 66, 46
COLOURS = ["#1f5f8b", "#c8553d", "#4c8c4a", "#7a5195"]
PANELS = [
    ("Long questions, top 100: ms of processor", [("median", ["long", "cpu_ms_median"]),
                                                  ("99 %", ["long", "cpu_ms_p99"])]),
    ("Short questions, top 10: ms of processor", [("median", ["short", "cpu_ms_median"]),
                                                  ("99 %", ["short", "cpu_ms_p99"])]),
    ("Building, by the clock: seconds", [("all", ["build", "build_s"]),
                                     ("fold and tokens", ["build", "terms_s"])]),
    ("Megabytes, on disk and in memory", [("on disk", ["build", "index_mb"]),
                   ("while building", ["build", "peak_mb"]),
                   ("own, asking", ["long", "own_mb"])]),
]


def value(row, path):
    for key in path:
        row = row[key]
    return max(float(row), 1e-4)


def ticks(low, high):
    return [10 ** e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def label(number):
    if number >= 1e6:
        return f"{number / 1e6:g} M"
    return f"{number / 1e3:g} k" if number >= 1e3 else f"{number:g}"


def panel(rows, title, lines, x0, y0):
    out = [f'<g transform="translate({x0},{y0})">',
           f'<text x="{LEFT}" y="22" class="title">{title}</text>']
    xs = [row["passages"] for row in rows]
    values = [value(row, path) for _, path in lines for row in rows]
    y_ticks = ticks(min(values), max(values))
    low_x, high_x = math.log10(min(xs)), math.log10(max(xs)) or 1
    low_y, high_y = math.log10(y_ticks[0]), math.log10(y_ticks[-1])
    wide, tall = WIDTH - LEFT - 20, HEIGHT - TOP - 40

    def at_x(x):
        return LEFT + wide * (math.log10(x) - low_x) / max(high_x - low_x, 1e-9)

    def at_y(y):
        return TOP + tall * (1 - (math.log10(y) - low_y) / max(high_y - low_y, 1e-9))

    for tick in y_ticks:
        out.append(f'<line x1="{LEFT}" x2="{LEFT + wide}" y1="{at_y(tick):.1f}" '
                   f'y2="{at_y(tick):.1f}" class="grid"/>'
                   f'<text x="{LEFT - 8}" y="{at_y(tick) + 4:.1f}" class="y">{label(tick)}</text>')
    for x in xs:
        out.append(f'<text x="{at_x(x):.1f}" y="{TOP + tall + 18}" class="x">{label(x)}</text>')
    for number, (name, path) in enumerate(lines):
        colour = COLOURS[number]
        points = [(at_x(row["passages"]), at_y(value(row, path))) for row in rows]
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                   + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
        for (x, y), row in zip(points, rows):
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}">'
                       f'<title>{name}: {value(row, path):.4g}</title></circle>')
        out.append(f'<text x="{LEFT + 8 + 115 * number}" y="{TOP - 8}" fill="{colour}">{name}</text>')
        x, y = points[-1]
        out.append(f'<text x="{x - 6:.1f}" y="{y - 7:.1f}" class="end" fill="{colour}">'
                   f'{value(rows[-1], path):.3g}</text>')
    return out + ["</g>"]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = sorted((json.loads(line) for line in file if line.strip()),
                      key=lambda row: row["passages"])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH}" height="{2 * HEIGHT}" '
           f'viewBox="0 0 {2 * WIDTH} {2 * HEIGHT}" font-family="sans-serif" font-size="12">',
           '<style>.title{font-weight:bold;font-size:13px}.grid{stroke:#ddd}'
           '.y,.end{text-anchor:end}.x{text-anchor:middle}</style>',
           '<rect width="100%" height="100%" fill="white"/>']
    for number, (title, lines) in enumerate(PANELS):
        out += panel(rows, title, lines, number % 2 * WIDTH, number // 2 * HEIGHT)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(out + ["</svg>"]) + "\n")


main()
