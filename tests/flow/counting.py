#!/usr/bin/env python3
"""Questions that are answered by counting over all rows of a table: known answers, computed here from
the rows as well; what is not certain is never counted; ordinary questions are left alone."""
import json
import random
import re
from decimal import Decimal

from officefiles import sheet_xml, xlsx
from zdtest import ROOT, SHARED, Office, run

AREAS = ["东屏区", "西浦区", "青禾县", "石梁县"]
GRADES = ["一星级", "二星级", "三星级"]
NAMES = ["松涛", "听泉", "望鹤", "揽云", "明川", "澄波", "潮生", "稻香", "石桥", "栖霞", "窑湾", "站前"]


def homes(seed=3, n=12):
    """Rows of a list of old people's homes: name, area, grade, beds, monthly fee."""
    rng = random.Random(seed)
    return [(NAMES[i] + "颐养院", rng.choice(AREAS), rng.choice(GRADES), rng.randrange(30, 400),
             Decimal(rng.randrange(120000, 480000)) / 100) for i in range(n)]


def table(rows, total=None):
    lines = ["| 序号 | 机构名称 | 区县 | 星级 | 床位数（张） | 月收费标准（元） |", "| --- | --- | --- | --- | ---: | ---: |"]
    lines += [f"| {i + 1} | {n} | {a} | {g} | {b} | {f} |" for i, (n, a, g, b, f) in enumerate(rows)]
    if total is not None:
        lines.append(f"| 合计 |  |  |  | {total} |  |")
    return "\n".join(lines)


def document(rows, total=None, title="云岫市养老机构名单（2026年度）"):
    return (f"# {title}\n\n云岫市民政局　2026年1月9日公布，自2026年1月10日起执行\n\n{table(rows, total)}\n\n"
            "注：名单每年公布一次。\n")


def ask(office, question):
    return office.ask(question)


def counted(office, question):
    answer = ask(office, question)
    assert answer["mode"] == "counted", (question, answer["mode"], answer["answer"][:80], answer["reason"])
    assert not answer["refused"] and answer["citations"]
    return answer


def first_number(answer):
    return Decimal(re.search(r"\d+(\.\d+)?", answer["answer"]).group())


def test_known_answers():
    rows = homes()
    for total in (None, sum(r[3] for r in rows)):
        with Office() as office:
            office.run("add", office.write("名单.md", document(rows, total)))
            right = n = 0

            def expect(question, number, cited=None):
                nonlocal right, n
                answer = counted(office, question)
                assert first_number(answer) == number, (question, number, answer["answer"])
                assert "按《云岫市养老机构名单（2026年度）》表1的12行" in answer["answer"]
                if cited is not None:
                    assert len(answer["citations"]) == cited, question
                n += 1

            expect("云岫市一共有多少家养老机构？", 12, 12)
            expect("养老机构有多少家", 12, 12)
            for area in {r[1] for r in rows}:
                here = [r for r in rows if r[1] == area]
                expect(f"{area}有多少家养老机构", len(here), len(here))
                if len(here) > 1:
                    expect(f"{area}的养老机构一共有多少张床位？", sum(r[3] for r in here), len(here))
                answer = counted(office, f"{area}有哪些养老机构")
                listed = answer["answer"].split("。")[0].split("：")[1].split("、")
                assert listed == [r[0] for r in here], answer["answer"]
            for grade in {r[2] for r in rows}:
                expect(f"请问{grade}的养老机构有几家？", sum(r[2] == grade for r in rows))
            expect("全市养老机构床位数合计多少", sum(r[3] for r in rows), 12)
            mean = (Decimal(sum(r[4] for r in rows)) / 12).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
            expect("养老机构月收费标准平均是多少", mean, 12)
            expect("床位数超过200张的养老机构有多少家", sum(r[3] > 200 for r in rows))
            expect("床位数不少于200张的养老机构有多少家", sum(r[3] >= 200 for r in rows))
            expect("养老机构里床位数在100张以下的有几家", sum(r[3] <= 100 for r in rows))
            for question, pick, column in (("养老机构里床位数最多的是哪家", max, 3),
                                           ("哪家养老机构床位最少", min, 3),
                                           ("月收费标准最高的养老机构是哪家", max, 4),
                                           ("养老机构月收费标准最低的是多少", min, 4)):
                answer = counted(office, question)
                best = pick(rows, key=lambda r: r[column])
                assert best[0] in answer["answer"].split("。")[0], (question, answer["answer"])
                assert str(best[column].normalize() if column == 4 else best[column]) in answer["answer"]
                assert len(answer["citations"]) == 1 and best[0] in answer["citations"][0]["text"]
            assert "按《" in office.run("ask", "养老机构有多少家").stdout


UNSURE = [
    "云岫市有多少家民办养老机构", "除东屏区外养老机构有多少家", "没有星级的养老机构有多少家",
    "2024年养老机构有多少家", "养老机构护工有多少人", "每个区有多少家养老机构", "养老机构电话是多少",
    "养老机构和医院一共有多少家", "东屏区养老机构最多能住多少人", "养老机构床位数多少", "有多少家",
    "星级养老机构有几家", "颐养院有多少家养老机构床位", "养老机构补贴最高多少", "公办养老机构有哪些",
    "离东屏区最近的养老机构是哪家", "养老机构床位最多和最少的是哪家", "养老机构收费最高的前三家是哪家",
]


def test_what_is_not_certain_is_not_counted():
    with Office() as office:
        office.run("add", office.write("名单.md", document(homes())))
        for question in UNSURE:
            answer = ask(office, question)
            assert answer["mode"] != "counted", (question, answer["answer"])


def test_a_table_that_cannot_be_trusted_is_not_counted():
    rows = homes()
    merged = ("<html><head><title>云岫市救助站名单</title></head><body><h1>云岫市救助站名单</h1><table>"
              "<tr><th>站点名称</th><th>床位数（张）</th></tr><tr><td>听泉站</td><td rowspan=2>40</td></tr>"
              "<tr><td>明川站</td></tr><tr><td>潮生站</td><td>20</td></tr></table></body></html>")
    cases = {
        "a total that does not agree": (document(rows, total=7), "养老机构床位数合计多少"),
        "an estimate": (document(rows).replace(f"| {rows[0][3]} |", "| 约50 |"), "养老机构床位数合计多少"),
        "a gap": (document(rows).replace(f"| {rows[0][3]} |", "|  |"), "养老机构床位数合计多少"),
        "two units": (document(rows).replace(f"| {rows[0][3]} |", "| 3间 |"), "养老机构床位数合计多少"),
        "a name twice": (document(rows + [rows[0]]), "养老机构有多少家"),
        "a narrower list": (document(rows, title="云岫市民办养老机构名单"), "养老机构有多少家"),
        "a table in two": (document(rows) + "\n续表\n\n" + table(rows[:3]), "养老机构有多少家"),
        "a merged number": (merged, "救助站床位数合计多少"),
    }
    for what, (text, question) in cases.items():
        with Office() as office:
            office.run("add", office.write("名单.html" if text.startswith("<") else "名单.md", text))
            answer = ask(office, question)
            assert answer["mode"] != "counted", (what, answer["answer"])
    with Office() as office: # two lists that answer differently
        office.run("add", office.write("a.md", document(rows)), office.write(
            "b.md", document(rows[:5], title="云岫市养老机构名单（2025年度）").replace("2026年1月", "2025年1月")))
        answer = ask(office, "养老机构有多少家")
        assert answer["mode"] != "counted" or first_number(answer) == 12, answer["answer"]


def test_spreadsheets_are_counted_too():
    rows = homes()
    with Office() as office:
        office.run("add", office.write("名单.xlsx", xlsx([("养老机构名单", sheet_xml(
            [["机构名称", "区县", "床位数（张）"], *[[r[0], r[1], r[3]] for r in rows]]), "visible")])))
        assert first_number(counted(office, "养老机构床位数合计多少")) == sum(r[3] for r in rows)


def taken(questions):
    """How many of the questions to the examples' office are answered by counting."""
    with Office() as office:
        for part in ("faq", "guides", "html", "jsonl", "notices", "rules", "tables", "trade"):
            office.run("add", "--quiet", ROOT / "examples" / part)
        source = office.write("q.jsonl", "\n".join(json.dumps(q, ensure_ascii=False) for q in questions))
        out = office.folder / "a.jsonl"
        office.run("ask", "--batch", source, "--out", out)
        return [a for a in map(json.loads, out.read_text(encoding="utf-8").splitlines())
                if a.get("mode") == "counted"]


def test_ordinary_questions_are_left_alone():
    questions = [json.loads(line) for line in
                 (ROOT / "examples/questions.jsonl").read_text(encoding="utf-8").splitlines()]
    found = taken([{"id": q["id"], "query": q["query"]} for q in questions])
    print(f"{len(questions)} questions of the examples: {len(found)} counted")
    for answer in found:
        print(" ", answer["question"], "→", answer["answer"].split("\n")[0])
    assert len(found) <= len(questions) // 100


if __name__ == "__main__":
    run(globals())
