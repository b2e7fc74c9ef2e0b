#!/usr/bin/env python3
"""What use teaches: approved and corrected answers are kept without personal data, listed, removed, and
learnt from by `train`."""
import json
import sqlite3
import struct

from zdtest import Office, run

CARD = "# 云岫市电动自行车上牌办法\n\n第一条 电动自行车上牌，到户籍地派出所办理，当场发给号牌。\n"
PARK = "# 云岫市人民公园游览须知\n\n第一条 公园每日六时开园，二十二时闭园，遛狗应当牵绳。\n"


def offered(office):
    return {d["title"]: d["id"] for d in office.documents()}


def lessons(office, *options):
    lines = office.run("lesson", "list", "--json", *options).stdout.splitlines()
    return [json.loads(line) for line in lines]


def remembered(path):
    """Questions that a model file remembers: the first number of its section MEMO."""
    data = path.read_bytes()
    for i in range(struct.unpack_from("<I", data, 8)[0]):
        tag, _, offset, _ = struct.unpack_from("<4sIQQ", data, 16 + 24 * i)
        if tag == b"MEMO":
            return struct.unpack_from("<I", data, offset)[0]
    return 0


def test_a_clerks_word_is_kept_without_personal_data():
    with Office() as office:
        office.write("文/上牌.md", CARD)
        office.write("文/公园.md", PARK)
        office.run("add", office.folder / "文")
        ids = offered(office)
        card = ids["云岫市电动自行车上牌办法"]
        question = "我叫李雷，手机13812345678，小电驴的牌子去哪弄"
        office.run("lesson", "approve", question, card, "--answer", "到户籍地派出所办理")
        office.run("lesson", "approve", question, card)
        office.run("lesson", "correct", "几点能带狗进去", ids["云岫市人民公园游览须知"])
        kept = lessons(office)
        assert [(k["kind"], k["times"]) for k in kept] == [("approved", 2), ("corrected", 1)], kept
        assert "李雷" not in kept[0]["question"] and "13812345678" not in kept[0]["question"]
        with sqlite3.connect(office.data / "lessons.db") as db:
            assert "13812345678" not in "\n".join(db.iterdump())
        assert [k["kind"] for k in lessons(office, "--kind", "corrected")] == ["corrected"]
        office.run("lesson", "remove", str(kept[0]["lesson"]))
        office.run("lesson", "remove", str(kept[0]["lesson"]), status=1)
        assert len(lessons(office)) == 1
        office.run("lesson", "approve", "问", "没有的", status=1)
        office.run("lesson", "list", "--kind", "好", status=1)


def test_training_learns_from_it():
    """A question whose words lead elsewhere finds the right document once a clerk has said so."""
    with Office() as office:
        office.write("文/上牌.md", CARD)
        office.write("文/公园.md", PARK)
        for i in range(12):
            office.write(f"文/其他{i}.md", f"# 云岫市第{i}号公告\n\n第一条 第{i}号事项自即日起按原规定执行。\n")
        office.run("add", office.folder / "文")
        card = offered(office)["云岫市电动自行车上牌办法"]
        question = "逛公园骑的小毛驴咋整"
        before = json.loads(office.run("search", question, "--json").stdout)["hits"]
        assert before[0]["document"] != card, "nothing is left to learn"
        for words in (question, "公园骑小毛驴咋整", "骑小毛驴逛公园", "逛公园的小毛驴咋整"):
            office.run("lesson", "approve", words, card)
        office.run("train", "--steps", "20", "--quick")
        after = json.loads(office.run("search", question, "--json").stdout)["hits"]
        place = [h["document"] for h in after].index(card)
        office.run("train", "--steps", "20", "--quick")
        counts = [remembered(p) for p in sorted((office.data / "models").glob("*.zdm"))]
        assert len(counts) == 2 and counts[0] == counts[1] > 0, "training again counts twice"
        assert place == 0, (place, [h["title"] for h in before], [h["title"] for h in after])


run(globals())
