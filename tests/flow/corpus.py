#!/usr/bin/env python3
"""The corpus of bench/formats.py in small: texts of the invented office in every form that lawfiles.py
writes give the same words, the same articles and the same facts as the text itself."""
import json
import re

import lawfiles
from pdffiles import pdf
from zdtest import ROOT, Office, run

FORMS = {"docx": lawfiles.word, "odt": lawfiles.opendocument, "epub": lawfiles.epub,
         "html": lawfiles.web_page, "mhtml": lawfiles.mhtml, "eml": lawfiles.mail} | {
    f"{way}.ofd": lambda law, way=way: lawfiles.fixed_pages(law, way) for way in lawfiles.OFD_WRITERS}
TEXTS = ("云岫市养犬管理条例(2024-11-28).md", "云岫市物业管理条例(2022-05-31).md", "云岫市生活垃圾分类管理办法.md")
BLANK = re.compile(r"\s+")


def parse(office, path):
    head, *passages = [json.loads(line) for line in office.run("parse", path).stdout.splitlines()]
    return head["document"], passages


def articles(passages):
    return [(p["number"], BLANK.sub("", p["text"])) for p in passages if p["kind"] == "clause"]


def law_of(name):
    return list(lawfiles.of_markdown((ROOT / "examples/rules" / name).read_text(encoding="utf-8")))


def test_every_form_gives_the_words_and_articles_of_the_text():
    with Office() as office:
        for k, name in enumerate(TEXTS):
            law = law_of(name)
            plain = "\n\n".join("#" * level + " " + words if level else words for level, words in law)
            document, passages = parse(office, office.write(f"{k}/a.md", plain))
            want = articles(passages)
            assert len(want) >= 10, (name, len(want))
            for form, maker in FORMS.items():
                path = office.write(f"{k}/{form}", maker(law))
                got, found = parse(office, path)
                assert articles(found) == want, (name, form, [a for a in want if a not in articles(found)][:2])
                assert [got[f] for f in ("title", "issuer", "effective")] == \
                    [document[f] for f in ("title", "issuer", "effective")], (name, form, got)
                cleaned = BLANK.sub("", office.run("clean", path).stdout)
                lost = [words for _, words in law if BLANK.sub("", words) not in cleaned]
                assert not lost, (name, form, lost[:2])
                assert not any(w in cleaned for w in ("网站地图", "没有这段", "公报", "— 1 —", "字号")), (name, form)


def test_a_line_of_the_source_that_ends_behind_a_number_parts_it():
    with Office() as office:
        page = "<p>第一条\n为了规范门牌\n管理，制定本办法。</p><p>第二条\n<b>门牌</b>由公安机关编号。</p>"
        _, passages = parse(office, office.write("a.html", "<html><h1>门牌管理办法</h1>" + page))
        assert articles(passages) == [("第一条", "为了规范门牌管理，制定本办法。"),
                                      ("第二条", "门牌由公安机关编号。")], passages


def test_letters_placed_one_by_one_keep_the_narrow_blank_behind_a_number():
    with Office() as office:
        law = [(1, "门牌管理办法"), (0, "第一条 为了规范门牌管理，制定本办法。"), (0, "第二条 门牌由公安机关编号。")]
        for way in lawfiles.OFD_WRITERS:
            _, passages = parse(office, office.write("a.ofd", lawfiles.fixed_pages(law, way)))
            assert [n for n, _ in articles(passages)] == ["第一条", "第二条"], (way, passages)


def test_radicals_that_printing_browsers_write_are_read_as_characters():
    radicals = str.maketrans("人民一二十月日工大门车页户〈〉", "⼈⺠⼀⼆⼗⽉⽇⼯⼤⻔⻋⻚⼾\u2329\u232a")
    law = [(1, "人民门牌管理办法"), (0, "第一条 为了人民，规范车辆与户号，依据《关于修改〈门牌条例〉的决定》，制定本办法。"), (0, "第十二条 自2024年5月1日起大力开工。")]
    with Office() as office:
        printed = [(level, words.translate(radicals)) for level, words in law]
        assert printed != law
        embedded = [[(x, y, s, [words]) for x, y, s, words in page] for page in lawfiles.laid_out(printed)]
        for name, content in (("a.ofd", lawfiles.fixed_pages(printed, "line")), ("a.pdf", pdf(embedded))):
            document, passages = parse(office, office.write(name, content))
            assert document["title"] == law[0][1], (name, document["title"])
            assert articles(passages) == [tuple(words.split(" ")) for _, words in law[1:]], (name, passages)


run(globals())
