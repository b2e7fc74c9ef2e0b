"""Small files of old Office programs written by hand, for tests: only what the readers read.

cfb() is the container ([MS-CFB]), doc() a Word document in it ([MS-DOC]), xls() a workbook
([MS-XLS]). All return the bytes of a file.
"""
import struct

SECTOR, MINI, CUTOFF = 512, 64, 4096
END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def padded(data, unit):
    return data + bytes(-len(data) % unit)


def chain(table, first, count):
    table.extend(first + i + 1 for i in range(count - 1))
    table.append(END)


def entry(name, kind, start, size, child=FREE, right=FREE):
    raw = name.encode("utf-16-le") + b"\0\0"
    return (raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, FREE, right, child)
            + bytes(36) + struct.pack("<IQ", start, size))


def cfb(streams):
    """Names and contents → a container; short ones lie in the mini stream, as they must."""
    body, fat, mini, mini_fat, entries = b"", [], b"", [], []

    def put(data):
        nonlocal body
        first = len(fat)
        if data:
            chain(fat, first, len(padded(data, SECTOR)) // SECTOR)
            body += padded(data, SECTOR)
        return first if data else END

    for i, (name, data) in enumerate(streams.items()):
        right = i + 2 if i + 1 < len(streams) else FREE
        if len(data) >= CUTOFF:
            entries.append(entry(name, 2, put(data), len(data), right=right))
        else:
            entries.append(entry(name, 2, len(mini_fat) if data else END, len(data), right=right))
            if data:
                chain(mini_fat, len(mini_fat), len(padded(data, MINI)) // MINI)
                mini += padded(data, MINI)
    mini_at = put(mini)
    mini_table = put(struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(SECTOR, b"\xff"))
    root = entry("Root Entry", 5, mini_at, len(mini), child=1 if entries else FREE)
    directory = put(padded(root + b"".join(entries), SECTOR))
    n = 1
    while n * (SECTOR // 4) < len(fat) + n:
        n += 1
    at = len(fat)
    fat += [TABLE] * n
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(n * SECTOR, b"\xff")
    head = (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + bytes(16)
            + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
            + struct.pack("<IIIIIIIIII", 0, n, directory, 0, CUTOFF, mini_table, 1, END, 0, at))
    head += struct.pack(f"<{n - 1}I", *range(at + 1, at + n))
    return head.ljust(SECTOR, b"\xff") + body + table


# ---- Word ----

def sprm(op, value, size=1):
    return struct.pack("<H", op) + value.to_bytes(size, "little")


def row_mark(edges, flags):
    """The mark that ends a row: its cells' edges and what each is merged with."""
    cells = b"".join(struct.pack("<H", f) + bytes(18) for f in flags)
    body = bytes([len(flags)]) + struct.pack(f"<{len(edges)}h", *edges) + cells
    return (sprm(0x2416, 1) + sprm(0x2417, 1)
            + struct.pack("<HH", 0xD608, len(body) + 1) + body)


def style_sheet(styles):
    out = struct.pack("<H", 18) + struct.pack("<HH", len(styles), 10) + bytes(14)
    for built_in, name, sprms in styles:
        papx = struct.pack("<H", 0) + sprms
        std = (struct.pack("<HHHHH", built_in, 0xFFF1, 1, 0, 0) + struct.pack("<H", len(name))
               + name.encode("utf-16-le") + b"\0\0" + struct.pack("<H", len(papx)) + papx)
        out += struct.pack("<H", len(std)) + padded(std, 2)
    return out


def formatted_pages(runs, word, of_paragraphs):
    """Runs of (from, to, bytes) → pages behind the stream, a run each, and their table."""
    numbers = []
    for start, end, content in runs:
        page = bytearray(512)
        struct.pack_into("<II", page, 0, start, end)
        page[511] = 1
        if of_paragraphs:
            content = padded(content, 2)
            page[8] = 100
            page[200:202 + len(content)] = bytes([0, len(content) // 2]) + content
        elif content:
            page[8] = 100
            page[200:201 + len(content)] = bytes([len(content)]) + content
        numbers.append(len(word) // 512)
        word += page
    places = [run[0] for run in runs] + [runs[-1][1]]
    return struct.pack(f"<{len(places)}I", *places) + struct.pack(f"<{len(numbers)}I", *numbers)


def doc(parts, styles=((0, "Normal", b""),), hidden=(), locked=False):
    """parts: eight lists (body, notes, headers, –, comments, end notes, boxes, boxes of headers) of
    (text with its end mark, style, sprms). The first part's even paragraphs are pieces of bytes
    where they can be. hidden: texts whose characters are not shown."""
    word, table, paragraphs, pieces, lengths, cp = bytearray(1536), b"", [], [], [], 0
    characters = []
    for part in range(8):
        begun = cp
        for text, style, sprms in parts[part] if part < len(parts) else ():
            plain = all(ord(c) < 128 for c in text)
            raw = text.encode("ascii") if plain else text.encode("utf-16-le")
            at, n = len(word), len(raw) if plain else len(raw) // 2
            word += raw
            if at % 2 and not plain:
                raise ValueError("a piece of two bytes begins at an odd place")
            if n % 2 and plain:
                word += b"\0"
            pieces.append((cp, cp + n, at * 2 | 0x40000000 if plain else at))
            paragraphs.append((at, len(word), struct.pack("<H", style) + sprms))
            gone = text.rstrip("\r") in hidden
            characters.append((at, len(word), sprm(0x083C, 1) if gone else b""))
            cp += n
        lengths.append(cp - begun)
    word += bytes(-len(word) % 512)

    def put(offset, data):
        nonlocal table
        struct.pack_into("<II", word, offset, len(table), len(data))
        table += data

    put(0x102, formatted_pages(paragraphs, word, True))
    put(0xFA, formatted_pages(characters, word, False))
    put(0xA2, style_sheet(styles))
    places = [p[0] for p in pieces] + [pieces[-1][1]]
    plc = struct.pack(f"<{len(places)}I", *places)
    plc += b"".join(struct.pack("<HIH", 0, p[2], 0) for p in pieces)
    put(0x1A2, b"\2" + struct.pack("<I", len(plc)) + plc)
    lists = (struct.pack("<H", 1) + struct.pack("<i", 77) + bytes(22) + b"\1\0")
    struct.pack_into("<II", word, 0x2E2, len(table), len(lists))
    text = "第\0条".encode("utf-16-le")
    table += lists + struct.pack("<IBB", 1, 37, 0) + bytes(22) + struct.pack("<H", 3) + text
    put(0x2EA, struct.pack("<I", 1) + struct.pack("<i", 77) + bytes(12) + b"\xff\xff\xff\xff")
    struct.pack_into("<HH", word, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", word, 10, 0x200 | (0x100 if locked else 0))
    struct.pack_into("<8I", word, 0x4C, *lengths)
    return cfb({"WordDocument": bytes(word).ljust(CUTOFF, b"\0"), "1Table": table})


# ---- Excel ----

def record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def string(text, length="<H", wide=None):
    wide = any(ord(c) > 255 for c in text) if wide is None else wide
    raw = text.encode("utf-16-le" if wide else "latin-1")
    return struct.pack(length, len(raw) // (2 if wide else 1)) + bytes([wide]) + raw


def shared_strings(texts, cut_in):
    """The table of strings; the one of that number goes on in another record, as single bytes."""
    body, out = struct.pack("<II", len(texts), len(texts)), b""
    for i, text in enumerate(texts):
        one = string(text, wide=True if i == cut_in else None)
        if i == cut_in:
            half = 3 + 2 * (len(text) // 2)
            rest = text[len(text) // 2:].encode("latin-1")
            out += record(0xFC if not out else 0x3C, body + one[:half])
            body = b"\0" + rest
        else:
            body += one
    return out + record(0xFC if not out else 0x3C, body)


def xls(sheets, formats=(), styles=(), cut_in=None, locked=False):
    """sheets: (name, hidden, rows, merges, header); a cell is a text, (number, style),
    ("=", number or text) or None. formats: (id, code); styles: format ids."""
    texts = []
    bodies = []
    for name, _, rows, merges, header in sheets:
        body = record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 0))
        if header:
            body += record(0x14, string(header))
        for r, row in enumerate(rows):
            for c, cell in enumerate(row or ()):
                at = struct.pack("<HHH", r, c, cell[1] if isinstance(cell, tuple)
                                 and cell[0] != "=" else 0)
                if isinstance(cell, str):
                    if cell not in texts:
                        texts.append(cell)
                    body += record(0xFD, at + struct.pack("<I", texts.index(cell)))
                elif isinstance(cell, tuple) and cell[0] == "=" and isinstance(cell[1], str):
                    body += record(6, at + b"\0" * 6 + b"\xff\xff" + bytes(8))
                    body += record(0x207, string(cell[1]))
                elif isinstance(cell, tuple) and cell[0] == "=":
                    body += record(6, at + struct.pack("<d", cell[1]) + bytes(8))
                elif isinstance(cell, tuple) and isinstance(cell[0], int) and abs(cell[0]) < 1 << 28:
                    body += record(0x27E, at + struct.pack("<I", (cell[0] << 2 | 2) & 0xFFFFFFFF))
                elif isinstance(cell, tuple):
                    body += record(0x203, at + struct.pack("<d", cell[0]))
        body += record(0xE5, struct.pack("<H", len(merges))
                       + b"".join(struct.pack("<4H", *m) for m in merges))
        bodies.append(body + record(0x0A))
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    head += record(0x2F, bytes(6)) if locked else b""
    head += b"".join(record(0x41E, struct.pack("<H", i) + string(code)) for i, code in formats)
    head += b"".join(record(0xE0, struct.pack("<HH", 0, i) + bytes(16)) for i in styles)
    tail = shared_strings(texts, cut_in) + record(0x0A)
    names = [string(name, "<B") for name, *_ in sheets]
    at = len(head) + sum(10 + len(n) for n in names) + len(tail)
    for (_, hidden, *_), name, body in zip(sheets, names, bodies):
        head += record(0x85, struct.pack("<IBB", at, hidden, 0) + name)
        at += len(body)
    return cfb({"Workbook": head + tail + b"".join(bodies)})
