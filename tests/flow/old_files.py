#!/usr/bin/env python3
"""Files of old Office programs through the whole program: the binary Word and Excel files, which WPS
writes too, and RTF: words, structure and cells as written, what is refused said with advice."""
import json
import random

import oldfiles as old
from oldfiles import row_mark, sprm
from zdtest import Office, run

STYLES = ((0, "Normal", b""), (1, "heading 1", b""), (62, "Title", b""), (19, "toc 1", b""),
          (0, "Article", sprm(0x460B, 1, 2) + sprm(0x260A, 0)))
CELL = sprm(0x2416, 1)
EDGES = [0, 2000, 4000, 6000]


def parse(name, content, status=0):
    with Office() as office:
        done = office.run("parse", office.write(name, content), status=status)
        if status:
            return done.stderr
        head, *passages = [json.loads(line) for line in done.stdout.splitlines()]
        return head["document"], passages


def cells(*texts):
    return [(text + "\a", 0, CELL) for text in texts]


def word_document(**options):
    body = [("云岫市门牌管理办法\r", 2, b""), ("第一章 总则\t1\r", 3, b""), ("第一章　总则\r", 1, b""),
            ("为了规范门牌管理，制定本办法。\r", 4, b""), ("plain ascii \x13 PAGE \x141\x15here\r", 0, b""),
            ("暗中\r", 0, b""), ("申请人是\x13 HYPERLINK \x14居民\x15的，“当场”办。\r", 4, b""),
            *cells("项目", "标准", ""), ("\a", 0, row_mark(EDGES, [0, 1, 2])),
            *cells("", "首次", "补领"), ("\a", 0, row_mark(EDGES, [0, 0, 0])),
            *cells("门牌", "8元", "10元"), ("\a", 0, row_mark(EDGES, [0x60, 0, 0])),
            *cells("", "5元", "7元"), ("\a", 0, row_mark(EDGES, [0x20, 0, 0])),
            ("完。\r", 0, b"")]
    return old.doc([body, [("以公告为准。\r", 0, b"")], [("页眉\r", 0, b"")], [], [], [],
                    [("框中的话。\r", 0, b"")]], STYLES, hidden=("暗中",), **options)


def expect_word(document, passages):
    assert document["title"] == "云岫市门牌管理办法", document
    clauses = [(p["number"], p["text"]) for p in passages if p["kind"] == "clause"]
    assert clauses[0] == ("第一条", "为了规范门牌管理，制定本办法。\nplain ascii 1here"), clauses
    assert clauses[1][0] == "第二条" and clauses[1][1].startswith("申请人是居民的，“当场”办。"), clauses
    rows = [(p["text"], p["context"]) for p in passages if p["kind"] == "row"]
    header = "项目 | 标准 > 首次 | 标准 > 补领"
    assert rows == [("门牌\t8元\t10元", header), ("门牌\t5元\t7元", header)], rows
    words = "".join(p["text"] for p in passages)
    assert "框中的话。" in words and "以公告为准。" in words
    assert "页眉" not in words and "暗中" not in words and "PAGE" not in words
    left = document["left_out"]
    assert left["hidden text"] == 1 and left["table of contents"] == 1 and left["running head"] == 1, left


def test_word_keeps_structure_numbers_and_tables():
    for name in ("a.doc", "a.wps"):
        document, passages = parse(name, word_document())
        assert document["format"] == "doc"
        expect_word(document, passages)


def test_excel_shows_what_excel_showed():
    rows = [["2024年收费表", None, None, None], ["项目", "标准", None, "生效"], [None, "首次", "补领"],
            ["居住证", (0, 1), (10.5, 1), (45413, 2)], [None, (-5, 1), (20, 1), ("=", "另行通知")],
            ["合计", (1234567.895, 3), ("=", 0.256)], None, ["备注", "aé" * 40]]
    merges = [(0, 0, 0, 3), (1, 2, 0, 0), (1, 1, 1, 2), (1, 2, 3, 3), (3, 4, 0, 0)]
    content = old.xls([("收费标准", 0, rows, merges, "&C内部\u2605资料&P"),
                       ("藏", 1, [["机密"]], [], "")],
                      formats=[(164, '0.0"元"'), (165, 'yyyy"年"m"月"d"日"')],
                      styles=[0, 164, 165, 4])
    for name in ("a.xls", "a.et"):
        document, passages = parse(name, content)
        assert document["format"] == "xls" and document["left_out"]["hidden text"] == 1, document
        got = [(p["number"], p["text"]) for p in passages]
        assert got == [("A4:D4", "居住证\t0.0元\t10.5元\t2024年5月1日"),
                       ("A5:D5", "居住证\t-5.0元\t20.0元\t另行通知"),
                       ("A6:D6", "合计\t1,234,567.90\t0.256"),
                       ("A8:B8", "备注\t" + "aé" * 40)], got
        assert passages[0]["context"] == "项目 | 标准 > 首次 | 标准 > 补领 | 生效"


def test_strings_go_on_in_another_record():
    content = old.xls([("Sheet1", 0, [["项目", "说明"], ["甲", "abcdefgh"], ["乙", "第三"]], [], "")], cut_in=3)
    _, passages = parse("a.xls", content)
    assert [p["text"] for p in passages] == ["甲\tabcdefgh", "乙\t第三"], passages


RTF = (r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset134 \'cb\'ce\'cc\'e5;}}"
       r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s3 toc 1;}{\s4 Title;}}"
       r"{\header \pard \'d2\'b3\'c3\'bc\par}"
       r"\pard\s4 {\f1 \'b0\'ec\'b7\'a8}\par"
       r"\pard\s3 \'b5\'da\'d2\'bb\'d5\'c2 1\par"
       r"\pard\s1 {\f1 \'b5\'da\'d2\'bb\'d5\'c2\'a1\'a1\'d7\'dc\'d4\'f2}\par"
       r"\pard {\listtext \u31532 ?\u19968 ?\u26465 ?\tab}\uc1 \u20026 ?\u20102 ?\ldblquote "
       r"\uc2\u31199 \'d7\'e2\u-10178 ??\u-8258 ??\rdblquote{\v \u26263 ?\u20013 ?}{\deleted x}"
       r"{\field{\*\fldinst HYPERLINK x}{\fldrslt \u38142 ??}}{\*\unknown y}"
       r"{\footnote \pard \u27880 ??\par}\'a1\'a3\par"
       r"\trowd\clvmgf\cellx1000\cellx2000\cellx3000\pard\intbl A\cell B\cell C\cell\row"
       r"\trowd\clvmrg\cellx1000\cellx2000\cellx3000\pard\intbl\cell 1\cell 2\cell\row"
       r"\trowd\cellx1000\cellx3000\pard\intbl Z\cell 9\cell\row"
       r"\pard end\par}")


def test_rtf_is_read_in_its_code_page_and_by_its_numbers():
    document, passages = parse("a.doc", RTF.encode("ascii"))
    assert document["format"] == "rtf", document
    assert document["left_out"] == {"running head": 1, "table of contents": 1, "hidden text": 1,
                                    "deleted text": 1}, document["left_out"]
    clause = passages[0]
    assert (clause["number"], clause["path"]) == ("第一条", "第一章 总则"), clause
    assert clause["text"].startswith("为了“租\U0001FBBE”链。"), clause["text"]
    rows = [p["text"] for p in passages if p["kind"] == "row"]
    assert rows == ["Z\t9"], rows
    assert passages[-1]["text"] == "注" and passages[-1]["path"] == "脚注"


def test_what_cannot_be_read_is_refused_with_advice():
    rows = [(word_document(locked=True), "password"),
            (old.xls([("a", 0, [["x"]], [], "")], locked=True), "password"),
            (old.cfb({"EncryptedPackage": b"x" * 100}), "password"),
            (old.cfb({"PowerPoint Document": b"x" * 100}), ".pptx"),
            (old.cfb({"Contents": b"x" * 100}), "save it as"),
            (b"{\\rtf1" + b"{" * 2000, "deeper"),
            (old.cfb({"WordDocument": b"\xec\xa5\xc1\0"}), "damaged")]
    for content, word in rows:
        said = parse("a.doc", content, status=1)
        assert word in said and said.count("\n") == 1, said


def test_broken_ones_are_read_or_refused():
    rng = random.Random(5)
    book = old.xls([("a", 0, [["项目", "标准"], ["甲", (1, 0)]], [], "")])
    with Office() as office:
        for content in (word_document(), book, RTF.encode("ascii")):
            for i in range(8):
                bad = bytearray(content)
                if i % 2:
                    del bad[rng.randrange(8, len(bad)):]
                else:
                    for _ in range(20):
                        bad[rng.randrange(8, len(bad))] = rng.randrange(256)
                office.write(f"in/{len(content)}-{i}.bin", bytes(bad))
        office.write("in/good.md", "# 好的办法\n\n第一条 自2024年1月1日起施行。\n")
        done = office.run("add", office.folder / "in", status=1)
        assert "crashed" not in done.stdout and "may be hostile" not in done.stdout, done.stdout
        assert any("added" in line and "good.md" in line for line in done.stdout.splitlines())


run(globals())
