#!/usr/bin/env python3
"""Files with a secrecy mark: through the whole program, in several formats, they are recorded and
answer nothing; texts that speak of state secrets are let in."""
import json
import sqlite3

from officefiles import docx, paragraph
from zdtest import Office, run

WORD = "蓝鲸七号"  # stands in the secret files only
BODY = f"# 关于{WORD}专项工作的通知\n\n云办〔2024〕1号\n\n第一条 {WORD}专项工作由应急指挥部负责，于2024年5月1日起施行。\n"
OPEN = """# 云岫市保密宣传教育办法

云保〔2024〕3号

第一条 国家秘密分为绝密、机密、秘密三级，绝密级国家秘密是最重要的国家秘密。

第二条 书面形式的国家秘密应当在首页左上角标注密级，“机密★10年”表示机密级、保密期限十年。

第三条 本办法自2024年6月1日起施行。
"""


def listed(office):
    return [json.loads(line) for line in
            office.run("quarantine", "list", "--json").stdout.splitlines()]


def everything(office):
    """All bytes of the database's rows, and of the index."""
    with sqlite3.connect(office.data / "zhidian.db") as db:
        rows = "\n".join(db.iterdump())
    blobs = b"".join(p.read_bytes() for p in (office.data / "index").rglob("*") if p.is_file())
    return rows.encode() + blobs


def test_marked_files_are_recorded_and_answer_nothing():
    with Office() as office:
        folder = office.folder / "来文"
        office.write("来文/一.md", "机密★10年\n\n" + BODY)
        office.write("来文/二.txt", "000017\n绝密★启用前\n特急\n\n" + BODY.replace("1号", "2号"))
        office.write("来文/三.html", f"<html><head><title>{WORD}</title></head><body><p>秘密★1年</p>"
                     f"<h1>{WORD}</h1><p>{WORD}专项工作由指挥部负责。</p></body></html>")
        office.write("来文/四.docx", docx(paragraph("机密★5年") + paragraph(f"{WORD}专项工作", "t") +
                                        paragraph(f"{WORD}专项工作由指挥部负责。")))
        office.write("来文/七.docx", docx(paragraph(f"{WORD}专项工作", "t") + paragraph(
            f"{WORD}专项工作由指挥部负责。"), header="绝密★长期"))
        office.write("来文/机密★2年 五.md", BODY.replace("1号", "5号"))
        office.write("来文/公开.md", OPEN)
        office.write("来文/六.jsonl", json.dumps({"id": "六", "title": "通知", "text": "秘密★3年\n" + BODY}))
        done = office.run("add", folder, status=1)
        assert done.stdout.count("quarantined") == 7 and done.stdout.count("added") == 1, done.stdout
        assert "7 quarantined" in done.stderr
        files = {f["name"].rsplit("/", 1)[-1]: f for f in listed(office)}
        assert {(n, f["level"], f["mark"]) for n, f in files.items()} == {
            ("一.md", "机密", "机密★10年"), ("二.txt", "绝密", "绝密★启用前"),
            ("三.html", "秘密", "秘密★1年"), ("四.docx", "机密", "机密★5年"),
            ("七.docx", "绝密", "绝密★长期"), ("机密★2年 五.md", "机密", "机密★2年"), ("六.jsonl:1", "秘密", "秘密★3年")}
        assert files["一.md"]["place"] == "正文第1行" and files["二.txt"]["place"] == "正文第2行"
        assert files["机密★2年 五.md"]["place"].startswith("文件名")
        assert all("uid" in f["who"] and f["times"] == 1 and f["first"] > 0 for f in files.values())
        assert [d["title"] for d in office.documents()] == ["云岫市保密宣传教育办法"]
        assert "7" in office.run("stats").stdout.split("quarantined")[1].split("\n")[0]
        assert "quarantined" in office.run("list").stderr
        assert office.ask(f"{WORD}专项工作由谁负责")["refused"]
        assert WORD not in json.dumps(office.search("专项工作"), ensure_ascii=False)
        assert WORD.encode() not in everything(office)
        assert not office.ask("国家秘密分为哪几级")["refused"]
        office.run("check")


def test_again_is_counted_and_a_person_may_release():
    with Office() as office:
        path = office.write("文.md", "密级：秘密\n\n# 关于密级字段填写的说明\n\n第一条 表格里的“密级”一栏按规定填写。\n")
        office.run("add", path, status=1)
        office.run("add", path, status=1)
        (file,) = listed(office)
        assert file["times"] == 2 and file["released"] == 0
        office.run("quarantine", "release", "0" * 32, status=1)
        office.run("quarantine", "release", file["id"])
        assert "added" in office.run("add", path).stdout
        (file,) = listed(office)
        assert file["released"] > 0 and "uid" in file["released_by"]
        assert "quarantined     0" in office.run("stats").stdout
        # another text with a mark is none the freer for it
        office.run("add", office.write("文.md", "密级：秘密\n\n第一条 另一份文件。\n"), status=1)


def test_what_was_known_stays_when_a_marked_one_comes():
    with Office() as office:
        path = office.write("通知.md", BODY.replace(WORD, "防汛"))
        office.run("add", path)
        office.write("通知.md", "机密★1年\n" + BODY)
        office.run("add", path, status=1)
        (document,) = office.documents()
        assert "防汛" in document["title"]


if __name__ == "__main__":
    run(globals())
