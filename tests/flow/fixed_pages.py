#!/usr/bin/env python3
"""Documents with fixed pages through the real program, whose reader is locked down: order, paragraphs,
what is left out, limits. The files are written here (pdffiles.py), so their text is known."""
import json
import struct
import subprocess
import zlib

from ofdfiles import ofd, words
from pdffiles import many_pages, pdf, wrapped
from zdtest import BINARY, Office, run

ARTICLES = [
    "第一条 为了规范门牌管理，方便群众生产生活，根据有关法律、法规，结合本市实际，制定本办法，请各单位遵照执行。",
    "第二条 申请补发门牌的，向公安派出所提出，由派出所在五个工作日内办结；每块收取工本费八元，收费标准由市价格主管部门另行公布。",
    "第三条 违反本办法第二条规定，擅自制作、移动或者损毁门牌的，由公安机关责令改正，可以处五十元以上二百元以下的罚款。",
    "第四条 本办法自2024年5月1日起施行。",
]


def parse(office, name, content, status=0):
    path = office.write(name, content)
    done = office.run("parse", path, status=status)
    if status:
        return done.stderr
    first, *rest = [json.loads(line) for line in done.stdout.splitlines()]
    return first["document"], rest


def laid_out(articles=ARTICLES, x=90, y=110, size=16, columns=26, first=True):
    """One page: a title over two lines, then paragraphs; the lines break anywhere."""
    rows = []
    if first:
        rows = [(x + 109, y, 22, "云岫市人民政府关于"), (x + 142, y + 32, 22, "门牌管理办法")]
        y += 80
    for text in articles:
        more, y = wrapped(text, x, y, size, columns)
        rows += more
    return rows


def said(passages):
    return [f"{p['number']} {p['text']}".replace("\n", "") for p in passages]


def expect_articles(passages, wanted=ARTICLES):
    got = [(p["number"], p["text"]) for p in passages if p["kind"] == "clause"]
    assert got == [tuple(text.split(" ", 1)) for text in wanted], got


def test_paragraphs_are_whole_and_the_title_is_one():
    for coding in ("UniGB-UCS2-H", "GBK-EUC-H", "UniGB-UTF16-H"):
        with Office() as office:
            document, passages = parse(office, "a.pdf", pdf([laid_out()], coding))
            assert document["format"] == "pdf" and document["title"] == "云岫市人民政府关于门牌管理办法", document
            expect_articles(passages)
            assert all(p["page"] == 1 for p in passages)


def test_the_order_of_drawing_does_not_matter():
    with Office() as office:
        rows = laid_out()
        _, passages = parse(office, "a.pdf", pdf([rows[::-1]]))
        expect_articles(passages)


def test_quotation_marks_of_another_font_stay_in_their_gaps():
    wanted = "第一条 本办法所称“门牌”，是指楼宇的“标志牌”，由公安机关编号并且制作安装。"
    rows = [(90, 110, 22, ["云岫市门牌管理办法"]),
            (122, 150, 16, ["第一条", 1, "本办法所称", 0.5, "门牌", 0.5, "，是指楼宇的", 0.5, "标志"]),
            (90, 174, 16, ["牌", 0.5, "，由公安机关编号并且制作安装。"])]
    marks = [(122 + 16 * 9, 150, 8, "“"), (122 + 16 * 11.5, 150, 8, "”"), (122 + 16 * 18, 150, 8, "“"),
             (106, 174, 8, "”")]
    with Office() as office:
        for drawn in (rows + marks, rows[:2] + marks[:3] + rows[2:] + marks[3:]):
            _, passages = parse(office, "a.pdf", pdf([drawn]))
            expect_articles(passages, [wanted])


def test_a_narrow_blank_behind_the_number_of_an_article_parts_it():
    topics = ["门牌由公安机关编号。", "楼牌由住建部门制作。", "路牌由民政部门设置。"]
    rows = [(90, 110, 22, ["云岫市门牌管理办法"])]
    for n, (number, words) in enumerate(zip(["第一条", "第二条", "第九条"], topics)):
        rows.append((122, 150 + 24 * n, 16, [number, 0.3, words]))
    with Office() as office:
        _, passages = parse(office, "a.pdf", pdf([rows]))
        expect_articles(passages, [f"第{n}条 {words}" for n, words in zip("一二九", topics)])


def test_paragraphs_go_on_over_pages_without_heads_and_numbers():
    with Office() as office:
        rows = laid_out()
        cut = len(rows) - 5
        pages = [rows[:cut], [(x, y - rows[cut][1] + 110, s, t) for x, y, s, t in rows[cut:]]]
        for number, page in enumerate(pages, 1):
            page.append((90, 50, 10, "云岫市人民政府公报 2024年第3期"))
            page.append((280, 800, 12, f"— {number} —"))
        document, passages = parse(office, "a.pdf", pdf(pages))
        expect_articles(passages)
        assert not any("公报" in text or "—" in text for text in said(passages)), said(passages)
        assert [p["page"] for p in passages if p["number"] in ("第一条", "第四条")] == [1, 2]


def test_two_columns_are_read_one_after_the_other():
    with Office() as office:
        left, bottom = wrapped(ARTICLES[0], 60, 150, 12, 18)
        more, _ = wrapped(ARTICLES[1], 60, bottom, 12, 18)
        right, bottom = wrapped(ARTICLES[2], 320, 156, 12, 18)
        last, _ = wrapped(ARTICLES[3], 320, bottom, 12, 18)
        title = [(150, 100, 20, "云岫市门牌管理办法试行稿")]
        rows = sorted(title + left + more + right + last, key=lambda row: (row[1], row[0]))
        _, passages = parse(office, "a.pdf", pdf([rows]))
        expect_articles(passages)


def test_a_table_of_contents_is_left_out():
    with Office() as office:
        contents = [(260, 120, 18, "目　录")]
        for k, (text, page) in enumerate([("第一章 总则", 1), ("第二章 门牌的编制", 3), ("第三章 附则", 12)]):
            contents.append((90, 160 + 24 * k, 14, text + "…" * 18 + str(page)))
        _, passages = parse(office, "a.pdf", pdf([contents, laid_out()]))
        expect_articles(passages)
        assert not any("编制" in text or "目" in text for text in said(passages)), said(passages)


def test_rows_of_equal_cells_are_a_table():
    with Office() as office:
        rows = [("项目", "标准", "依据"), ("门牌补发", "8元", "云发改〔2024〕3号"),
                ("门牌更换", "12元", "云发改〔2024〕3号"), ("地名证明", "不收费", "云政办〔2023〕1号")]
        words = [(x, 150 + 26 * r, 14, cell) for r, row in enumerate(rows)
                 for x, cell in zip((90, 230, 350), row)]
        _, passages = parse(office, "a.pdf", pdf([[(200, 100, 20, "门牌收费标准")] + words]))
        cells = [p for p in passages if p["kind"] == "row"]
        assert len(cells) == 3, passages
        assert "标准" in cells[1]["context"] and "12元" in cells[1]["text"], cells


def test_latin_words_are_joined_and_hyphens_taken_back():
    with Office() as office:
        lines = ["The office keeps every docu-", "ment that it has issued and an-", "swers from them alone, in the",
                 "words of the text."]
        words = [(90, 150 + 20 * k, 14, line) for k, line in enumerate(lines)]
        _, passages = parse(office, "a.pdf", pdf([words]))  # in a font whose letters have one width
        assert "every document that it has issued and answers from them alone, in the words of" in passages[0]["text"], passages


def test_pages_without_text_are_counted_and_empty_pictures_are_refused():
    with Office() as office:
        message = parse(office, "scan.pdf", pdf([[], []], pictures=(0, 1)), status=1)
        assert "2 pages" in message and ("recognition" in message or "can be read" in message), message
        _, passages = parse(office, "half.pdf", pdf([laid_out(), []], pictures=(1,)))
        expect_articles(passages)


def test_a_page_that_is_torn_does_not_take_the_others_with_it():
    with Office() as office:
        _, passages = parse(office, "a.pdf", pdf([[(90, 120, 16, "坏掉的一页。")], laid_out()], broken=(0,)))
        expect_articles(passages)


def test_what_is_no_pdf_inside_is_refused_in_one_sentence():
    with Office() as office:
        good = pdf([laid_out()])
        assert "PDF" in parse(office, "a.pdf", b"%PDF-1.7\n1 0 obj", status=1)
        for cut in range(20, len(good), 97):
            path = office.write("cut.pdf", good[:cut])
            done = subprocess.run([BINARY, "parse", str(path)], capture_output=True, timeout=60)
            assert done.returncode in (0, 1), done
            assert done.returncode == 0 or b"hostile" not in done.stderr, (cut, done.stderr)


def pixels(path):
    """Width and height of a PNG of three bytes a pixel, and a measure of the ink on it: how much of what
    is packed is neither the paper nor the line above."""
    data, at, packed = path.read_bytes(), 8, b""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + n] if kind == b"IDAT" else b""
        at += n + 12
    raw = zlib.decompress(packed)
    assert len(raw) == height * (1 + 3 * width)
    return width, height, sum(value not in (0, 255) for value in raw) // 3


def test_a_page_is_drawn_as_people_see_it():
    with Office() as office:
        picture = office.folder / "p.png"
        path = office.write("a.pdf", pdf([[(90, 110, 16, "门")], laid_out(), []]))
        sizes = []
        for number in (1, 2, 3):
            office.run("parse", path, "--page-image", number, "--out", picture)
            sizes.append(pixels(picture))
        assert {s[:2] for s in sizes} == {(910, 1287)}, sizes
        few, many, none = (s[2] for s in sizes)
        assert none < few and few * 20 < many, sizes
        assert "no page 4" in office.run("parse", path, "--page-image", 4, "--out", picture, status=1).stderr
        office.run("parse", path, "--page-image", 0, "--out", picture, status=2)
        office.run("parse", path, "--page-image", 1, status=2)
        text = office.write("a.md", "# 文")
        assert "PDF" in office.run("parse", text, "--page-image", 1, "--out", picture, status=1).stderr
        huge = pdf([[(90, 110, 16, "大")]]).replace(b"[0 0 595 842]", b"[0 0 90000 60000]")
        office.run("parse", office.write("b.pdf", huge), "--page-image", 1, "--out", picture)
        width, height, _ = pixels(picture)
        assert 3_900_000 < width * height <= 4_000_000, (width, height)


def test_the_limit_of_pages():
    with Office() as office:
        parse(office, "at.pdf", many_pages(10000))
        assert "10001 pages" in parse(office, "above.pdf", many_pages(10001), status=1)


def millimetres(rows):
    return [(x * 0.3528, (y - size) * 0.3528, size * 0.3528, text) for x, y, size, text in rows]


def test_ofd_gives_what_the_same_pages_give_as_pdf():
    with Office() as office:
        rows = laid_out()
        pages = [rows[:-5], [(x, y - rows[-5][1] + 110, s, t) for x, y, s, t in rows[-5:]]]
        for number, page in enumerate(pages, 1):
            page.append((280, 800, 12, f"— {number} —"))
        expected = parse(office, "a.pdf", pdf(pages))
        for scale in (1, 3):
            document, passages = parse(office, "a.ofd", ofd([millimetres(page) for page in pages], scale=scale))
            assert document["format"] == "ofd" and document["title"] == expected[0]["title"], document
            assert passages == expected[1], passages
        expect_articles(passages)


def test_ofd_templates_annotations_seals_and_hidden_words_are_left_out():
    with Office() as office:
        page = millimetres(laid_out()) + [words(30, 200, 5, "看不见的字", more=' Visible="false"'),
                                          words(30, 210, 5, "斜放的水印").replace('CTM="1 0 0 1', 'CTM="0.7 0.7 -0.7 0.7')]
        _, passages = parse(office, "a.ofd", ofd([page], template=[(60, 20, 8, "云岫市人民政府公报")],
                                                 annotations=True, seal=True))
        expect_articles(passages)
        assert not any(word in text for text in said(passages) for word in ("公报", "看不见", "水印")), said(passages)


def test_an_ofd_page_that_is_missing_is_one_without_text():
    with Office() as office:
        _, passages = parse(office, "a.ofd", ofd([[(30, 30, 5, "没有的一页。")], millimetres(laid_out())], missing=(0,)))
        expect_articles(passages)
        assert all(p["page"] == 2 for p in passages)
        assert "scan" in parse(office, "b.ofd", ofd([[], []]), status=1)


def test_the_limit_of_ofd_pages():
    with Office() as office:
        page = [[(30, 60, 5, "每页一行。")]]
        parse(office, "at.ofd", ofd(page, count=10000))
        assert "10000 pages" in parse(office, "above.ofd", ofd(page, count=10001), status=1)


def test_broken_ofd_files_end_in_one_sentence():
    with Office() as office:
        good = ofd([millimetres(laid_out())])
        for cut in range(4, len(good), 61):
            path = office.write("cut.ofd", good[:cut])
            done = subprocess.run([BINARY, "parse", str(path)], capture_output=True, timeout=60)
            assert done.returncode in (0, 1) and b"hostile" not in done.stderr and b"crash" not in done.stderr, done


run(globals())
