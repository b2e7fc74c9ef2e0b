#!/usr/bin/env python3
"""Follow-up questions over the example documents: what they are understood as, the choice given back, a
talk on standard input, and how often they find the right passage (bench/dialogues.py)."""
import json

import dialogues
from zdtest import ROOT, Office, run


def understood(office, history, question):
    before = office.write("before.txt", "\n".join(history) + "\n")
    return json.loads(office.run("ask", "--json", "--history", before, question).stdout)


def test_what_is_left_out_is_carried():
    with Office() as office:
        office.run("add", *sorted(p for p in (ROOT / "examples").iterdir() if p.is_dir()))
        answer = understood(office, ["身份证丢了怎么补办？"], "要多少钱？")
        assert answer["question"] == "要多少钱？" and "身份证" in answer["understood"]
        assert "四十元" in answer["answer"], answer
        answer = understood(office, ["老年优待证在哪办", "要多少钱"], "那西浦区呢")
        assert "老年优待证" in answer["understood"] and answer["region"].endswith("西浦区")
        answer = understood(office, ["办护照多少钱"], "身份证丢了要不要登报声明")
        assert "护照" not in answer["understood"], answer["understood"]
        answer = understood(office, [], "身份证丢了要不要登报声明")
        assert answer["understood"] == answer["question"]

        answer = understood(office, ["居住证和护照丢了怎么补"], "要多少钱")
        assert answer["refused"] and len(answer["choices"]) == 2 and "还是" in answer["reason"]
        answer = understood(office, ["东屏区和西浦区的政务服务中心地址"], "几点上班")
        assert [c[:3] for c in answer["choices"]] == ["东屏区", "西浦区"]

        talk = office.run("ask", "--json", "--chat", input="身份证丢了怎么补办\n\n要多少钱\n" + "收费吗\n" * 9)
        answers = [json.loads(line) for line in talk.stdout.splitlines()]
        assert len(answers) == 11 and all("身份证" in a["understood"] for a in answers)


def test_follow_ups_find_the_right_passage():
    with Office() as office:
        office.run("add", *sorted(p for p in (ROOT / "examples").iterdir() if p.is_dir()))
        c = dialogues.measure(str(office.data), "a")
        assert c["n"] >= 150 and c[5] >= 0.85 * c["n"], c
        alone = dialogues.measure(str(office.data), "a", with_history=False)
        assert alone[5] < 0.7 * c["n"], alone  # they do lean on what was asked before


if __name__ == "__main__":
    run(globals())
