"""Office, OpenDocument, EPUB and CSV files through the whole program: their words, structure and
cells as written, what is left out counted, and hostile ones refused in one line."""
import json
import random
import struct
import sys
import zipfile
import zlib

import officefiles as files
from officefiles import column, docx, pack, paragraph, relations, run as word_run, sheet_xml, word_table, xlsx
from zdtest import Office, run

NS = {"office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
      "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
      "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
      "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0"}
XMLNS = " ".join(f'xmlns:{k}="{v}"' for k, v in NS.items())


def parse(office, path, status=0):
    done = office.run("parse", path, status=status)
    if status:
        return done.stderr
    head, *passages = [json.loads(line) for line in done.stdout.splitlines()]
    return head["document"], passages


def parse_bytes(name, content, status=0):
    with Office() as office:
        return parse(office, office.write(name, content), status)


def odt(body, automatic="", styles="", kind="text"):
    return pack({"mimetype": f"application/vnd.oasis.opendocument.{kind}",
                 "content.xml": f"<office:document-content {XMLNS}><office:automatic-styles>"
                 f"{automatic}</office:automatic-styles><office:body>{body}</office:body>"
                 "</office:document-content>",
                 "styles.xml": f"<office:document-styles {XMLNS}>{styles}</office:document-styles>"},
                stored=("mimetype",))


def test_word_keeps_structure_numbers_and_tables():
    body = (paragraph("云岫市房屋租赁管理办法", "t") + paragraph("第一章 总则 …… 1", "toc")
            + paragraph("第一章　总则", "1")
            + paragraph("为了规范租赁，制定本办法。", numbering=(1, 0))
            + paragraph("本办法适用于：", style="no")
            + paragraph("住宅；", numbering=(1, 1)) + paragraph("商铺。", numbering=(1, 1))
            + paragraph("第二章　收费", "2a")
            + paragraph(inner=word_run("按") + word_run("暗中", "<w:vanish/>")
                        + "<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>" + word_run("下表收费。"),
                        numbering=(1, 0))
            + word_table([["项目", ("标准", {"across": 2})], ["", "首次", "补领"],
                          [("居住证", {"down": "restart"}), "0元", "10元"],
                          [("", {"down": "continue"}), "5元", "20元"]]))
    footnote = "<w:footnote>" + paragraph("以发证机关公告为准。") + "</w:footnote>"
    document, passages = parse_bytes("a.bin", docx(body, footnote, header="页眉", macro=True))
    assert (document["title"], document["format"]) == ("云岫市房屋租赁管理办法", "docx")
    clauses = [(p["number"], p["text"]) for p in passages if p["kind"] == "clause"]
    assert clauses == [("第一条", "为了规范租赁，制定本办法。"),
                       ("第二条", "本办法适用于：\n（一）住宅；\n（二）商铺。"),
                       ("第三条", "按下表收费。")], clauses
    rows = [(p["text"], p["context"]) for p in passages if p["kind"] == "row"]
    header = "项目 | 标准 > 首次 | 标准 > 补领"
    assert rows == [("居住证\t0元\t10元", header), ("居住证\t5元\t20元", header)], rows
    assert passages[-1]["path"] == "脚注" and passages[-1]["text"] == "以发证机关公告为准。"
    left = document["left_out"]
    assert left == {"running head": 1, "table of contents": 1, "deleted text": 1, "hidden text": 1,
                    "macro": 1}, left
    assert not any("页眉" in p["text"] or "暗中" in p["text"] for p in passages)


def test_sheets_show_what_excel_shows():
    rows = [["2024年收费表"], ["项目", "标准", None, "生效"], [None, "首次", "补领", None],
            ["居住证", (0, 1), (10.5, 1), (45413, 2)], [None, (-5, 1), (20, 1), (45414.75, 6)],
            ["合计", (1234567.895, 3), (0.256, 4), None], None,
            ["备注", "00120", (12, 5), 123456789012345]]
    formats = ['0.0"元"', 'yyyy"年"m"月"d"日"', "#,##0.00", "0.0%", "000000", "yyyy/m/d h:mm"]
    document, passages = parse_bytes("a.txt", xlsx(
        [("收费标准", sheet_xml(rows, ["A1:D1", "A2:A3", "B2:C2", "D2:D3", "A4:A5"]), "visible"),
         ("秘密表", sheet_xml([["不该看见"]]), "hidden")], formats))
    shown = [(p["number"], p["text"]) for p in passages]
    assert shown == [("A4:D4", "居住证\t0.0元\t10.5元\t2024年5月1日"),
                     ("A5:D5", "居住证\t-5.0元\t20.0元\t2024/5/2 18:00"),
                     ("A6:D6", "合计\t1,234,567.90\t25.6%"),
                     ("A8:D8", "备注\t00120\t000012\t123456789012345")], shown
    assert passages[0]["context"] == "项目 | 标准 > 首次 | 标准 > 补领 | 生效"
    assert document["pages"] == 2 and document["left_out"] == {"hidden text": 1}, document


def test_shared_strings_and_dates_from_1904():
    sheet = (f'<worksheet {files.X}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c>'
             '<c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="b"><v>1</v></c>'
             '<c r="B2" s="1"><v>43951</v></c></row></sheetData></worksheet>')
    _, passages = parse_bytes("a.xlsx", xlsx(
        [("Sheet1", sheet, "visible")], ["yyyy-mm-dd"],
        shared=["<r><t>是</t></r><r><t>否</t></r><rPh><t>shi</t></rPh>", "<t>日期</t>"], date1904=True))
    assert [p["text"] for p in passages] == ["TRUE\t2024-05-01"], passages
    assert passages[0]["context"] == "是否 | 日期"


def test_opendocument_text_and_sheet():
    automatic = ('<text:list-style style:name="L1"><text:list-level-style-number text:level="1" '
                 'style:num-format="一, 二, 三, ..." style:num-prefix="（" style:num-suffix="）"/>'
                 "</text:list-style>")
    item = "<text:list-item><text:p>{}</text:p></text:list-item>"
    body = ('<office:text><text:tracked-changes><text:p>删去的话</text:p></text:tracked-changes>'
            '<text:h text:outline-level="1">某市办法</text:h><text:p>第一条　下列材料：</text:p>'
            '<text:list text:style-name="L1">' + item.format("身份证；") + item.format("申请表。")
            + '</text:list><text:p>第二条　自2024年<text:s/>5月1日起施行。<text:note>'
            "<text:note-citation>1</text:note-citation><text:note-body><text:p>注文。</text:p>"
            "</text:note-body></text:note></text:p></office:text>")
    document, passages = parse_bytes("x", odt(body, automatic))
    assert document["format"] == "odt" and document["title"] == "某市办法"
    assert [(p["number"], p["text"]) for p in passages] == [
        ("第一条", "下列材料：\n（一）身份证；\n（二）申请表。"), ("第二条", "自2024年 5月1日起施行。"),
        ("", "注文。")], passages
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>".format
    wide = ('<table:table-cell table:number-columns-spanned="2"><text:p>费用</text:p>'
            "</table:table-cell><table:covered-table-cell/>")
    sheet = ('<office:spreadsheet><table:table table:name="费用表"><table:table-row>'
             + cell("项目") + wide + "</table:table-row><table:table-row>" + cell("") + cell("首次")
             + cell("补领") + "</table:table-row><table:table-row>" + cell("居住证")
             + '<table:table-cell table:number-columns-repeated="2"><text:p>5.00</text:p>'
             '</table:table-cell><table:table-cell table:number-columns-repeated="16000"/>'
             '</table:table-row><table:table-row table:number-rows-repeated="1048000">'
             '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
             "</table:table></office:spreadsheet>")
    document, passages = parse_bytes("x", odt(sheet, kind="spreadsheet"))
    assert document["format"] == "ods"
    assert [(p["text"], p["context"]) for p in passages] == [
        ("居住证\t5.00\t5.00", "项目 | 费用 > 首次 | 费用 > 补领")], passages


def test_slides_books_and_csv():
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    p = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'

    def slide(title, words, show="1"):
        return (f'<p:sld {p} {a} show="{show}"><p:cSld><p:spTree><p:sp><p:nvSpPr><p:nvPr>'
                f'<p:ph type="title"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>{title}</a:t></a:r>'
                f"</a:p></p:txBody></p:sp><p:sp><p:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p>"
                "</p:txBody></p:sp></p:spTree></p:cSld></p:sld>")

    deck = pack({"ppt/presentation.xml": f'<p:presentation {p} {files.R}><p:sldIdLst><p:sldId '
                 'r:id="r2"/><p:sldId r:id="r1"/><p:sldId r:id="r3"/></p:sldIdLst></p:presentation>',
                 "ppt/_rels/presentation.xml.rels": relations(
                     *((f"r{i}", "slide", f"slides/slide{i}.xml") for i in (1, 2, 3))),
                 "ppt/slides/slide1.xml": slide("办理流程", "先登记后审核，三个工作日办结。"),
                 "ppt/slides/slide2.xml": slide("政务服务培训", "本课讲窗口服务的基本要求。"),
                 "ppt/slides/slide3.xml": slide("备用", "不放映的一页。", show="0")})
    document, passages = parse_bytes("x.docx", deck)
    assert (document["format"], document["title"], document["pages"]) == ("pptx", "政务服务培训", 3)
    assert [(q["page"], q["text"]) for q in passages] == [
        (1, "本课讲窗口服务的基本要求。"), (2, "先登记后审核，三个工作日办结。")], passages
    book = pack({"mimetype": "application/epub+zip",
                 "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
                 'container"><rootfiles><rootfile full-path="OPS/p.opf"/></rootfiles></container>',
                 "OPS/p.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org'
                 '/dc/elements/1.1/"><metadata><dc:title>便民手册</dc:title></metadata><manifest>'
                 '<item id="b" href="b%20b.xhtml"/><item id="a" href="a.xhtml"/></manifest><spine>'
                 '<itemref idref="b"/><itemref idref="a"/></spine></package>',
                 "OPS/a.xhtml": "<html><body><h2>后一章</h2><p>第二页的文字在这里。</p></body></html>",
                 "OPS/b b.xhtml": "<!DOCTYPE html><html><body><h2>前一章</h2><p>第一页的文字在这里。</p>"
                 "</body></html>"}, stored=("mimetype",))
    document, passages = parse_bytes("x.zip", book)
    assert (document["format"], document["title"]) == ("epub", "便民手册")
    assert [q["text"] for q in passages] == ["第一页的文字在这里。", "第二页的文字在这里。"], passages
    document, passages = parse_bytes("费用.csv", '项目,"标准,元",时限\n"居住证ab""c",10.00,3日\n补领,020,当场\n'
                                     .encode("gb18030"))
    assert document["format"] == "csv"
    assert [(q["text"], q["context"]) for q in passages] == [
        ('居住证ab"c\t10.00\t3日', "项目 | 标准,元 | 时限"), ("补领\t020\t当场", "项目 | 标准,元 | 时限")]


def bomb(n_bytes):
    """One document of n_bytes blanks."""
    body = f"<w:document {files.W}><w:body>" + " " * n_bytes + "</w:body></w:document>"
    return pack({"word/document.xml": body, "_rels/.rels": relations()})


def overlapping():
    """Two entries of the directory name the same local record."""
    raw = docx(paragraph("一段话。"))
    end = raw.rindex(b"PK\5\6")
    start = struct.unpack_from("<I", raw, end + 16)[0]
    first_end = raw.index(b"PK\1\2", start + 4)
    double = raw[start:first_end]
    n = struct.unpack_from("<H", raw, end + 10)[0] + 1
    size = end - start + len(double)
    tail = raw[end:end + 8] + struct.pack("<HHII", n, n, size, start) + raw[end + 20:]
    return raw[:start] + double + raw[start:end] + tail


def test_hostile_archives_and_xml_are_refused_in_one_line():
    dtd = '<!DOCTYPE d [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    external = '<!DOCTYPE d SYSTEM "file:///etc/passwd">'
    good = docx(paragraph("一段话。"))
    entry = good.index(b"PK\1\2")
    encrypted = bytearray(good)
    encrypted[entry + 8] |= 1
    lying = bytearray(good)
    struct.pack_into("<I", lying, entry + 24, 0x7FFFFFF0)  # its size unpacked

    def with_document(xml):
        return pack({"word/document.xml": xml, "_rels/.rels": relations()})

    deep = f"<w:document {files.W}>" + "<w:p>" * 400 + "</w:p>" * 400 + "</w:document>"
    wide = f"<w:document {files.W} " + " ".join(f'a{i}="1"' for i in range(300)) + "/>"
    rows = [(bomb(30_000_000), "bombs"), (overlapping(), "overlap"), (bytes(encrypted), "password"),
            (bytes(lying), "MB allowed"), (good[:-30], "cut off or damaged"),
            (with_document(dtd + "<d>&b;</d>"), "DTD"), (with_document(external + "<d/>"), "DTD"),
            (with_document(deep), "nests deeper"), (with_document(wide), "attributes"),
            (with_document("<a><b></a>"), "damaged"),
            (pack({f"e{i}": "" for i in range(10_001)}), "10001 entries")]
    for content, words in rows:
        said = parse_bytes("a.docx", content, status=1)
        assert words in said and len(said.strip().splitlines()) == 1, (words, said)


def test_limits_are_reached_and_not_passed():
    at = f"<w:document {files.W}><w:body>" + "<w:p>" * 250 + "<w:r><w:t>到底了。</w:t></w:r>" + \
        "</w:p>" * 250 + "</w:body></w:document>"  # 254 deep
    _, passages = parse_bytes("a", pack({"word/document.xml": at, "_rels/.rels": relations()}))
    assert [p["text"] for p in passages] == ["到底了。"]
    many = {f"e{i}": "" for i in range(9_998)}
    many.update({"word/document.xml": f"<w:document {files.W}><w:body>{paragraph('一段。')}</w:body>"
                 "</w:document>", "_rels/.rels": relations()})
    _, passages = parse_bytes("a", pack(many))
    assert [p["text"] for p in passages] == ["一段。"]


def test_broken_files_fail_alone_and_leave_nothing():
    """Every format cut at many places and with flipped bits beside one good file: the good one is
    added, the others are added or failed with a reason, and nobody crashes."""
    rng = random.Random(7)
    makers = [docx(paragraph("云岫市办法", "t") + paragraph("为了规范，制定本办法。", numbering=(1, 0))
                   + word_table([["项目", "标准"], ["甲", "1"]])),
              xlsx([("表", sheet_xml([["项目", "标准"], ["甲", (1.5, 1)], ["乙", 2]]), "visible")], ["0.00"]),
              odt('<office:text><text:p>第一条　一段话。</text:p></office:text>')]
    with Office() as office:
        n = 0
        for k, whole in enumerate(makers):
            for i in range(40):
                broken = bytearray(whole[:rng.randrange(1, len(whole))] if i % 2 else whole)
                for _ in range(rng.randrange(0 if i % 2 else 1, 4)):
                    broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
                office.write(f"in/{k}-{i}.bin", bytes(broken))
                n += 1
        office.write("in/good.md", "# 好的办法\n\n第一条 自2024年1月1日起施行。\n")
        done = office.run("add", office.folder / "in", status=1, timeout=600)
        lines = [line for line in done.stdout.splitlines() if not line.startswith("  ")]
        assert len(lines) == n + 1, len(lines)
        assert not any("crashed" in line or "may be hostile" in line for line in lines), \
            [line for line in lines if "crashed" in line or "hostile" in line]
        assert any("added" in line and "good.md" in line for line in lines)
        office.run("check")


run(globals())
