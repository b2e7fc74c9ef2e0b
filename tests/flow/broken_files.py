#!/usr/bin/env python3
"""Broken files through the real program: each ends as a clean document or as one clear sentence.

make() builds more than 200 files: other kinds of content under a text's name, text cut inside a
character, markup cut, nested and repeated past every cap, random and mutated bytes, and names that
are hard to print. Every file goes through `parse` alone (its exit status, its time, its message) and
all together through one `add`, which must add exactly those that `parse` read, report each of the
others, and leave a document that was there before answering.
"""
import gzip
import io
import json
import random
import subprocess
import time
import zipfile

from zdtest import BINARY, Office, run

SECONDS = 20  # for one file, on a loaded machine under a sanitizer
GOOD = """# 云岫市门牌管理办法

云政办规〔2024〕9号

第一条 为了规范门牌管理，制定本办法。

第二条 申请补发门牌的，向公安派出所提出，每块收取工本费八元。

（一）填写申请表；
（二）出示身份证。

| 项目 | 内容 |
|---|---|
| 办理时限 | 5个工作日 |

第三条 本办法自2024年5月1日起施行。
"""
PAGE = ("<!DOCTYPE html><html><head><meta charset=\"%s\"><title>门牌补发指南_云岫市</title></head><body>"
        "<div class=\"nav\"><a href=\"/\">首页</a><a href=\"/a\">公开</a><a href=\"/b\">服务</a></div>"
        "<h1>门牌补发指南</h1><table><tr><td>受理条件</td><td>门牌遗失的。<br>本市户籍。</td></tr>"
        "<tr><td rowspan=2>申请材料</td><td>身份证&nbsp;1份</td></tr><tr><td>申请表</td></tr></table>"
        "<ul><li>第一步，申请。</li><li>第二步，领取。</li></ul><p>咨询电话：0999-80100000</p></body></html>")


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("文/", "")
    return out.getvalue()


def other_kinds():
    """Content of other kinds: (name, bytes, a word its refusal must hold)."""
    rows = [
        ("pdf", b"%PDF-1.7\n1 0 obj", "PDF"), ("zip", archive(), "ZIP"),
        ("ole", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Office"),
        ("rtf", b"{\\rtf1\\ansi }", "no text"), ("png", b"\x89PNG\r\n\x1a\n" + bytes(60), "damaged|text"),
        ("jpeg", b"\xff\xd8\xff\xe0" + bytes(60), "damaged|text"), ("gif", b"GIF89a" + bytes(60), "damaged|text"),
        ("tiff", b"II*\0" + bytes(60), "damaged|text"), ("tiff2", b"MM\0*" + bytes(60), "damaged|text"),
        ("webp", b"RIFF\x10\0\0\0WEBPVP8 " + bytes(30), "WebP"),
        ("gzip", gzip.compress("文".encode() * 50), "gzip"), ("bzip", b"BZh91AY&SY" + bytes(30), "bzip2"),
        ("xz", b"\xfd7zXZ\0" + bytes(30), "xz"), ("zstd", b"\x28\xb5\x2f\xfd" + bytes(30), "zstd"),
        ("7z", b"7z\xbc\xaf\x27\x1c" + bytes(30), "7z"), ("rar", b"Rar!\x1a\x07\0" + bytes(30), "RAR"),
        ("tar", b"a" * 257 + b"ustar\0" + bytes(250), "tar"), ("elf", b"\x7fELF\2\1\1" + bytes(60), "ELF"),
        ("pe", b"MZ" + bytes(58) + b"\x40\0\0\0" + b"PE\0\0" + bytes(40), "Windows"),
        ("sqlite", b"SQLite format 3\0" + bytes(80), "SQLite"), ("ogg", b"OggS" + bytes(40), "Ogg"),
        ("mp4", b"\0\0\0\x20ftypisom" + bytes(40), "MP4"), ("mp3", b"ID3\3\0" + bytes(40), "MP3"),
        ("mkv", b"\x1a\x45\xdf\xa3" + bytes(40), "Matroska"), ("class", b"\xca\xfe\xba\xbe" + bytes(40), "Java"),
        ("woff", b"wOFF" + bytes(40), "font"), ("ps", b"%!PS-Adobe-3.0\n", "PostScript"),
        ("bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0" + bytes(50), "damaged|text"),
        ("ico", b"\0\0\1\0\1\0" + bytes(30), "icon"),
        ("jsonl", b'{"id":"a","text":"b"}\n{"id":"c","text":"d"}\n', "--jsonl"),
        ("empty", b"", "empty"), ("blank", b" \n\t\n \xe3\x80\x80\n", "text"),
        ("bom", b"\xef\xbb\xbf", "text"), ("nul", b"abc\0def\0" * 20, ""), ("zero", bytes(5000), ""),
    ]
    return [(f"kind-{name}.{ending}", content, word)
            for (name, content, word), ending in zip(rows, ["txt", "md", "html"] * 20)]


def cut_text():
    """Texts cut inside characters, and bytes no encoding has."""
    for name, encoding in (("utf8", "utf-8"), ("gb", "gb18030"), ("big5", "big5"), ("utf16", "utf-16")):
        text = GOOD if encoding != "big5" else "第一條 為了規範門牌管理，制定本辦法。\n" * 8
        whole = text.encode(encoding, "ignore")
        for k in range(6):
            yield f"cut-{name}-{k}.txt", whole[:len(whole) * (k + 1) // 7 + k % 3], None
    for k, bad in enumerate([b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff\xfe\xff",
                             b"\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe4\xb8", b"\x1b$B", b"\x81\x30\x81"]):
        yield f"bytes-{k}.txt", GOOD.encode() + bad + "后文。\n".encode(), None
        yield f"bytes-first-{k}.md", bad + GOOD.encode(), None


def cut_pages():
    page = (PAGE % "utf-8").encode()
    for k in range(30):
        yield f"page-cut-{k}.html", page[:len(page) * (k + 1) // 31], None
    for k in range(0, 20, 2):
        yield f"page-gb-{k}.html", (PAGE % "gb2312").encode("gb18030")[k:len(page) - 40 * k], None
    yield "page-charset-lie.html", (PAGE % "big5").encode("gb18030"), None
    yield "page-charset-none.html", (PAGE % "no-such").encode(), None


def past_caps():
    """Each cap at it, one above, and far above."""
    for n in (500, 513, 100000):
        yield f"depth-{n}.html", ("<html>" + "<div>" * n + "深处的文字。").encode(), None
    for n in (256, 257, 60000):
        yield f"attributes-{n}.html", ("<html><p " + " ".join(f"a{i}=1" for i in range(n)) +
                                       ">属性很多的段落。</p>").encode(), None
    for n in (255, 256, 257, 5000):
        yield f"columns-{n}.html", ("<table>" + ("<tr>" + "<td>列</td>" * n + "</tr>") * 3 + "</table>").encode(), None
        yield f"columns-{n}.md", ("# 表\n" + ("|" + "列|" * n + "\n") * 3).encode(), None
    yield "rows.html", ("<table>" + "<tr><td>行</td><td>值</td></tr>" * 100001).encode(), "rows|parts|more than"
    yield "spans.html", ("<table>" + ("<tr>" + "<td colspan=9999 rowspan=9999>格</td>" * 9 + "</tr>") * 99).encode(), None
    yield "entities.html", ("<p>" + "&lt;&nbsp;&#x6587;" * 300000 + "。</p>").encode(), None
    yield "endless-table.html", ("<table><tr><td>" * 3000 + "里面").encode(), None
    yield "links.md", ("# 链\n" + "[一](" * 200000).encode(), None
    yield "brackets.md", ("# 括\n" + "[" * 1000000).encode(), None
    yield "stars.md", ("# 星\n" + "*一 " * 200000).encode(), None
    yield "comment.md", ("# 注\n" + "<!--" * 100000).encode(), None
    yield "titles.txt", ("云岫市办法\n" + "《" * 500000 + "废止。").encode(), None
    yield "marks.txt", ("关于措施的通知 " + "1. 一 " * 300000).encode(), None
    yield "blanks.txt", ("关于措施的通知 一。" + " " * 3000000 + "二。").encode(), None
    yield "long-title.md", ("# " + "题" * 100000 + "\n\n文。\n").encode(), None
    yield "headings.md", "".join(f"{'#' * (i % 8)} 第{i}节\n" for i in range(5000)).encode(), None
    yield "one-line.txt", ("第一条 " + "为了管理。" * 200000).encode(), None


def broken_marks():
    texts = ["```\n没有关上的围栏\n", "---\ntitle: 没有关上的头\n", "<!-- 没有关上的注释\n文\n", "|||||\n|-|-|\n||\n",
             "| 甲 |\n|---|---|---|\n| 一 | 二 | 三 | 四 |\n", "#\n##\n###\n", "# \n\n文。\n", "===\n文\n", "文\n===\n===\n",
             "**没有关上的粗体\n", "[没有地址]()\n[没有关上](http://a\n", "\\\\\\\\\n\\\n文\n", "- \n* \n+ \n1. \n文\n",
             "> > > > > 引用\n", "<table>\n<tr><td>没有关上\n\n# 后面\n文。\n", "&#xFFFFFFFF;&#0;&nosuch;&\n文\n",
             "第条 没有数。\n第零条 零。\n第一万亿条 太大。\n", "第三条 三。\n第一条 一。\n第一条 又一。\n第九十九条 跳。\n",
             "问：\n答：\n问：没有答案？\n", "受理条件：\n申请材料：\n办理时限：\n", "自2023年13月45日起施行。有效期零年。\n",
             "《《《》同时废止。》》\n", "（云政发〔20233〕12号）（〔〕号）令第号\n文。\n", "\u200b\u200b\u200b\ufeff\n文\n",
             "\u202e反向文字\u202c。\n", "文\u0007\u001b[31m红\u001b[0m。\n", "\r\r\r文\r\r\n", "\u2028文\u2029文\n", "𠀀𠀁𠀂。\n"]
    for k, text in enumerate(texts):
        yield f"marks-{k}.md", text.encode(), None
        if k % 2 == 0:
            yield f"marks-{k}.txt", text.encode(), None


def mutated(seed=20261123):
    draw = random.Random(seed)
    for k in range(15):
        yield f"noise-{k}.txt", draw.randbytes(draw.randrange(1, 4000)), None
    for k in range(45):
        source = bytearray((GOOD if k % 2 else PAGE % "utf-8").encode())
        for _ in range(draw.randrange(1, 30)):
            at = draw.randrange(len(source))
            what = draw.randrange(3)
            if what == 0:
                source[at] = draw.randrange(256)
            elif what == 1:
                del source[at:at + draw.randrange(20)]
            else:
                source[at:at] = source[at:at + draw.randrange(60)] * draw.randrange(4)
            if not source:
                source = bytearray(b"x")
        yield f"mutant-{k}.{'md' if k % 2 else 'html'}", bytes(source), None


def odd_names():
    for k, name in enumerate(["-rf.txt", "a b\tc.txt", "换\n行.txt", "\u202etxt.exe.md", "（".encode().decode() * 60 + ".md",
                              "%s%n%x.txt", "'; drop table.md", "..txt", "no-ending"]):
        yield f"names/{name}", GOOD.replace("八元", f"{k + 20}元").encode(), None


def make():
    files = other_kinds()
    for source in (cut_text, cut_pages, past_caps, broken_marks, mutated, odd_names):
        files += source()
    assert len({name for name, _, _ in files}) == len(files)
    return files


def parse_one(path):
    """Runs `parse`; gives (read?, message)."""
    began = time.monotonic()
    done = subprocess.run([BINARY, "parse", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=SECONDS)
    took = time.monotonic() - began
    said = done.stderr.decode("utf-8", "strict").strip()
    assert done.returncode in (0, 1), f"{path.name}: exit {done.returncode}: {said}"
    assert took < SECONDS, f"{path.name}: {took:.1f} s"
    if done.returncode == 0:
        rows = [json.loads(line) for line in done.stdout.decode("utf-8", "strict").split("\n") if line]
        assert any("start" in row for row in rows), f"{path.name}: read, but no passage"
        return True, said
    assert said and len(said.splitlines()) == 1, f"{path.name}: not one line: {said!r}"
    return False, said


def test_every_broken_file_ends_well():
    files = make()
    assert len(files) >= 200, len(files)
    with Office() as office:
        good = office.write("good.md", GOOD.replace("八元", "七元"))
        office.run("add", good)
        paths = {name: office.write("broken/" + name, content) for name, content, _ in files}
        read, refused = {}, {}
        for name, _, word in files:
            whole, said = parse_one(paths[name])
            (read if whole else refused)[name] = said
            if word:
                assert not whole and any(w in said for w in word.split("|")), (name, said)
        done = office.run("add", office.folder / "broken", status=1 if refused else 0, timeout=600)
        failed = sum(" failed  " in line for line in done.stdout.split("\n"))
        print(f"        {len(files)} files: {len(read)} read, {len(refused)} refused, {failed} reported")
        documents = office.documents()
        sources = json.dumps([office.show(d["id"]) for d in documents], ensure_ascii=False)
        for name in refused:
            if name.isascii():
                assert f"broken/{name}\"" not in sources, f"{name}: refused, yet half there"
        assert any("七元" in hit["text"] for hit in office.search("补发门牌工本费", "--top", "300"))
        assert failed == len(refused), (failed, len(refused))
        office.run("check")


if __name__ == "__main__":
    run(globals())
