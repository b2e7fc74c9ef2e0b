#!/usr/bin/env python3
"""The same text in another file is joined; a version of a text is a version; texts from one template
that differ in a year, a region or an amount stay what they are, and the owner is told."""
import html
import json
import random
import subprocess

from officefiles import docx, paragraph
from zdtest import BINARY, SHARED, Office, run

LINES = ["云岫市高龄津贴发放办法", "云民规〔2024〕7号", "第一条 为了发放高龄津贴，制定本办法。",
         "第二条 年满八十周岁的本市户籍老年人，每人每月发给津贴100元；年满九十周岁的，每人每月发给津贴300元。",
         "第三条 申请人向户籍所在地的街道办事处、乡镇人民政府提出申请，提交居民身份证和居民户口簿。",
         "第四条 街道办事处、乡镇人民政府自收到申请之日起十个工作日内审核，报区县民政部门备案。",
         "第五条 本办法自2024年3月1日起施行。"]


def page(lines):
    return "<html><body><h1>" + lines[0] + "</h1>" + "".join(
        f"<p>{html.escape(x)}</p>" for x in lines[1:]) + "</body></html>"


def test_the_same_text_in_other_files_is_joined():
    with Office() as office:
        office.run("add", office.write("甲.txt", "\n".join(LINES)))
        (document,) = office.documents()
        others = {"乙.html": page(LINES), "丙.txt": "\n\n".join(LINES).encode("gb18030"),
                  "丁.docx": docx("".join(paragraph(x) for x in LINES))}
        for name, content in others.items():
            done = office.run("add", office.write(name, content))
            assert "unchanged" in done.stdout and "正文相同" in done.stdout, done.stdout
            assert "unchanged" in office.run("add", office.folder / name).stdout
        shown = office.show(document["id"])
        assert [d["id"] for d in office.documents()] == [document["id"]]
        assert len(shown["versions"]) == 1
        copies = shown["versions"][0]["copies"]
        assert sorted(c.rsplit("/", 1)[-1] for c in copies) == sorted(others), copies
        assert "乙.html" in office.run("show", document["id"]).stdout
        # what a person says of a file is a reason to take it, and a removed text makes room
        assert "added" in office.run("add", office.write("戊.html", page(LINES) + " "), "--region", "东屏区",
                                     "--title", "另一份办法").stdout
        for one in office.documents():
            office.run("remove", one["id"])
        assert "added" in office.run("add", office.folder / "乙.html").stdout
        office.run("check")


def test_templates_stay_apart_and_are_told():
    changed = {"金额": [x.replace("100元", "200元") for x in LINES],
               "地区": [x.replace("云岫市", "青禾县") for x in LINES],
               "年份": [LINES[0], "云民规〔2025〕7号", *[x.replace("2024年3月1日", "2024年3月1日") for x in LINES[2:]]]}
    for what, lines in changed.items():
        with Office() as office:
            office.run("add", office.write("甲.txt", "\n".join(LINES)))
            done = office.run("add", office.write("乙.txt", "\n".join(lines)))
            assert "unchanged" not in done.stdout and "replaced" not in done.stdout, (what, done.stdout)
            assert "内容相近" in done.stdout, (what, done.stdout)
            assert len(office.documents()) == 2


def test_a_later_issue_of_a_text_is_a_version_of_it():
    old = ["关于调整城市公共汽车票价的通知", "云岫市发展和改革委员会", "2022年5月1日印发", *LINES[2:6]]
    new = [old[0], old[1], "2024年6月1日印发", *LINES[2:5], LINES[5].replace("十个", "五个")]
    with Office() as office:
        office.run("add", "--issuer", "云岫市发展和改革委员会", "--issued", "2022-05-01",
                   office.write("旧.txt", "\n".join(old)))
        office.run("add", "--issuer", "云岫市发展和改革委员会", "--issued", "2024-06-01",
                   office.write("新.txt", "\n".join(new)))
        (document,) = office.documents()
        assert len(office.show(document["id"])["versions"]) == 2


def test_given_ids_are_kept():
    with Office() as office:
        lines = [json.dumps({"id": i, "title": LINES[0], "text": "\n".join(LINES[1:])}, ensure_ascii=False)
                 for i in "ab"]
        office.run("add", "--jsonl", office.write("x.jsonl", "\n".join(lines)))
        assert sorted(d["id"] for d in office.documents()) == ["a", "b"]


def test_laws_again_as_pages_and_changed_by_one_word():
    files = sorted((SHARED / "data/laws").rglob("*.md"))
    if not files:
        print(f"skipped: {SHARED}/data/laws is not here")
        return
    rng = random.Random(5)
    with Office() as office:
        pages, near = office.folder / "页", office.folder / "改"
        chosen = [f for f in rng.sample(files, 60) if 2000 < f.stat().st_size < 60000]
        folder = office.folder / "法"
        for i, path in enumerate(chosen):
            text = subprocess.run([BINARY, "clean", path], check=True, capture_output=True).stdout.decode()
            text = text.replace("<!-- INFO END -->", "")
            office.write(f"法/{i}.txt", text)
            office.write(f"页/{i}.html", page(text.split("\n")))
            at = text.index("应当") if "应当" in text else len(text) // 2
            office.write(f"改/{i}.txt", text[:at] + "可以" + text[at + 2:])
        first = office.run("add", folder).stdout.count("added")
        again = office.run("add", pages).stdout
        joined, kept = again.count("正文相同"), office.run("add", near).stdout
        print(f"{first} laws; as pages: {joined} joined; with one word changed: "
              f"{kept.count('正文相同')} joined, {kept.count('内容相近')} told")
        assert joined >= 0.95 * first and "正文相同" not in kept


if __name__ == "__main__":
    run(globals())
