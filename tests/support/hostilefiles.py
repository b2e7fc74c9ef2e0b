"""Files made to break a reader, of every format: cut at every KB, with flipped bits, and bombs.

Each maker yields (name, bytes, wish); the wish is "" (read or refused, both are well), "refused", or
"hidden:WORD": whatever is read must not hold that word. Groups follow the bad inputs that the product
promises to survive: HTML, XML, archives, PDF with sheets and pictures. All is made here from small sound
files and a seeded dice: the same thousand each time.
"""
import io
import json
import pathlib
import random
import struct
import sys
import zipfile
import zlib

import lawfiles
import officefiles as office
import oldfiles
import pdffiles

SEED = 20261201


def law(n_articles=150):
    return [(1, "云岫市门牌管理办法")] + [
        (0, f"第{k}条 为了规范第{k}类门牌的编制、设置和管理，方便群众生产生活，制定本办法第{k}条。") for k in range(1, n_articles + 1)]


def png(width, height, data=None, bits=8, colour=0):
    """A PNG of so many pixels; its rows are those of `data`, by default one black row."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    raw = zlib.compress(bytes(1 + min(width, 100000))) if data is None else data
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)) +
            chunk(b"IDAT", raw) + chunk(b"IEND", b""))


def tiff(n_pages, entries=b""):
    """Directories that follow one another, each of one pixel."""
    out, at = b"II*\0" + struct.pack("<I", 8), 8
    rows = [(256, 4, 1, 1), (257, 4, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 0),
            (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, 1, 1)]
    size = 2 + 12 * len(rows) + 4
    for page in range(n_pages):
        at += size
        out += struct.pack("<H", len(rows)) + b"".join(struct.pack("<HHII", *row) for row in rows)
        out += struct.pack("<I", at if page + 1 < n_pages else 0)
    return out + entries


def sound(text=None):
    """One small sound file a format, of a short law or of these (level, words)."""
    text = text or law()
    plain = "\n\n".join(words for _, words in text)
    pages = [[(x, y, size, words) for x, y, size, words in page] for page in lawfiles.laid_out(text)]
    rows = [[text[0][1], "标准", "时限"]] + [[f"项目{k}", f"{k}.50", f"{k}日"] for k in range(200)]
    rtf = "{\\rtf1\\ansi\\ansicpg936 " + "".join(
        "".join(f"\\u{ord(c)}?" if ord(c) > 127 else c for c in words) + "\\par\n" for _, words in text) + "}"
    slide = ('<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
             'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:cSld><p:spTree>' + "".join(
                 f"<p:sp><p:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:txBody></p:sp>" for _, words in text)
             + "</p:spTree></p:cSld></p:sld>")
    deck = {"_rels/.rels": office.relations(("d", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": '<p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
            f'{office.R}><p:sldIdLst><p:sldId id="256" r:id="s"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": office.relations(("s", "slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": slide}
    return {
        "docx": lawfiles.word(text), "odt": lawfiles.opendocument(text), "epub": lawfiles.epub(text),
        "xlsx": office.xlsx([("收费", office.sheet_xml(rows), "visible")]), "pptx": office.pack(deck),
        "ofd": lawfiles.fixed_pages(text, "line"), "html": lawfiles.web_page(text), "mhtml": lawfiles.mhtml(text),
        "eml": lawfiles.mail(text), "pdf": pdffiles.pdf(pages, compress=False), "packed.pdf": pdffiles.pdf(pages),
        "doc": oldfiles.doc([[(words + "\r", 0, b"") for _, words in text]] + [[]] * 7),
        "xls": oldfiles.xls([("收费", False, rows, (), "")]), "rtf": rtf.encode("ascii"),
        "csv": "\n".join(",".join(row) for row in rows).encode("gb18030"), "md": plain.encode(),
        "png": png(300, 400, zlib.compress(random.Random(1).randbytes(301 * 400))),
        "zip": office.pack({f"{k}.md": f"# 第{k}号办法\n\n第一条 为了试验。\n" for k in range(30)}),
    }


def damaged():
    """Every format cut at every KB (at most 24 places, spread over the file), and with bits flipped."""
    dice = random.Random(SEED)
    for kind, whole in sound().items():
        places = [k for k in range(0, len(whole), 1024)] or [0]
        for at in places[::max(1, len(places) // 24)][:24]:
            yield f"cut-{at // 1024}k.{kind}", whole[:at], ""
        for k in range(22):
            raw = bytearray(whole)
            for _ in range(1 << (k % 6)):
                raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
            yield f"bits-{k}.{kind}", bytes(raw), ""
        for k in range(6):
            raw, at = bytearray(whole), dice.randrange(len(whole))
            if k % 2:
                del raw[at:at + dice.randrange(1, 2000)]
            else:
                raw[at:at] = raw[max(0, at - 700):at] * dice.randrange(1, 4)
            yield f"moved-{k}.{kind}", bytes(raw), ""


def pages():
    """HTML past every cap."""
    def page(body, head=""):
        return f"<!DOCTYPE html><html><head><meta charset=utf-8><title>页</title>{head}</head><body>{body}</body></html>".encode()

    for tag in ("div", "p", "span", "b", "ul><li", "table><tr><td", "blockquote", "a href=x", "font", "section", "svg", "select"):
        for n in (600, 1000000 // len(tag)):
            yield f"nested-{tag.split('>')[0].split()[0]}-{n}.html", page("<" + tag + ">" if n == 1 else ("<" + tag + ">") * n + "深处"), ""
    for n in (256, 257, 60000):
        for tag in ("p", "td", "meta"):
            yield f"attributes-{tag}-{n}.html", page("<" + tag + " " + " ".join(f"a{i}=1" for i in range(n)) + ">属性很多的段落。"), ""
    for name, entity in (("named", "&lt;"), ("number", "&#x6587;"), ("huge", "&#99999999;"), ("unknown", "&nosuchentity;"),
                         ("open", "&amp"), ("zero", "&#0;")):
        yield f"entities-{name}.html", page("<p>" + entity * 1000000 + "。</p>"), ""
    for name, css in (("display", "display:none"), ("visibility", "visibility:hidden"), ("size", "font-size:0"),
                      ("place", "position:absolute;left:-9999px"), ("opacity", "opacity:0"), ("spaced", "DISPLAY : none !important")):
        yield f"hidden-{name}.html", page(f"<p>看得见的一句话。</p><div style=\"{css}\">暗语甲乙丙</div>"), (
            "hidden:暗语甲乙丙" if name in ("display", "visibility", "spaced") else "")
    yield "hidden-attribute.html", page("<p>看得见的一句话。</p><div hidden>暗语甲乙丙</div>"), "hidden:暗语甲乙丙"
    yield "hidden-comment.html", page("<p>看得见的一句话。</p><!-- 暗语甲乙丙 -->"), "hidden:暗语甲乙丙"
    yield "hidden-script.html", page("<p>看得见的一句话。</p><script>暗语甲乙丙</script>"), "hidden:暗语甲乙丙"
    yield "endless-table.html", page("<table>" + "<tr><td>格" * 300000), ""
    yield "spans.html", page("<table>" + ("<tr>" + "<td colspan=1000 rowspan=65534>格</td>" * 200 + "</tr>") * 200), ""
    yield "formatting.html", page("<b><i><u><a><font>" * 20000 + "<p>" * 20000), ""
    yield "unclosed-comment.html", page("<p>前。</p><!--" + "-" * 5000000), ""
    yield "unclosed-attribute.html", page('<p a="' + "x" * 5000000), ""
    yield "unclosed-script.html", page("<script>" + "</scrip" * 700000), ""
    yield "lists.html", page("<ol start=-2147483648>" + "<li value=999999999999>项" * 100000), ""
    yield "charset.html", b"<meta charset=utf-7>" + "+ADw-p+AD4-" .encode() * 200000, ""
    yield "large.html", page("<p>" + "很长的一段话。" * 2700000 + "</p>"), ""
    yield "larger.html", page("<p>" + "很长的一段话。" * 4900000 + "</p>"), ""
    for mb in (99, 100, 101):  # about what may be uploaded, and above
        yield f"huge-{mb}.html", page("<p>短。</p>" * ((mb << 20) // 10)), "refused"
    yield "nul.html", page("<p>" + "甲\0乙" * 100000 + "</p>"), ""
    yield "doctype.html", b"<!DOCTYPE " + b"x" * 3000000 + b">" + page("一句。"), ""


DTDS = {
    "laughs": '<!DOCTYPE d [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi")) + "]>",
    "quadratic": f'<!DOCTYPE d [<!ENTITY i "{"哈" * 60000}">]>',
    "external": '<!DOCTYPE d [<!ENTITY i SYSTEM "file:///etc/passwd">]>',
    "sink": '<!DOCTYPE d SYSTEM "http://127.0.0.1:{port}/d.dtd">',
    "parameter": '<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/p.dtd"> %p;]>',
    "file-parameter": '<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
}


def xml_files(port):
    """XML in the part that holds the text of each format, with what must never be expanded or fetched."""
    whole = sound()
    parts = {"docx": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml", "pptx": "ppt/slides/slide1.xml",
             "odt": "content.xml", "ofd": "OFD.xml"}

    def with_part(kind, change):
        source = zipfile.ZipFile(io.BytesIO(whole[kind]))
        return office.pack({name: change(source.read(name)) if name == parts[kind] else source.read(name)
                            for name in source.namelist()}, stored=("mimetype",))

    def behind_declaration(insert):
        def change(raw):
            at = raw.index(b"?>") + 2 if raw.startswith(b"<?xml") else 0
            return raw[:at] + insert.encode() + raw[at:]
        return change

    for kind in parts:
        for name, dtd in DTDS.items():
            dtd = dtd.replace("{port}", str(port))
            yield f"dtd-{name}.{kind}", with_part(kind, behind_declaration(dtd)), "refused"
        include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
        yield f"xinclude.{kind}", with_part(kind, lambda raw: raw.replace(b">", b">" + include.encode(), 3)), "hidden:root:"
        yield f"sheet-of-style.{kind}", with_part(kind, behind_declaration(
            f'<?xml-stylesheet href="http://127.0.0.1:{port}/s.xsl"?>')), ""
        yield f"deep.{kind}", with_part(kind, lambda raw: b"<a>" * 100000 + b"</a>" * 100000), ""
        yield f"wide.{kind}", with_part(kind, lambda raw: b"<a " + b" ".join(b'a%d="1"' % i for i in range(60000)) + b"/>"), ""
        yield f"utf16.{kind}", with_part(kind, lambda raw: raw.decode().replace("UTF-8", "UTF-16").encode("utf-16")), ""
        yield f"utf7.{kind}", with_part(kind, lambda raw: b'<?xml version="1.0" encoding="UTF-7"?>' + raw[raw.find(b"?>") + 2:]), ""
        yield f"twice.{kind}", with_part(kind, lambda raw: raw + raw), ""


def archives():
    """ZIP files that lie, bomb, overlap and climb, as archives and inside documents."""
    def packed(rows, how=zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", how) as file:
            for name, content, *mode in rows:
                info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
                info.compress_type, info.external_attr = how, (mode[0] if mode else 0o100644) << 16
                file.writestr(info, content)
        return out.getvalue()

    good = packed([(f"{k}.md", f"# 第{k}号办法\n\n第一条 为了试验。\n" * 30) for k in range(40)])
    for mb in (1, 10, 60, 120):
        yield f"bomb-{mb}.zip", packed([("零.txt", bytes(mb << 20))]), "refused"
        yield f"bomb-{mb}.docx", office.pack({"word/document.xml": f"<w:document {office.W}><w:body>" + " " * (mb << 20),
                                              "_rels/.rels": office.relations()}), "refused"
    many = packed([(f"{k}.txt", bytes(3 << 20)) for k in range(40)])
    yield "bomb-of-many.zip", many, "refused"
    for levels in (1, 2, 5):
        raw = good
        for _ in range(levels):
            raw = packed([("里.zip", raw)])
        yield f"nested-{levels}.zip", raw, "refused"
    for name in ("../../逃.md", "/tmp/zhidian-逃.md", "..\\..\\逃.md", "C:\\逃.md", "a/../../逃.md", "./.././逃.md", "a\0b.md", "~/逃.md",
                 "con", "长" * 300, ""):
        yield f"name-{len(name)}-{abs(zlib.crc32(name.encode())) % 1000}.zip", packed([(name or "x", "第一条 名字。\n")]), ""
    yield "link.zip", packed([("链", "/etc/passwd", 0o120777)]), "hidden:root:"
    yield "device.zip", packed([("设备", "", 0o020666)]), ""
    for n in (10000, 10001, 60000):
        yield f"entries-{n}.zip", packed([(f"{k}", "") for k in range(n)], zipfile.ZIP_STORED), "refused"
    whole = packed([("我.zip", b"")], zipfile.ZIP_STORED)  # an archive whose one file begins within itself …
    for size in (len(whole), len(whole) - 36, 1 << 20):  # … and reaches to its end, or past it
        raw = bytearray(whole)
        for at in (18, 22, whole.index(b"PK\1\2") + 20, whole.index(b"PK\1\2") + 24):
            struct.pack_into("<I", raw, at, size)
        yield f"self-{size}.zip", bytes(raw), "refused"
    central, end = good.index(b"PK\1\2"), good.rindex(b"PK\5\6")
    for name, at, form, value in (
            ("size", central + 24, "<I", 0x7FFFFFF0), ("packed", central + 20, "<I", 0x7FFFFFF0), ("offset", central + 42, "<I", 0xFFFFFFF0),
            ("method", central + 10, "<H", 99), ("locked", central + 8, "<H", 1), ("crc", central + 16, "<I", 0), ("count", end + 10, "<H", 65535),
            ("fewer", end + 10, "<H", 1), ("start", end + 16, "<I", 0), ("far", end + 16, "<I", 0xFFFFFFFF), ("directory", end + 12, "<I", 0xFFFFFFFF),
            ("name", central + 28, "<H", 65535), ("extra", central + 30, "<H", 65535), ("comment", end + 20, "<H", 65535), ("disk", end + 4, "<H", 7)):
        raw = bytearray(good)
        struct.pack_into(form, raw, at, value)
        yield f"lie-{name}.zip", bytes(raw), ""
    for k, (n, size, start) in enumerate(((1 << 40, 1 << 40, 0), (1 << 63, 46, central), (40, 1 << 62, central), (40, end - central, 1 << 62))):
        wide = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, n, n, size, start)
        locator = struct.pack("<IIQI", 0x07064B50, 0, end, 1)
        yield f"zip64-{k}.zip", good[:end] + wide + locator + good[end:end + 8] + b"\xff" * 12 + b"\0\0", ""
    entries, place = good[central:end], struct.unpack_from("<H", good, central + 28)[0]
    first = entries[:46 + place + sum(struct.unpack_from("<HH", entries, 30))]
    for n in (2, 100, 9000):  # all of them the first one's bytes
        tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, n, n, len(first) * n, central, 0)
        yield f"overlap-{n}.zip", good[:central] + first * n + tail, "refused"
    for at in range(0, len(good), 1024):
        yield f"short-{at // 1024}k.zip", good[:at], ""


def pdf_of(*objects, tail=b""):
    return pdffiles.whole([o if isinstance(o, bytes) else o.encode() for o in objects]) + tail


def fixed():
    """PDF, sheets and pictures that loop, claim and unfold."""
    root, tree = "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>"
    font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"

    def page(content, more=""):
        raw = content if isinstance(content, bytes) else content.encode()
        return pdf_of(root, tree, f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>{more}>>",
                      b"<</Length %d>>stream\n" % len(raw) + raw + b"\nendstream", font)

    words = "BT /F1 12 Tf 90 700 Td (words that stand here) Tj ET\n"
    yield "kids-loop.pdf", pdf_of(root, "<</Type/Pages/Count 1/Kids[2 0 R]>>"), ""
    yield "kids-ring.pdf", pdf_of(root, "<</Type/Pages/Count 9/Kids[3 0 R]>>", "<</Type/Pages/Count 9/Kids[2 0 R 3 0 R]>>"), ""
    for n in (5000, 10001, 1000000):
        yield f"count-{n}.pdf", pdf_of(root, f"<</Type/Pages/Count {n}/Kids[{'3 0 R ' * min(n, 20000)}]>>",
                                       "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"), ""
        yield f"claims-{n}.pdf", pdf_of(root, f"<</Type/Pages/Count {n}/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"), ""
    sound_page = page(words * 20)
    for name, old, new in (("prev-self", b"trailer<<", b"trailer<</Prev 9 "), ("prev-negative", b"trailer<<", b"trailer<</Prev -1 "),
                           ("size", b"/Size", b"/Size 999999999/Was"), ("root", b"/Root 1 0 R", b"/Root 9 0 R"), ("encrypt", b"trailer<<", b"trailer<</Encrypt 1 0 R"),
                           ("length", b"/Length", b"/Length 999999999/Was"), ("length-loop", b"/Length", b"/Length 4 0 R/Was"),
                           ("parent-loop", b"/Parent 2 0 R", b"/Parent 3 0 R"), ("startxref", b"startxref\n", b"startxref\n-5"),
                           ("box", b"[0 0 595 842]", b"[0 0 1e38 -1e38]"), ("box-nan", b"[0 0 595 842]", b"[a b c d]")):
        yield f"xref-{name}.pdf", sound_page.replace(old, new, 1), ""
    for filters in ("/FlateDecode " * 30, "/ASCIIHexDecode " * 200, "/LZWDecode ", "/RunLengthDecode " * 20, "/ASCII85Decode " * 50, "/JBIG2Decode ",
                    "/JPXDecode ", "/DCTDecode ", "/CCITTFaxDecode ", "/Crypt ", "/Nothing "):
        raw = zlib.compress(bytes(20 << 20))
        yield f"filter-{zlib.crc32(filters.encode()) % 10000}.pdf", pdf_of(root, tree, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
              f"<</Length {len(raw)}/Filter[{filters}]>>stream\n".encode() + raw + b"\nendstream"), ""
    raw = zlib.compress(words.encode() * 400000)
    yield "content-bomb.pdf", pdf_of(root, tree, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
                                     f"<</Length {len(raw)}/Filter/FlateDecode>>stream\n".encode() + raw + b"\nendstream", font), ""
    for name, content in (("q", "q " * 1000000), ("arrays", "[" * 500000), ("dicts", "<<" * 300000), ("strings", "(" * 500000), ("numbers", "9" * 1000000),
                          ("names", "/" + "n" * 1000000), ("matrix", "1e38 0 0 1e38 1e38 1e38 cm " * 1000 + words), ("text", "BT " * 100000),
                          ("inline", "BI /W 99999999 /H 99999999 ID " + "x" * 1000)):
        yield f"content-{name}.pdf", page(content), ""
    form = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R/Y 6 0 R>>>>/Length 12>>stream\n/X Do /Y Do \nendstream"
    yield "form-loop.pdf", pdf_of(root, tree, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 6 0 R>>>>>>",
                                  "<</Length 5>>stream\n/X Do\nendstream", font, form), ""
    yield "script.pdf", pdf_of("<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while(true){})>>/AcroForm<</XFA 4 0 R>>>>", tree,
                               "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>", "<</Length 3>>stream\nq Q\nendstream"), ""
    for n in (100, 5000, 100000):
        deep = "".join(f"<</A " for _ in range(n)) + "null" + ">>" * n
        yield f"deep-{n}.pdf", pdf_of("<</Type/Catalog/Pages 2 0 R/X " + deep + ">>", tree, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"), ""
    sheet = office.sheet_xml([["甲", "乙"], ["一", "二"]])
    for name, old, new in (("last-row", 'r="2"', 'r="1048576"'), ("past-row", 'r="2"', 'r="4294967297"'), ("last-column", 'r="B2"', 'r="XFD2"'),
                           ("past-column", 'r="B2"', 'r="ZZZZZZZ2"'), ("negative", 'r="2"', 'r="-2"'), ("style", 's="0"', 's="999999"'),
                           ("shared", 't="inlineStr"', 't="s"'), ("kind", 't="inlineStr"', 't="zzz"')):
        yield f"sheet-{name}.xlsx", office.xlsx([("一", sheet.replace(old, new), "visible")]), ""
    for merge in ("A1:XFD1048576", "A1:B1", "XFD1048576:A1", "A1", ":", "A1:ZZZZ99999999"):
        for n in (1, 20000):
            yield f"merge-{zlib.crc32(merge.encode()) % 10000}-{n}.xlsx", office.xlsx([("一", office.sheet_xml([["甲"]], [merge] * n), "visible")]), ""
    yield "full-rows.xlsx", office.xlsx([("一", f"<worksheet {office.X}><sheetData>" + "".join(
        f'<row r="{r}"><c r="XFD{r}" t="inlineStr"><is><t>格</t></is></c></row>' for r in range(1, 30001)) + "</sheetData></worksheet>", "visible")]), ""
    wide = "".join(f'<c t="inlineStr"><is><t>格</t></is></c>' for _ in range(16384))
    yield "full-columns.xlsx", office.xlsx([("一", f"<worksheet {office.X}><sheetData>" + f"<row>{wide}</row>" * 60 + "</sheetData></worksheet>", "visible")]), ""
    long = "字" * 32767
    refer = "".join(f'<row><c t="s"><v>0</v></c></row>' for _ in range(20000))
    yield "shared-bomb.xlsx", office.xlsx([("一", f"<worksheet {office.X}><sheetData>{refer}</sheetData></worksheet>", "visible")], shared=[long]), ""
    yield "sheets.xlsx", office.xlsx([(f"表{k}", sheet, "visible") for k in range(3000)]), ""
    for width, height, bits, colour in ((65535, 65535, 8, 2), (2147483647, 2147483647, 8, 0), (0, 0, 8, 0), (1, 40000001, 1, 0), (40000001, 1, 1, 0),
                                        (10000, 4001, 16, 6), (100, 100, 16, 6), (100, 100, 3, 3), (100, 100, 8, 3), (100, 100, 255, 255)):
        yield f"picture-{width}-{height}-{bits}-{colour}.png", png(width, height, bits=bits, colour=colour), ""
    yield "rows-bomb.png", png(5000, 5000, zlib.compress(bytes(100 << 20))), ""
    for n in (1, 300, 100000):
        yield f"pages-{n}.tif", tiff(n), ""
    ring = bytearray(tiff(2))
    struct.pack_into("<I", ring, len(ring) - 4, 8)
    yield "ring.tif", bytes(ring), ""
    for size in ((65535, 65535), (0, 0), (1, 65535)):
        for n_colours in (1, 3, 4):
            frame = struct.pack(">HBHHB", 8 + 3 * n_colours, 8, size[1], size[0], n_colours) + b"".join(bytes((c + 1, 0x11, 0)) for c in range(n_colours))
            yield f"jpeg-{size[0]}-{size[1]}-{n_colours}.jpg", b"\xff\xd8\xff\xc0" + frame + b"\xff\xd9", ""
    for width, height in ((2147483647, 2147483647), (-5, -5), (1, -2147483648), (65535, 65535)):
        yield f"bmp-{width}-{height}.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(60), ""


def marked():
    """A secrecy mark of every level and kind of time in every format, in headers too, in old encodings and
    under endings that lie; each has to be kept out."""
    lying = {"docx": "pdf", "pdf": "docx", "html": "txt", "xls": "doc", "odt": "zip", "rtf": "doc"}
    for k, (level, until) in enumerate((a, b) for a in ("绝密", "机密", "秘密") for b in ("★", "★10年", "★长期")):
        mark = level + until
        text = [(0, mark), (1, f"云岫市第{k}号专项工作办法")] + law(4)[1:]
        files = {kind: raw for kind, raw in sound(text).items() if kind not in ("png", "zip", "packed.pdf", "csv")}
        files["header.docx"] = office.docx("".join(office.paragraph(words) for _, words in text[1:]), header=mark)
        files["gb18030.txt"] = "\n".join(words for _, words in text).encode("gb18030")
        files["utf16.txt"] = "\n".join(words for _, words in text).encode("utf-16")
        traditional = f"{mark}\n云岫市第{k}號專項工作辦法\n第一條 為了規範門牌的編制、設置和管理，制定本辦法。\n".translate(str.maketrans("机绝长", "機絕長"))
        files["big5.txt"] = traditional.encode("big5")
        for kind, raw in files.items():
            ending = lying.get(kind, kind.split(".")[-1]) if k % 3 == 1 else kind.split(".")[-1]
            yield f"mark-{k}-{kind}.{ending}", raw, "quarantined"


GROUPS = {"marked": lambda _: marked(), "damaged": lambda _: damaged(), "html": lambda _: pages(), "xml": xml_files, "archive": lambda _: archives(),
          "fixed": lambda _: fixed()}


def main():
    """hostilefiles.py GROUP STEP PORT FOLDER: writes every STEPth file of a group; prints how many there are,
    then a line a file: its path, name and wish. A process of its own, so that who measures stays small."""
    group, step, port, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), pathlib.Path(sys.argv[4])
    rows, names = [], set()
    for k, (name, content, wish) in enumerate(GROUPS[group](port)):
        assert name not in names, name
        names.add(name)
        if k % step == 0:
            path = folder / f"{k}-{name}"
            path.write_bytes(content)
            rows.append((str(path), name, wish))
    json.dump({"of": len(names), "files": rows}, sys.stdout)


if __name__ == "__main__":
    main()
