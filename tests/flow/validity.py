#!/usr/bin/env python3
"""Validity from the text to the answer: the pairs written by hand, and the families of versions in
the national laws. Needs ../shared for the second; skips it where that is absent."""
import collections
import datetime
import json
import re

from zdtest import ROOT, SHARED, Office, run

DAY = datetime.timedelta(days=1)


def in_force(version, day):
    """From the interval that the program computed; an unknown beginning is not in force."""
    return (version["valid_from"] != "" and version["valid_from"] <= day and
            (version["valid_to"] == "" or day <= version["valid_to"]))


def versions_by_source(office):
    found = {}
    for document in office.documents():
        for version in office.show(document["id"])["versions"]:
            found[version["source"]] = version
    return found


def test_pairs_written_by_hand():
    wrong, checked = [], 0
    for line in (ROOT / "tests/golden/validity/pairs.jsonl").read_text("utf-8").splitlines():
        pair = json.loads(line)
        for order in (("old", "new"), ("new", "old")):
            with Office() as office:
                # side by side in two folders: names of the two may be equal
                paths = {s: office.write(f"{s}/{pair[s]['name']}", pair[s]["text"])
                         for s in ("old", "new")}
                for side in order:
                    office.run("add", paths[side])
                found = versions_by_source(office)
                for day, expected in pair["as_of"]:
                    alive = [s for s in ("old", "new")
                             if in_force(found[str(paths[s].resolve())], day)]
                    got = {0: "none", 1: (alive or ["none"])[0], 2: "both"}[len(alive)]
                    checked += 1
                    if got != expected:
                        wrong.append((pair["id"], order[0] + " first", day, got, expected))
    print(f"        {checked - len(wrong)} of {checked} days right")
    assert not wrong, wrong


def families(folder):
    """Files of one title with different days in their names: name → [(day, path)]."""
    found = collections.defaultdict(list)
    for path in sorted(folder.rglob("*.md")):
        match = re.fullmatch(r"(.+?)\((\d{4}-\d\d-\d\d)\)", path.stem)
        if match:
            found[match[1]].append((match[2], path))
    return {name: sorted(files) for name, files in found.items()
            if len({day for day, _ in files}) > 1}


def stated_beginning(text, issued):
    """The day a law takes effect as its head or its last articles say, if not before its issue."""
    head, *_ = text.partition("<!-- INFO END -->")
    for year, month, day in (re.findall(r"(\d{4})年(\d{1,2})月(\d{1,2})日 施行", head) or reversed(
            re.findall(r"自\s*(\d{4})年(\d{1,2})月(\d{1,2})日起(?:施行|实施|生效)", text))):
        date = f"{year}-{int(month):02}-{int(day):02}"
        return max(date, issued)
    return issued


def test_families_of_national_laws():
    folder = SHARED / "data/laws/national"
    if not folder.exists():
        print(f"        skipped: {folder} is not here")
        return
    all_families = families(folder)
    assert len(all_families) >= 70, len(all_families)
    joined = ended = answers = 0
    wrong = []
    with Office() as office:
        for files in all_families.values():
            for _, path in files:
                office.run("add", "--quiet", path)
        found = versions_by_source(office)
        by_source = {}
        for document in office.documents():
            for version in office.show(document["id"])["versions"]:
                by_source[version["source"]] = document["id"]
        for name, files in all_families.items():
            ids = {by_source[str(path.resolve())] for _, path in files}
            joined += len(ids) == 1
            if len(ids) != 1:
                wrong.append((name, "not one document"))
                continue
            days = [stated_beginning(p.read_text("utf-8"), d) for d, p in files]
            for i, ((_, older), (day, newer)) in enumerate(zip(files, files[1:])):
                old, new = found[str(older.resolve())], found[str(newer.resolve())]
                begins = days[i + 1]
                eve = str(datetime.date.fromisoformat(begins) - DAY)
                if new["valid_from"] != begins or old["valid_to"] != eve:
                    wrong.append((name, old["valid_to"], new["valid_from"], begins))
                    continue
                ended += 1
                assert old["status"] in ("superseded", "in force"), old
        for name, asked, day, edition in (
                ("公司法", "公司法 股东出资期限", "2024-03-01", "2018-10-26"),
                ("公司法", "公司法 股东出资期限", "2024-07-01", "2023-12-29"),
                # the amended text itself names no day; the decision that does is not among the files
                ("民事诉讼法", "民事诉讼法 管辖", "2023-08-31", "2021-12-24"),
                ("民事诉讼法", "民事诉讼法 管辖", "2023-09-01", "2023-09-01"),
                ("行政复议法", "行政复议法 申请期限", "2023-12-31", "2017-09-01"),
                ("行政复议法", "行政复议法 申请期限", "2024-01-01", "2023-09-01")):
            want = next((v for d, p in all_families[name] if d == edition
                         for v in [found[str(p.resolve())]]), None)
            assert want, (name, edition)
            answer = office.ask(asked, "--as-of", day)
            for citation in answer["citations"]:
                assert citation["status"] == "in force", (day, citation)
                if citation["title"].endswith(name):
                    assert citation["effective"] == (want["valid_from"] or want["effective"]), (
                        day, citation, want)
                    answers += 1
    total = sum(len(files) - 1 for files in all_families.values())
    print(f"        {joined} of {len(all_families)} families are one document, "
          f"{ended} of {total} successions on the right day, {answers} citations checked")
    assert answers > 0
    assert joined == len(all_families) and ended == total, wrong


def test_a_dead_rule_never_leads():
    old = ("# 云岫市停车场管理办法\n\n第一条 占道停车每小时收费三元。\n\n"
           "第二条 本办法自2016年9月1日起施行。\n")
    new = ("# 云岫市停车管理条例\n\n第一条 占道停车每小时收费五元。\n\n"
           "第二条 本条例自2023年8月1日起施行。《云岫市停车场管理办法》同时废止。\n")
    with Office() as office:
        office.run("add", office.write("old.md", old), office.write("new.md", new))
        for day, fee in ((None, "五元"), ("2023-08-01", "五元"), ("2023-07-31", "三元")):
            answer = office.ask("占道停车每小时收费多少", *(["--as-of", day] if day else []))
            assert not answer["refused"], answer
            assert fee in answer["answer"], (day, answer["answer"])
            assert answer["citations"][0]["status"] == "in force"
        answer = office.ask("占道停车每小时收费多少", "--as-of", "2010-01-01")
        assert answer["refused"] or all(c["status"] != "in force" for c in answer["citations"])
        titles = {d["title"]: d["id"] for d in office.documents()}
        office.run("remove", titles["云岫市停车管理条例"])
        assert "三元" in office.ask("占道停车每小时收费多少")["answer"]


if __name__ == "__main__":
    run(globals())
