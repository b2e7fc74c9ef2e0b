#!/usr/bin/env python3
"""Archives of files: each member is a document of its own, named ARCHIVE/MEMBER; what is wrong with one
member is told by its name and harms no other; a document that is a ZIP file never comes in by parts."""
import io
import json
import zipfile

from officefiles import docx, paragraph
from zdtest import Office, run


class Raw(zipfile.ZipInfo):
    """An entry whose name is written byte for byte and whose flags are said."""
    name, flags = b"", 0

    def _encodeFilenameFlags(self):
        return self.name, self.flags


def raw(name, flags=0):
    entry = Raw(name.hex())
    entry.name, entry.flags = name, flags
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def packed(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return out.getvalue()


def rule(topic, number):
    return (f"# 云岫市{topic}管理办法\n\n云办〔2024〕{number}号\n\n第一条 {topic}由市政务服务局负责管理。\n\n"
            f"第二条 本办法自2024年5月{number}日起施行。\n").encode()


def outcomes(done, archive):
    """Member → (outcome, reason) of what `add` printed."""
    found = {}
    for line in done.stdout.splitlines():
        head, _, rest = line.partition("  ")
        name, _, reason = rest.partition(": ")
        if name.startswith(f"{archive}/"):
            found[name[len(str(archive)) + 1:]] = (head.split()[-1], reason)
    return found


def test_each_member_is_a_document_and_a_bad_one_harms_no_other():
    bomb = b"0" * (40 << 20)
    inner = packed([("办法.md", rule("内层", 9))])
    members = [
        ("制度/公园.md", rule("公园", 1)), (raw("制度\\河道.md".encode("gbk")), rule("河道", 2)),
        ("通知.docx", docx(paragraph("云岫市路灯管理办法", "t") + paragraph("第一条 路灯由市城管局负责管理。"))),
        ("../../../etc/门牌.md", rule("门牌", 3)), ("/绝对.md", rule("绝对", 4)),
        ("炸弹.txt", bomb), ("里面.zip", inner), (raw(b"locked.md", 1), rule("加锁", 5)),
        ("程序.md", b"\x7fELF\2\1\1" + bytes(60)), ("来文.md", "机密★10年\n\n".encode() + rule("涉密", 6)),
        (".隐藏.md", rule("隐藏", 7)), ("__MACOSX/._公园.md", b"\0\5\26\7"), ("空.md", b""),
        ("最后.md", rule("最后", 8))]
    with Office() as office:
        path = office.write("汇编.zip", packed(members))
        done = office.run("add", path, status=1)
        got = outcomes(done, path)
        assert {n: o for n, (o, _) in got.items()} == {
            "制度/公园.md": "added", "制度/河道.md": "added", "通知.docx": "added", "etc/门牌.md": "added",
            "绝对.md": "added", "炸弹.txt": "failed", "里面.zip": "failed", "locked.md": "failed",
            "程序.md": "failed", "来文.md": "quarantined", "空.md": "failed", "最后.md": "added"}, done.stdout
        for name, word in [("炸弹.txt", "bomb"), ("里面.zip", "inside an archive"), ("locked.md", "password"),
                           ("程序.md", "ELF"), ("来文.md", "机密★10年"), ("空.md", "empty")]:
            assert word in got[name][1], (name, got[name])
        assert not office.ask("河道由谁负责管理")["refused"]
        assert "汇编.zip/制度/河道.md" in json.dumps(
            [office.show(d["id"]) for d in office.documents()], ensure_ascii=False)
        for word in ("内层", "涉密", "加锁", "隐藏"):
            assert word not in json.dumps(office.search(f"{word}管理办法"), ensure_ascii=False), word
        assert len(office.documents()) == 6
        again = outcomes(office.run("add", path, status=1), path)
        assert [o for o, _ in again.values()].count("unchanged") == 6 and len(office.documents()) == 6
        office.run("check")


def test_what_is_no_archive_of_files_stays_whole():
    with Office() as office:
        whole = docx(paragraph("云岫市广场管理办法", "t") + paragraph("第一条 广场由市城管局负责管理。"))
        cut = io.BytesIO()  # a document that has lost its text
        with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(cut, "w") as new:
            for name in old.namelist():
                if name != "word/document.xml":
                    new.writestr(name, old.read(name))
        done = office.run("add", office.write("坏.docx", cut.getvalue()), status=1)
        assert done.stdout.count("failed") == 1 and "/word/" not in done.stdout, done.stdout
        good = packed([("一.md", rule("广场", 1)), ("二.md", rule("码头", 2))])
        assert "failed" in office.run("add", office.write("断.zip", good[:-30]), status=1).stdout
        path = office.write("好.zip", good)
        assert "one id" in office.run("add", "--id", "x", path, status=1).stdout
        assert "zhidian add" in office.run("parse", path, status=1).stderr
        many = packed([(f"{i}.txt", "") for i in range(2001)])
        assert "2000" in office.run("add", office.write("多.zip", many), status=1).stdout
        assert office.documents() == []


if __name__ == "__main__":
    run(globals())
