#!/usr/bin/env python3
"""Questions that ask several things at once, over the invented city: each part with a citation, in
order; a part without evidence says so and is not guessed."""
from zdtest import ROOT, Office, run

ID_CARD = "居民身份证补领、换领办事指南"


def add(office):
    office.run("add", "--quiet", *(ROOT / "examples" / name for name in ("guides", "rules", "faq")))


def check_whole(answer):
    """Parts, citations and the text for people agree."""
    at = 0
    for i, part in enumerate(answer["parts"]):
        found = answer["answer"].find(f"{i + 1}. {part['question']}\n", at)
        assert found >= at, (part, answer["answer"])
        at = found
        if part["citation"] is None:
            assert part["answer"] == ""
            assert f"没有找到“{part['question']}”的依据。" in answer["answer"][at:]
        else:
            cited = answer["citations"][part["citation"] - 1]
            assert part["answer"] in cited["text"], (part, cited)
            assert f"{part['answer']} [{part['citation']}]" in answer["answer"][at:]


def test_each_part_is_answered_from_its_own_place():
    with Office() as office:
        add(office)
        answer = office.ask("身份证丢了去哪补，要等多久、要多少钱？")
        assert [p["question"] for p in answer["parts"]] == ["身份证丢了去哪补", "要等多久", "要多少钱"]
        check_whole(answer)
        where, how_long, how_much = (answer["citations"][p["citation"] - 1]
                                     for p in answer["parts"])
        assert {c["title"] for c in (where, how_long, how_much)} == {ID_CARD}
        assert "办理地点" in where["path"] and "派出所" in answer["parts"][0]["answer"]
        assert "办理时限" in how_long["path"] and "六十日" in answer["parts"][1]["answer"]
        assert "收费标准" in how_much["path"] and "四十元" in answer["parts"][2]["answer"]
        assert not answer["refused"] and answer["mode"] == "extractive"


def test_a_part_without_evidence_says_so():
    with Office() as office:
        add(office)
        for question, part in (("身份证丢了去哪补，坐几路公交车去", "坐几路公交车去"),
                               ("补身份证要多少钱，月亮上有几个人", "月亮上有几个人"),
                               ("老年人优待证去哪办，坐公交要钱吗", "坐公交要钱吗")):
            answer = office.ask(question)
            assert not answer["refused"], question
            check_whole(answer)
            assert answer["parts"][0]["citation"] == 1
            assert answer["parts"][1] == {"question": part, "answer": "", "citation": None}, answer
            shown = office.run("ask", question).stdout
            assert f"没有找到“{part}”的依据" in shown


def test_one_thing_asked_is_answered_as_before():
    with Office() as office:
        add(office)
        for question in ("租房没有签合同，房东口头答应的，怎么办居住证", "身份证丢了去哪补",
                         "身份证能不能异地办，可以吗"):
            assert "parts" not in office.ask(question), question


def test_what_the_office_knows_nothing_of_stays_refused():
    with Office() as office:
        add(office)
        answer = office.ask("火星上的气温是多少，土星有几颗卫星")
        assert answer["refused"] and "parts" not in answer and answer["answer"] == ""


if __name__ == "__main__":
    run(globals())
