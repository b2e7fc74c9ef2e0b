#!/usr/bin/env python3
"""Pages that are pictures, through the whole program: their words are recognised inside the locked-down
reader, with structure and pages as of any document. Chromium draws the pages; where it or the model
of recognition is not installed the test skips."""
import difflib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

from zdtest import Office, run

LONG = bool(os.environ.get("ZD_LONG"))
MODEL = pathlib.Path("/usr/share/tesseract-ocr/5/tessdata/chi_sim.traineddata")
CHROMIUM = shutil.which("chromium")
TITLE = "云岫市门牌管理办法"
ARTICLES = [
    ("第一条", "为了规范门牌管理，方便群众生产生活，根据有关法律、法规，结合本市实际，制定本办法，请各单位遵照执行。"),
    ("第二条", "申请补发门牌的，向公安派出所提出，由派出所在五个工作日内办结；每块收取工本费，标准由市价格主管部门公布。"),
    ("第三条", "违反本办法第二条规定，擅自制作、移动或者损毁门牌的，由公安机关责令改正，并可以依法处以罚款。"),
    ("第四条", "本办法自2024年5月1日起施行。"),
]


def picture(folder, before=""):
    """An A4 page at 300 dots an inch, with this above its title."""
    body = before + f"<h1>{TITLE}</h1>" + "".join(f"<p>{n} {text}</p>" for n, text in ARTICLES)
    page = pathlib.Path(folder) / "page.html"
    page.write_text("<meta charset=utf-8><style>body{margin:25mm;width:160mm;background:white;"
                    "font:16pt/1.7 'Noto Serif CJK SC','Noto Sans CJK SC'}h1{font-size:22pt;"
                    f"text-align:center}}p{{text-indent:2em;margin:0}}</style>{body}", encoding="utf-8")
    subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                    "--force-device-scale-factor=3.125", "--window-size=794,1123",
                    f"--user-data-dir={folder}/profile", "--screenshot=page.png", page], cwd=folder,
                   capture_output=True, timeout=120, check=True)
    return (pathlib.Path(folder) / "page.png").read_bytes()


def rgb_of(png):
    """Width, height and the colours of a PNG that Chromium wrote (8 bits, 3 or 4 colours)."""
    at, data, n = 8, b"", 3
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        if kind == b"IHDR":
            width, height, _, how = struct.unpack_from(">IIBB", png, at + 8)
            n = {2: 3, 6: 4}[how]
        elif kind == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += 12 + size
    return width, height, n, zlib.decompress(data)


def scanned_pdf(png, pages):
    """The picture on each of so many pages; PDF unpacks PNG's rows itself (predictor 15)."""
    width, height, n, rows = rgb_of(png)
    if n == 4:
        raise SystemExit(77)
    image = zlib.compress(rows)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(pages))
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode(),
             b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
             b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors 3/Columns %d>>/Length %d>>stream\n"
             % (width, height, width, len(image)) + image + b"\nendstream"]
    for i in range(pages):
        draw = b"595 0 0 842 0 0 cm /I Do"
        parts.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
                     b"/Resources<</XObject<</I 3 0 R>>>>>>" % (5 + 2 * i))
        parts.append(b"<</Length %d>>stream\n%s\nendstream" % (len(draw), draw))
    out, places = b"%PDF-1.5\n", []
    for i, part in enumerate(parts):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i + 1, part)
    table = b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + (b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
                  % (len(parts) + 1, table, len(parts) + 1, len(out)))


def parse(office, name, content):
    done = office.run("parse", office.write(name, content))
    head, *passages = [json.loads(line) for line in done.stdout.splitlines()]
    return head["document"], passages


def share(want, got):
    blocks = difflib.SequenceMatcher(None, want, got, autojunk=False).get_matching_blocks()
    return sum(b.size for b in blocks) / len(want)


def expect_words(document, passages, page):
    clauses = [p for p in passages if p["kind"] == "clause" and p["page"] == page]
    assert [p["number"] for p in clauses] == [n for n, _ in ARTICLES], clauses
    got = "".join(p["text"] for p in clauses).replace("\n", "").replace(" ", "")
    found = share("".join(text for _, text in ARTICLES), got)
    assert found >= 0.98, (found, got)


def test_a_picture_and_a_scanned_pdf_are_read():
    with tempfile.TemporaryDirectory() as folder, Office() as office:
        png = picture(folder)
        document, passages = parse(office, "a.bin", png)
        assert document["format"] == "png" and document["pages"] == 1, document
        assert share(TITLE, document["title"]) > 0.8, document["title"]
        expect_words(document, passages, 1)
        cleaned = office.run("clean", office.write("a.bin", png)).stdout.replace("\n", "").replace(" ", "")
        assert share(TITLE + "".join(n + text for n, text in ARTICLES), cleaned) >= 0.98, cleaned
        document, passages = parse(office, "b.bin", scanned_pdf(png, 2))
        assert document["format"] == "pdf" and document["pages"] == 2, document
        assert document["pages_without_text"] == 0 and document["pages_recognised"] == 2, document
        expect_words(document, passages, 1)


def test_a_secrecy_mark_in_a_scan_is_seen():
    """Level and time as they are printed on a first page, in the usual places, letters and sizes; as pictures
    and as scanned PDFs. The page that only speaks of secrets is let in."""
    styles = ("text-align:left;font:16pt 'Noto Sans CJK SC'", "text-align:right;font:16pt 'Noto Serif CJK SC'",
              "text-align:left;font:bold 22pt 'Noto Sans CJK SC'")
    levels = [(level, until) for level in ("绝密", "机密", "秘密") for until in ("★", "★10年", "★长期")]
    with tempfile.TemporaryDirectory() as folder, Office() as office:
        for k, (level, until) in enumerate(levels if LONG else levels[::4]):
            png = picture(folder, f"<p style=\"{styles[k % 3]};text-indent:0\">{level}{until}</p>")
            office.write(f"in/{k}.png", png)
            office.write(f"in/{k}.pdf", scanned_pdf(png, 1))
        n = 2 * (k + 1)
        office.write("in/open.png", picture(folder, "<p>国家秘密的密级分为绝密、机密、秘密三级。</p>"))
        done = office.run("add", office.folder / "in", status=1, timeout=600)
        kept = [line for line in done.stdout.splitlines() if "quarantined" in line]
        assert len(kept) == n and done.stdout.count("added") == 1, done.stdout
        found = {(f["level"], f["mark"]) for line in office.run("quarantine", "list", "--json").stdout.splitlines()
                 for f in [json.loads(line)]}
        assert {level for level, _ in found} == {level for level, _ in levels}, found
        print(f"        {n} scans with a mark, all kept out, and one that speaks of secrets let in")


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked():
    head = struct.pack(">IIBBBBB", 8000, 8000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")):
        png += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    with Office() as office:
        said = office.run("parse", office.write("a.png", png), status=1).stderr
        assert "40 million pixels" in said, said


if not MODEL.exists() or not CHROMIUM:
    print("skipped: Chromium or the model of recognition is not installed")
    sys.exit(77)
run(globals())
