#!/usr/bin/env python3
"""Adding, replacing and removing, as an office does it: what is findable after each command."""
import json
import os
import subprocess
import threading

from zdtest import BINARY, Office, run

RULE = """# 云岫市门牌管理办法

云政办规〔2024〕9号

第一条 为了规范门牌管理，制定本办法。

第二条 申请补发门牌的，应当向公安派出所提出，每块收取{word}八元。

第三条 本办法自2024年5月1日起施行。

云岫市人民政府办公室
2024年4月2日
"""


def texts(office, question, *options):
    return [hit["text"] for hit in office.search(question, *options)]


def found(office, word, question=None):
    return any(word in text for text in texts(office, question or word))


def outcomes(done):
    """The English outcome words of an add, in order."""
    words = ("added", "unchanged", "replaced", "failed")
    return [word for line in done.stdout.splitlines() for word in words
            if f" {word}" in line.split("  ")[0]]


def test_the_same_file_again_changes_nothing():
    with Office() as office:
        path = office.write("rule.md", RULE.format(word="工本费"))
        assert outcomes(office.run("add", path)) == ["added"]
        before = office.documents()
        assert outcomes(office.run("add", path)) == ["unchanged"]
        assert outcomes(office.run("add", path.parent / "./rule.md")) == ["unchanged"]
        assert office.documents() == before
        copy = office.write("copy.md", RULE.format(word="工本费"))
        assert outcomes(office.run("add", copy)) == ["unchanged"]
        assert len(office.documents()) == 1


def test_a_changed_file_replaces():
    with Office() as office:
        path = office.write("rule.md", RULE.format(word="工本费"))
        office.run("add", path)
        assert found(office, "工本费")
        office.write("rule.md", RULE.format(word="制作费"))
        assert outcomes(office.run("add", path)) == ["replaced"]
        assert found(office, "制作费") and not found(office, "工本费", "补发门牌每块收取工本费")
        assert len(office.documents()) == 1
        office.run("check")


def test_after_remove_it_answers_nothing():
    with Office() as office:
        office.run("add", office.write("rule.md", RULE.format(word="工本费")))
        other = office.write("other.md", "# 养犬须知\n\n第一条 犬只应当登记。\n")
        office.run("add", other)
        document = next(d["id"] for d in office.documents() if "门牌" in d["title"])
        office.run("remove", document)
        assert not found(office, "工本费", "补发门牌收多少工本费")
        assert all("门牌" not in t for t in texts(office, "补发门牌收多少工本费"))
        assert found(office, "犬只应当登记")
        office.run("remove", document, status=1)
        office.run("show", document, status=1)
        office.run("check")


def test_a_batch_survives_bad_files():
    bad = {
        "a-binary.md": bytes(i * 37 % 256 for i in range(5000)),
        "b-empty.txt": b"",
        "c-nul.txt": b"text \0 with a zero byte",
        "d-picture.png": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "e-archive.docx": b"PK\x03\x04" + bytes(200),
        "f-torn.jsonl": b'{"id":"x","title":"t","text":\n{"id":"good","title":"t","text":"\xe5\x8d\x95\xe8\xa1\x8c\xe6\x9c\x89\xe6\x95\x88\xe3\x80\x82"}\n',
    }
    with Office() as office:
        for name, content in bad.items():
            office.write(f"in/{name}", content)
        for i in range(20):
            office.write(f"in/good{i:02}.md", f"# 办法{i}\n\n第一条 第{i}号事项应当登记备案。\n")
        os.mkfifo(office.folder / "in/pipe.md")
        os.symlink("/etc/passwd", office.folder / "in/link.md")
        done = office.run("add", office.folder / "in", status=1, timeout=60)
        assert outcomes(done).count("failed") == 6, done.stdout
        assert outcomes(done).count("added") == 21, done.stdout
        for line in done.stdout.splitlines():
            if " failed" in line:
                assert len(line.split(": ", 1)[1]) > 10, line
        assert "passwd" not in done.stdout and "link.md" not in done.stdout
        assert len(office.documents()) == 21
        office.run("check")
        again = office.run("add", office.folder / "in", status=1)
        assert outcomes(again).count("unchanged") == 21


def test_names_from_outside_are_data():
    with Office() as office:
        for name in ("空 格.md", "引'号\"$(touch x).md", "-rf.md", "长" * 60 + ".md"):
            office.write(f"in/{name}", f"# {name[:3]}办法\n\n第一条 {name[:2]}应当登记。\n")
        office.write("in/.hidden.md", "# 隐藏\n\n第一条 不应当被加入。\n")
        raw = os.path.join(os.fsencode(office.folder), b"in", b"\xff\xfe.md")
        with open(raw, "wb") as file:
            file.write("# 坏名字\n\n第一条 名字不是文本，内容是。\n".encode())
        done = office.run("add", office.folder / "in")
        assert outcomes(done).count("added") == 5, done.stdout
        assert "hidden" not in done.stdout
        assert not (office.folder / "x").exists()


def test_corrections_stay():
    with Office() as office:
        path = office.write("rule.md", RULE.format(word="工本费"))
        office.run("add", path)
        office.run("add", "--effective", "2023-01-01", path)
        office.run("add", "--issuer", "云岫市公安局", path)
        assert outcomes(office.run("add", path)) == ["unchanged"]
        (document,) = office.documents()
        (version,) = office.show(document["id"])["versions"]
        assert version["effective"] == "2023-01-01" and version["issuer"] == "云岫市公安局"


def test_json_lines_keep_their_ids_and_fail_alone():
    lines = [{"id": f"n{i}", "title": "税法", "headings": ["第一章 总则"],
              "number": f"第{'一二三四五'[i]}条", "text": f"第{i}号税目按照规定征收。"} for i in range(5)]
    with Office() as office:
        rows = [json.dumps(line, ensure_ascii=False) for line in lines]
        rows.insert(2, "{not json}")
        path = office.write("a.jsonl", "\n".join(rows) + "\n")
        done = office.run("add", "--jsonl", path, status=1)
        assert outcomes(done).count("added") == 5 and outcomes(done).count("failed") == 1
        assert ":3:" in done.stdout, done.stdout
        assert sorted(d["id"] for d in office.documents()) == [f"n{i}" for i in range(5)]
        office.run("remove", "n3")
        assert len(office.documents()) == 4


def test_one_writer_others_are_told():
    with Office() as office:
        office.run("add", office.write("rule.md", RULE.format(word="工本费")))
        import fcntl
        with open(office.data / "zhidian.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            fcntl.lockf(lock, fcntl.LOCK_EX)
            done = office.run("add", office.folder, status=1)
            assert done.stderr.strip()
            assert found(office, "工本费")  # readers never wait


def test_searching_beside_an_add_finds_whole_states_only():
    """The two paragraphs of one version come together or not at all, while it is replaced."""
    with Office() as office:
        path = office.folder / "rule.md"
        stop, seen, errors = threading.Event(), [], []

        def search():
            while not stop.is_set():
                done = subprocess.run([BINARY, "--data", office.data, "search", "--json", "--top",
                                       "10", "甲数据乙数据"], capture_output=True, text=True)
                if done.returncode:
                    errors.append(done.stderr)
                    continue
                hits = [h["text"] for h in json.loads(done.stdout)["hits"]]
                seen.append({t[t.index("号") - 2:t.index("号")] for t in hits})
                if len(hits) != 2:
                    errors.append(str(hits))

        def put(i):
            path.write_text(f"# 数据办法\n\n第一条 甲数据{i:02}号。\n\n第二条 乙数据{i:02}号。\n", "utf-8")
            office.run("add", path)

        put(0)
        thread = threading.Thread(target=search)
        thread.start()
        for i in range(1, 25):
            put(i)
        stop.set()
        thread.join()
        assert not errors, errors[:3]
        assert seen and all(len(numbers) == 1 for numbers in seen), seen


def test_another_programs_files_are_refused():
    with Office() as office:
        office.data.mkdir()
        (office.data / "zhidian.db").write_bytes(b"this is not a database" * 100)
        rule = office.write("rule.md", RULE.format(word="工本费"))
        for command in (("add", rule), ("list",), ("search", "x")):
            done = office.run(*command, status=1)
            assert done.stderr.strip(), command


if __name__ == "__main__":
    run(globals())
