#!/usr/bin/env python3
"""The command line as the manual promises it: help, exit status, streams, and the shape of JSON."""
import json
import re
import subprocess

from zdtest import BINARY, ROOT, Office, run

RULE = """# 云岫市门牌管理办法

云政办规〔2024〕9号

第一条 为了规范门牌管理，制定本办法。

第二条 申请补发门牌的，应当向公安派出所提出，每块收取工本费八元。

第三条 本办法自2024年5月1日起施行。
"""
COMMANDS = ["add", "remove", "list", "show", "stats", "ask", "search", "clean", "parse", "eval",
            "reindex", "check", "serve", "watch", "jobs", "quarantine"]


def plain(*arguments, **options):
    return subprocess.run([BINARY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, **options)


def test_help_goes_to_standard_output_and_misuse_to_standard_error():
    for arguments in (["--help"], *([c, "--help"] for c in COMMANDS)):
        done = plain(*arguments)
        assert done.returncode == 0 and done.stdout and not done.stderr, arguments
    for arguments in ([], ["nonsense"], ["--nonsense"], ["ask"], ["ask", "a", "b"],
                      ["ask", "--nonsense", "a"], ["ask", "--as-of", "2024-02-30", "a"],
                      ["ask", "--as-of"], ["ask", "--json=1", "a"], ["search", "--top", "0", "a"],
                      ["search", "--top", "1001", "a"], ["search", "--top", "x", "a"],
                      ["add"], ["add", "--id", "x", "a", "b"], ["remove"], ["show"],
                      ["ask", "--batch", "q"], ["list", "extra"]):
        done = plain(*arguments)
        assert done.returncode == 2 and done.stderr and not done.stdout, arguments


def test_an_office_that_is_not_there_is_one_clear_line():
    with Office() as office:
        for arguments in (["ask", "门牌"], ["list"], ["stats"], ["check"]):
            done = office.run(*arguments, status=1)
            assert len(done.stderr.strip().splitlines()) == 1 and not done.stdout, done


def test_a_rule_goes_in_and_its_clause_comes_out():
    with Office() as office:
        path = office.write("门牌办法.md", RULE)
        done = office.run("add", path)
        assert "added" in done.stdout and "1 added" in done.stderr, done
        answer = office.ask("补办门牌要交多少钱？")
        assert set(answer) >= {"id", "question", "understood", "answer", "mode", "refused", "reason",
                               "confidence", "took_ms", "citations"}, answer
        assert not answer["refused"] and "八元" in answer["answer"], answer
        assert answer["mode"] == "extractive" and 0 <= answer["confidence"] <= 1
        first = answer["citations"][0]
        assert set(first) >= {"document", "version", "title", "issuer", "number", "path", "page",
                              "start", "end", "text", "effective", "expires", "status", "url"}, first
        assert first["title"] == "云岫市门牌管理办法" and first["number"] == "云政办规〔2024〕9号"
        assert "第二条" in first["path"] and first["status"] == "in force"
        assert first["effective"] == "2024-05-01" and first["expires"] == ""
        assert "\x1b" not in office.run("ask", "门牌").stdout, "no colours where no terminal reads"


def test_spans_count_characters_of_the_stored_text():
    with Office() as office:
        path = office.write("𠀀门牌办法.md", "# 𠀀门牌管理办法\n\n" + RULE.split("\n", 1)[1])
        office.run("add", path)
        text = None
        for line in office.run("parse", path).stdout.splitlines():
            passage = json.loads(line)
            if passage.get("number") == "第二条":
                text = passage
        citation = office.ask("补办门牌要交多少钱？")["citations"][0]
        cited = citation["text"]
        assert citation["end"] - citation["start"] == len(cited), citation
        assert cited in text["text"] and text["start"] <= citation["start"] <= text["end"]


def test_a_citation_names_the_part_of_a_long_clause():
    with Office() as office:
        office.write("a.md", "# 云岫市犬只管理办法\n\n云政办规〔2024〕3号\n\n"
                     "第一条 为了规范养犬行为，维护公共秩序，制定本办法。\n\n"
                     "第二条 养犬人应当自取得犬只之日起三十日内，到犬只饲养地的公安派出所办理养犬登记，提交身份证件、"
                     "住所证明和犬只免疫证明；登记机关应当当场核对，符合条件的发给养犬登记证和电子标识。"
                     "登记证有效期为一年，期满前三十日内办理延续；住所变更、犬只转让、走失或者死亡的，自变更之日起十五日内办理"
                     "变更或者注销登记。登记证遗失的，凭身份证件补领。公安机关建立养犬管理信息系统，与农业农村、住房城乡建设、"
                     "市场监督管理等部门共享登记、免疫、经营和处罚信息，并向社会公布登记地点、时间、材料和监督电话，接受查询和"
                     "投诉。居民委员会、村民委员会、业主委员会可以就养犬事项订立公约，劝阻不文明养犬行为。\n\n"
                     "携犬外出应当由成年人用一点五米以下的犬绳牵引，主动避让老年人、残疾人、孕妇和儿童，并即时清除犬只"
                     "排泄的粪便；乘坐电梯应当避开高峰时段，并为犬只佩戴嘴套。\n\n"
                     "下列场所禁止携犬进入：\n\n（一）机关、医院、学校；\n\n（二）商场、饭店、公共汽车；\n\n"
                     "（三）设有禁止携犬标志的公园。\n\n第三条 本办法自2024年6月1日起施行。\n")
        office.run("add", office.folder / "a.md")
        path = office.ask("携犬外出犬绳要多长？")["citations"][0]["path"]
        assert path.endswith("第二条第二款"), path


def test_parse_prints_what_add_stores():
    with Office() as office:
        lines = [json.loads(line) for line in
                 office.run("parse", office.write("a.md", RULE)).stdout.splitlines()]
        assert lines[0]["document"]["effective"] == "2024-05-01"
        assert [p["number"] for p in lines[1:] if p["kind"] == "clause"] == ["第一条", "第二条", "第三条"]


def test_text_of_documents_cannot_steer_the_terminal():
    with Office() as office:
        evil = RULE.replace("八元", "八元\x1b]0;x\x07\u202e")
        office.run("add", office.write("evil.md", evil))
        shown = office.run("ask", "补办门牌要交多少钱？").stdout
        assert "\x1b" not in shown and "\x07" not in shown and "\u202e" not in shown


def test_the_readme_names_only_commands_that_exist():
    named = set(re.findall(r"zhidian (?:--data \S+ )?([a-z]+)", (ROOT / "README.md").read_text("utf-8")))
    assert named and named <= set(COMMANDS) | {"bench"}, named - set(COMMANDS)


run(globals())
