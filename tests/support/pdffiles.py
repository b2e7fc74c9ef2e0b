"""PDF files written by hand: words at places, in a Chinese font that is not part of the file.

A page is a list of (x, y, size, text), y from the top in points, on A4. The codes are those of one of
the predefined tables that a reader has to bring along (UniGB-UCS2-H: UTF-16; GBK-EUC-H: GBK).

Where the text is a list, it is drawn in one go in a second font, which is part of the file (Type 3, each
letter a square); its numbers are gaps in sizes: ["第一条", 0.3, "为了"].
"""
import random
import zlib

WIDTH, HEIGHT = 595, 842


def show(x, y, size, text, coding):
    code = text.encode("utf-16-be" if coding.startswith("Uni") else "gbk").hex()
    return f"BT /F1 {size} Tf 1 0 0 1 {x} {HEIGHT - y} Tm <{code}> Tj ET\n"


def show_embedded(x, y, size, parts, codes):
    code = "".join(f"{-1000 * part:.0f}" if not isinstance(part, str) else
                   f"<{bytes(codes[c] for c in part).hex()}>" for part in parts)
    return f"BT /F2 {size} Tf 1 0 0 1 {x} {HEIGHT - y} Tm [{code}] TJ ET\n"


def embedded_font(codes, number):
    """The objects of a font of these letters (letter → code), of which the first gets that number."""
    square = b"1000 0 0 -120 1000 880 d1 50 -70 850 900 re f"
    rows = "".join(f"<{code:02x}><{char.encode('utf-16-be').hex()}>\n" for char, code in codes.items())
    table = (f"/CIDInit/ProcSet findresource begin begincmap 1 begincodespacerange <00><ff> endcodespacerange\n"
             f"{len(codes)} beginbfchar\n{rows}endbfchar endcmap end\n").encode()
    last = max(codes.values())
    return [f"<</Type/Font/Subtype/Type3/FontBBox[0 -120 1000 880]/FontMatrix[.001 0 0 .001 0 0]/Resources<<>>"
            f"/CharProcs<</a {number + 1} 0 R>>/Encoding<</Type/Encoding/Differences[1{'/a' * last}]>>"
            f"/FirstChar 1/LastChar {last}/Widths[{'1000 ' * last}]/ToUnicode {number + 2} 0 R>>".encode(),
            b"<</Length %d>>stream\n" % len(square) + square + b"\nendstream",
            b"<</Length %d>>stream\n" % len(table) + table + b"\nendstream"]


def pdf(pages, coding="UniGB-UCS2-H", compress=True, pictures=(), broken=()):
    """pictures: numbers (from 0) of pages that show a picture; broken: of pages with torn content."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"",
               f"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/{coding}"
               "/DescendantFonts[4 0 R]>>".encode(),
               b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo"
               b"<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000/W[1 95 500 814 939 500]"
               b"/FontDescriptor 5 0 R>>",
               b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]"
               b"/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>",
               b"<</Type/XObject/Subtype/Image/Width 8/Height 8/BitsPerComponent 8/ColorSpace/DeviceGray"
               b"/Length 64>>stream\n" + bytes(range(64)) + b"\nendstream"]
    kids, codes = [], {}
    for page in pages:
        for *_, text in page:
            for char in "".join(part for part in text if isinstance(part, str)) if isinstance(text, list) else "":
                codes.setdefault(char, len(codes) + 1)
    embedded = f"/F2 {len(objects) + 1} 0 R" if codes else ""
    objects += embedded_font(codes, len(objects) + 1) if codes else []
    for number, page in enumerate(pages):
        content = "".join(show_embedded(*words, codes) if isinstance(words[3], list) else show(*words, coding)
                          for words in page).encode()
        if number in pictures:
            content += b"q 400 0 0 600 90 120 cm /I1 Do Q\n"
        name = ""
        if compress:
            content, name = zlib.compress(content), "/Filter/FlateDecode"
        if number in broken:
            content = content[:len(content) // 2] + b"\xff" * 40
        kids.append(len(objects) + 1)
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Contents "
                       f"{len(objects) + 2} 0 R/Resources<</Font<</F1 3 0 R{embedded}>>/XObject<</I1 6 0 R>>>>>>".encode())
        objects.append(f"<</Length {len(content)}{name}>>stream\n".encode() + content + b"\nendstream")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{k} 0 R' for k in kids)}]>>".encode()
    return whole(objects)


def whole(objects):
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj".encode() + content + b"endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return out + (f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
                  f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n").encode()


def many_pages(n):
    """n pages that share one content."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>",
               f"<</Type/Pages/Count {n}/MediaBox[0 0 200 200]/Kids[".encode()
               + b" ".join(b"%d 0 R" % (k + 5) for k in range(n)) + b"]/Resources<</Font<</F1 3 0 R>>>>>>",
               b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
               b"<</Length 40>>stream\nBT /F1 9 Tf 20 100 Td (words here) Tj ET   \nendstream"]
    objects += [b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"] * n
    return whole(objects)


def wrapped(text, x, y, size, columns, indent=2, leading=1.5):
    """One paragraph as lines of so many characters; gives the words and the y below them."""
    rows, text = [], "　" * indent + text
    while text:
        n, width = 0, 0.0
        while n < len(text) and width + advance(text[n]) <= columns:
            width += advance(text[n])
            n += 1
        line, text = text[:n], text[n:]
        words = line.lstrip("　")
        rows.append((x + (len(line) - len(words)) * size, y, size, words))
        y += size * leading
    return rows, y


def advance(char):
    """Its width in the font of pdf(), in sizes."""
    return 0.5 if " " <= char <= "~" else 1.0


def slow_scan(pages, seed=1):
    """Pages that show one picture of strokes in squares, which are no characters: recognising them takes
    about a second each."""
    draw, width, height = random.Random(seed), 1240, 1754
    rows = [bytearray(b"\xff" * width) for _ in range(height)]
    for top in range(100, height - 140, 52):
        for left in range(100, width - 140, 40):
            for _ in range(3):
                y, x = top + draw.randrange(30), left + draw.randrange(30)
                for k in range(3):
                    rows[y + k][left:left + 33] = bytes(33)
                for k in range(33):
                    rows[top + k][x:x + 3] = bytes(3)
    data = zlib.compress(b"".join(rows))
    content = b"q 595 0 0 842 0 0 cm /I1 Do Q"
    return whole([b"<</Type/Catalog/Pages 2 0 R>>",
                  f"<</Type/Pages/Count {pages}/MediaBox[0 0 595 842]/Kids[{' '.join(f'{k + 5} 0 R' for k in range(pages))}]"
                  "/Resources<</XObject<</I1 3 0 R>>>>>>".encode(),
                  f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8/ColorSpace/DeviceGray"
                  f"/Filter/FlateDecode/Length {len(data)}>>stream\n".encode() + data + b"\nendstream",
                  f"<</Length {len(content)}>>stream\n".encode() + content + b"\nendstream"]
                 + [b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"] * pages)
