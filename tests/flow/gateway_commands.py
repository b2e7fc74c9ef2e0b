"""The gateway's commands: backends, models, desks, keys, quotas, usage, on a fresh office."""
import json
import os
import re
import sqlite3
import stat

import zdtest

SECRET = "sk-4f9a8c7b6d5e4f3a2b1c"


def lines(office, *command):
    return [json.loads(line) for line in office.run(*command).stdout.splitlines()]


def test_a_backend_is_listed_without_its_secret_and_kept_sealed():
    with zdtest.Office() as office:
        office.run("backend", "add", "云", "--profile", "deepseek", "--key-file",
                   office.write("key", SECRET + "\n"))
        listed = lines(office, "backend", "list", "--json")
        assert [(b["name"], b["place"], b["has_key"]) for b in listed] == \
            [("云", "in the country", True)], listed
        for name in os.listdir(office.data):
            content = (office.data / name).read_bytes()
            assert SECRET.encode() not in content, name
            assert stat.S_IMODE((office.data / name).stat().st_mode) == 0o600, name
        # a change that names no key leaves it
        office.run("backend", "add", "云", "--profile", "deepseek", "--parallel", "3")
        listed = lines(office, "backend", "list", "--json")
        assert [(b["parallel"], b["has_key"]) for b in listed] == [(3, True)], listed
        office.run("backend", "remove", "云")
        office.run("backend", "remove", "云", status=1)
        assert lines(office, "backend", "list", "--json") == []


def test_places_are_told_apart_and_abroad_needs_a_word():
    rows = [("http://10.1.2.3:8000/v1", "own room"), ("http://127.0.0.1:11434/v1", "own room"),
            ("http://[fd00::1]:8000/v1", "own room"), ("http://gpu.lan/v1", "own room"),
            ("https://ark.cn-beijing.volces.com/api/v3", "in the country"),
            ("https://model.gov.cn/v1", "in the country")]
    with zdtest.Office() as office:
        for i, (url, place) in enumerate(rows):
            office.run("backend", "add", f"b{i}", "--url", url)
        assert [b["place"] for b in lines(office, "backend", "list", "--json")] == \
            [place for _, place in rows]
        for url in ("https://api.openai.com/v1", "https://deepseek.com.example.com/v1",
                    "https://8.8.8.8/v1"):
            said = office.run("backend", "add", "x", "--url", url, status=1).stderr
            assert "--abroad" in said, said
        office.run("backend", "add", "x", "--url", "https://api.openai.com/v1", "--abroad")
        assert lines(office, "backend", "list", "--json")[-1]["place"] == "abroad"
        office.run("backend", "add", "y", "--url", "http://model.gov.cn/v1", status=1)


def test_addresses_in_odd_forms_are_refused():
    rows = ["http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
            "http://1.2.3/", "http://127.0.0.1.:80/", "http://a@127.0.0.1/",
            "http://localhost:80@10.0.0.1/", "http://[::ffff:7f00:1/", "http://[::1]x/",
            "http://10.0.0.1:0/", "http://10.0.0.1:65536/", "http://10.0.0.1:/", "http:///v1",
            "file:///etc/passwd", "gopher://10.0.0.1/", "ftp://10.0.0.1/", "//10.0.0.1/",
            "10.0.0.1", "http://10.0.0.1/v1?x=1", "http://10.0.0.1/#a", "http://10.0.0.1/a b",
            "http://１０.0.0.1/", "http://-a.lan/", "http://a..lan/", "http://a_b.lan/", "http://",
            "javascript://10.0.0.1/", "http://0x7f.1/", "http://127.0.0.0x1/",
            "HTTP://10.0.0.1/", "http://10.0.0.1\\@127.0.0.1/", "http://[10.0.0.1]/", "http://::1/"]
    with zdtest.Office() as office:
        for url in rows:
            office.run("backend", "add", "x", "--url", url, "--abroad", status=1)
        # what never is a place to go to counts as abroad even with an address
        for url in ("https://169.254.169.254/", "https://0.0.0.0/", "https://[fe80::1]/",
                    "https://[::ffff:169.254.169.254]/", "https://224.0.0.1/"):
            office.run("backend", "add", "x", "--url", url, status=1)


def test_a_public_desk_takes_only_filed_models():
    with zdtest.Office() as office:
        office.run("backend", "add", "room", "--url", "http://10.0.0.5:8000/v1")
        office.run("model", "add", "m", "--backend", "none", status=1)
        office.run("model", "add", "m", "--backend", "room", "--classes", "public,secret", status=1)
        office.run("model", "add", "m", "--backend", "room", "--classes", "public,internal",
                   "--price-in", "2", "--price-out", "8.5", "--contract", "2026-合-12")
        said = office.run("desk", "set", "public", "--model", "m", status=1).stderr
        assert "filing" in said, said
        office.run("desk", "set", "staff", "--internal", "--model", "m")
        office.run("model", "add", "m", "--backend", "room", "--filing", "Beijing-2024-001")
        office.run("desk", "set", "public", "--model", "m")
        # and stays filed while it serves one
        office.run("model", "add", "m", "--backend", "room", status=1)
        office.run("desk", "set", "public", "--model", "unknown", status=1)
        model = lines(office, "model", "list")[0]
        assert model["filing"] == "Beijing-2024-001" and model["classes"] == ["public"], model
        office.run("model", "remove", "m")
        assert lines(office, "model", "list") == []


def test_a_key_is_shown_once_and_kept_as_a_hash():
    with zdtest.Office() as office:
        made = office.run("key", "new", "热线坐席", "--department", "热线办", "--days", "30")
        secret = made.stdout.strip()
        assert re.fullmatch(r"zdkey_[0-9a-f]{64}", secret), secret
        other = office.run("key", "new", "b", "--department", "热线办").stdout.strip()
        assert other != secret
        listed = lines(office, "key", "list")
        assert [k["name"] for k in listed] == ["热线坐席", "b"]
        assert secret[6:] not in json.dumps(listed)
        for name in os.listdir(office.data):
            assert secret[6:].encode() not in (office.data / name).read_bytes(), name
        office.run("key", "new", "c", "--department", "d", "--desk", "none", status=1)
        office.run("key", "new", "c", "--department", "d", "--scope", "all", status=1)
        office.run("key", "new", "c", status=2)
        office.run("key", "revoke", listed[0]["id"])
        office.run("key", "revoke", "0" * 32, status=1)
        revoked = [k["revoked"] for k in lines(office, "key", "list")]
        assert revoked[0] > 0 and revoked[1] == 0


def test_quotas_are_set_changed_and_taken_away():
    with zdtest.Office() as office:
        office.run("quota", "set", "department", "民政科", "money", "month", "12.5")
        office.run("quota", "set", "department", "民政科", "money", "month", "13.25")
        office.run("quota", "set", "key", "*", "requests", "minute", "60")
        assert office.run("quota", "list").stdout.splitlines() == [
            "key\t*\trequests\tminute\t60", "department\t民政科\tmoney\tmonth\t13.250000"]
        office.run("quota", "remove", "key", "*", "requests", "minute")
        office.run("quota", "remove", "key", "*", "requests", "minute", status=1)
        for wrong in (["person", "a", "tokens", "day", "1"], ["key", "a", "tokens", "day", "-1"],
                      ["key", "a", "tokens", "year", "1"], ["key", "a", "money", "day", "1.1234567"]):
            office.run("quota", "set", *wrong, status=2)


def test_an_office_without_a_gateway_lists_nothing():
    with zdtest.Office() as office:
        for command in (["backend", "list"], ["model", "list"], ["key", "list"], ["quota", "list"],
                        ["desk", "list"], ["usage", "--json"]):
            assert office.run(*command).stdout == ""
        assert not office.data.exists()


def test_a_newer_file_is_refused():
    with zdtest.Office() as office:
        office.run("key", "new", "a", "--department", "d")
        with sqlite3.connect(office.data / "gateway.db") as database:
            database.execute("PRAGMA user_version = 99")
        said = office.run("key", "list", status=1).stderr
        assert "newer" in said and "gateway.db" in said, said


zdtest.run(globals())
