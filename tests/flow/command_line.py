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
            "reindex", "check", "serve"]


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
