#!/usr/bin/env python3
"""Messages and saved pages through the real program. Python's email package writes them: every charset,
coding and nesting is that library's, not ours."""
import base64
import email.message
import email.policy
import json
import subprocess

from zdtest import BINARY, Office, run

SUBJECT = "关于2024年门牌补发收费标准有关问题的答复"
BODY = """您好，来信收悉。

第一条 申请补发门牌的，每块收取工本费八元。
第二条 本答复自2024年5月1日起执行。
"""
PAGE = ("<html><head><title>门牌补发指南</title></head><body><h1>门牌补发指南</h1>"
        "<p>申请补发门牌的，每块收取工本费八元。</p><table><tr><td>项目</td><td>标准</td></tr>"
        "<tr><td>门牌补发</td><td>8元</td></tr></table></body></html>")


def message(subject=SUBJECT):
    made = email.message.EmailMessage()
    made["From"] = "云岫市公安局 <menpai@example.org>"
    made["To"] = "市民热线 <rexian@example.org>"
    made["Date"] = "Mon, 06 May 2024 10:00:00 +0800"
    made["Subject"] = subject
    made["MIME-Version"] = "1.0"
    return made


def parse(office, name, made, status=0):
    content = made if isinstance(made, bytes) else made.as_bytes(policy=email.policy.SMTP)
    done = office.run("parse", office.write(name, content), status=status)
    if status:
        return done.stderr
    first, *rest = [json.loads(line) for line in done.stdout.splitlines()]
    return first["document"], "\n".join(f"{p['number']} {p['text']}" for p in rest)


def test_every_charset_and_coding():
    with Office() as office:
        for charset in ("utf-8", "gb18030", "gb2312", "big5"):
            for coding in ("base64", "quoted-printable", "8bit"):
                made = message()
                body = BODY if charset != "big5" else "第一條 申請補發門牌的，每塊收取工本費八元。\n"
                made.set_content(body, charset=charset, cte=coding)
                document, text = parse(office, "a.txt", made)
                assert document["format"] == "eml" and document["title"] == SUBJECT, document
                assert document["issued"] == "2024-05-06", document
                assert ("工本費八元" if charset == "big5" else "每块收取工本费八元。") in text, (charset, coding, text)


def test_subjects_in_old_charsets_cut_between_words():
    with Office() as office:
        for charset in ("gb18030", "utf-8"):
            made = message().as_bytes().split(b"\n")
            half = [SUBJECT[:9], SUBJECT[9:]]
            words = [b"=?%s?B?%s?=" % (charset.encode(), base64.b64encode(part.encode(charset))) for part in half]
            lines = [line for line in made if not line.startswith((b"Subject", b" =?"))]
            content = b"Subject: " + b"\r\n ".join(words) + b"\r\n" + b"\r\n".join(lines).rstrip() + b"\r\n\r\n" + BODY.encode()
            assert parse(office, "a.eml", content)[0]["title"] == SUBJECT


def test_the_page_is_read_rather_than_its_plain_copy_and_attachments_are_named():
    with Office() as office:
        made = message()
        made.set_content("纯文本的一份。")
        made.add_alternative(PAGE, subtype="html")
        made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="门牌收费标准.pdf")
        made.add_attachment("另一份附件的文字。", filename="b.txt")
        _, text = parse(office, "a.eml", made)
        assert "门牌补发\t8元" in text and "纯文本" not in text, text
        assert "门牌收费标准.pdf" in text and "b.txt" in text and "另一份附件" not in text, text


def test_a_message_inside_is_read_behind_its_subject():
    with Office() as office:
        inner = message("关于门牌补发的来信")
        inner.set_content("请问补发门牌收多少钱？")
        made = message()
        made.set_content(BODY)
        made.add_attachment(inner)
        _, text = parse(office, "a.eml", made)
        assert "请问补发门牌收多少钱" in text and "每块收取" in text, text


def test_a_saved_page_is_a_page():
    with Office() as office:
        made = email.message.EmailMessage()
        made["From"] = "<Saved by Blink>"
        made["Snapshot-Content-Location"] = "http://example.org/menpai.html"
        made["Subject"] = "门牌补发指南"
        made["MIME-Version"] = "1.0"
        made.set_content(PAGE, subtype="html", charset="gb18030", cte="quoted-printable")
        made.add_related(bytes(30), maintype="image", subtype="png", cid="<a@b>")
        document, text = parse(office, "a.mhtml", made)
        assert document["format"] == "mhtml" and document["title"] == "门牌补发指南", document
        assert "门牌补发\t8元" in text and "Saved" not in text, text


def nested(depth):
    made = message("里面")
    made.set_content(BODY)
    for _ in range(depth):
        outer = email.message.EmailMessage()
        outer["MIME-Version"], outer["From"], outer["Subject"] = "1.0", "a@example.org", "外面"
        outer.set_content(made)
        made = outer
    return made


def test_limits_of_depth_and_parts():
    with Office() as office:
        assert "每块收取" in parse(office, "at.eml", nested(16))[1]
        assert "deep" in parse(office, "above.eml", nested(17), status=1)
        head = b"From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        part = "--b\nContent-Type: text/plain; charset=utf-8\n\n第一部分的文字。\n".encode()
        parse(office, "at.eml", head + part * 999 + b"--b--\n")
        assert "1000 parts" in parse(office, "above.eml", head + part * 1000 + b"--b--\n", status=1)


def test_broken_messages_end_in_one_sentence():
    with Office() as office:
        made = message()
        made.set_content(BODY, charset="gb18030", cte="base64")
        made.add_alternative(PAGE, subtype="html")
        whole = made.as_bytes()
        for cut in range(1, len(whole), 41):
            done = subprocess.run([BINARY, "parse", str(office.write("c.eml", whole[:cut]))],
                                  capture_output=True, timeout=60)
            assert done.returncode in (0, 1) and b"hostile" not in done.stderr and b"crash" not in done.stderr, done


def test_fields_go_on_behind_a_tab():
    with Office() as office:
        content = ("From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed;\n\tboundary=\"b\"\n\n"
                   "--b\nContent-Type: text/plain;\n\tcharset=gb18030\n\n").encode() + BODY.encode("gb18030") + b"--b--\n"
        text = parse(office, "a.eml", content)[1]
        assert "每块收取" in text and "--b" not in text, text


def test_a_text_that_only_looks_like_a_head_stays_a_text():
    with Office() as office:
        content = "From: here to there\nTo: everybody\n\n第一条 这是一个普通的文本文件。\n".encode()
        assert parse(office, "a.txt", content)[0]["format"] == "text"


run(globals())
