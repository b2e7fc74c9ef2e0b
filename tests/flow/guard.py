#!/usr/bin/env python3
"""`zhidian guard`: what is found in a text, masks, rules, word lists; secrecy marks over ordinary
documents and the same ones with a mark."""
import json
import random

from zdtest import ROOT, SHARED, Office, run

TEXT = "我叫李雷，手机138 1234 5678，身份证11010519491231002X，单位代码91350100M000100Y43。\n"


def check(office, text, *options, status=0):
    done = office.run("guard", "check", "--json", *options, status=status, input=text)
    return json.loads(done.stdout) if status == 0 else done.stderr


def test_names_what_it_finds():
    with Office() as office:
        found = check(office, TEXT)
        assert [(f["kind"], f["text"]) for f in found["personal"]] == [
            ("name", "李雷"), ("mobile", "138 1234 5678"), ("id", "11010519491231002X"),
            ("credit_code", "91350100M000100Y43")]
        for f in found["personal"]:
            assert TEXT[f["start"]:f["end"]] == f["text"]
        assert (found["class"], found["action"]) == ("sensitive", "mask")
        masked = office.run("guard", "mask", input=TEXT).stdout
        assert "李雷" not in masked and "5678" not in masked and "91350100M000100Y43" in masked
        assert check(office, "怎么办居住证")["action"] == "pass"
        assert check(office, TEXT, "--local")["action"] == "pass"
        assert "密级" in office.run("guard", "mask", input="机密★1年\n通知\n", status=1).stderr


def test_rules_and_lists_are_kept():
    with Office() as office:
        office.data.mkdir()
        office.run("guard", "rules", "sensitive", "local")
        assert check(office, TEXT)["action"] == "local"
        office.run("guard", "rules", "secret", "pass", status=1)
        office.run("guard", "rules", "sensitive", "drop", status=1)
        words = office.write("词.txt", "# 说明\n办假证\n\n代开发票\n".encode("gb18030"))
        assert "2 词" in office.run("guard", "load", "违法", words).stderr
        found = check(office, "哪里 代*開*發*票")
        assert found["action"] == "block" and found["words"] == [
            {"list": "违法", "version": 1, "word": "代开发票", "blocks": True}]
        office.run("guard", "load", "违法", words, "--record")
        found = check(office, "哪里代开发票")
        assert found["action"] == "pass" and found["words"][0]["version"] == 2
        assert "第 2 版" in office.run("guard", "words").stdout
        bad = office.write("坏.txt", "好词\n***\n")
        assert "word 2" in office.run("guard", "load", "违法", bad, status=1).stderr
        assert "第 2 版" in office.run("guard", "words").stdout
        office.run("guard", "remove", "违法")
        office.run("guard", "remove", "违法", status=1)
        assert check(office, "哪里代开发票")["words"] == []
        office.run("guard", "load", "违法", words)
        assert "第 3 版" in office.run("guard", "words").stdout


# Words as offices list them: abuse, offers of what is forbidden, and short ones that ordinary words hold.
LISTED = ["废物", "蠢货", "骗子", "滚蛋", "去死", "白痴", "王八", "畜生", "垃圾人", "办假证", "代开发票", "刻章",
          "刷单", "套现", "高利贷", "洗钱", "赌博", "枪支", "迷药", "代考", "包过", "买卖户口", "内部关系", "加微信",
          "裸聊", "私服", "外挂", "翻墙", "黑户", "跑路", "卖肾", "传销", "假币", "偷渡", "人肉", "自杀"]


def ordinary_questions():
    for line in (ROOT / "examples/questions.jsonl").read_text().splitlines():
        yield json.loads(line)["query"]
    for line in (ROOT / "examples/dialogues.jsonl").read_text().splitlines():
        dialogue = json.loads(line)
        yield from [*dialogue["history"], dialogue["query"]]


def test_ordinary_questions_raise_no_alarm():
    with Office() as office:
        office.data.mkdir()
        office.run("guard", "load", "不当", office.write("词.txt", "\n".join(LISTED) + "\n"))
        questions = list(ordinary_questions())
        assert len(questions) > 900
        alarms = []
        for i in range(0, len(questions), 50):  # those of a batch without a word need no second look
            batch = questions[i:i + 50]
            if check(office, "。\n".join(batch))["words"]:
                alarms += [(q, w) for q in batch if (w := check(office, q)["words"])]
        print(f"        {len(alarms)} alarms at {len(questions)} ordinary questions: {alarms[:5]}")
        assert len(alarms) * 200 <= len(questions)
        assert check(office, "。\n".join([*questions[:25], "你这个废 物", *questions[25:49]]))["words"]


def test_misuse_is_told():
    with Office() as office:
        for arguments in (["guard"], ["guard", "nothing"], ["guard", "load", "x"],
                          ["guard", "rules", "personal"], ["guard", "words", "x"]):
            office.run(*arguments, status=2)


MARKS = ["机密★1年\n", "绝密★30年\n", "秘 密 ★ 6 个 月\n", "【秘密★5年】\n", "000017\n机密★10年\n特急\n",
         "絕密☆長期\n", "密级：机密\n", "秘密\n特急\n", "特急　机密★3年\n", "機密★１年\n"]


def secrecy_of(office, text):
    return check(office, text)["secrecy"]


def test_marks_are_caught_and_ordinary_texts_are_not():
    files = sorted((SHARED / "data/laws").rglob("*.md"))
    if not files:
        print(f"skipped: {SHARED}/data/laws is not here")
        return
    rng = random.Random(1)
    alarms, missed, n = [], [], 1000
    with Office() as office:
        for i, path in enumerate(rng.sample(files, n)):
            text = path.read_text(encoding="utf-8")
            if i < n // 4:  # each mark on top, inside, and at the end of a line
                mark = MARKS[i % len(MARKS)]
                lines = text.split("\n")
                lines.insert(0 if "★" not in mark and "☆" not in mark else rng.randrange(len(lines)),
                             mark.rstrip("\n"))
                if not secrecy_of(office, "\n".join(lines)):
                    missed.append((mark, path.name))
            if secrecy_of(office, text):
                alarms.append(path.name)
    print(f"{n} documents of law: {len(alarms)} false alarms; {n // 4} marked: {len(missed)} missed")
    assert not missed, missed
    assert len(alarms) <= n // 100, alarms


if __name__ == "__main__":
    run(globals())
