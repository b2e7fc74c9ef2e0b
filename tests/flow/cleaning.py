#!/usr/bin/env python3
"""`zhidian clean` on whole files: the golden pairs byte for byte, in every encoding; a real article
against an oracle of its own; refusals in one line."""
import pathlib
import re
import subprocess
import tempfile

from zdtest import BINARY, ROOT, SHARED, run

PAIRS = sorted((ROOT / "tests/golden/gloss").glob("*.in.txt"))
TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü"


def clean(path):
    return subprocess.run([BINARY, "clean", str(path)], capture_output=True)


def test_golden_pairs_come_out_byte_for_byte():
    assert len(PAIRS) >= 20
    for given in PAIRS:
        done = clean(given)
        wanted = given.with_name(given.name.replace(".in.", ".out.")).read_bytes()
        assert done.returncode == 0 and not done.stderr, (given, done)
        assert done.stdout == wanted, (given, done.stdout.decode())


def test_the_encoding_of_the_file_does_not_matter():
    with tempfile.TemporaryDirectory() as folder:
        for given in PAIRS:
            text = given.read_text(encoding="utf-8")
            wanted = given.with_name(given.name.replace(".in.", ".out.")).read_bytes()
            for encoding in ("gb18030", "utf-16", "utf-8-sig"):
                path = pathlib.Path(folder) / "text.txt"
                path.write_bytes(text.encode(encoding))
                assert clean(path).stdout == wanted, (given, encoding)


def test_what_is_no_text_is_refused_in_one_line():
    with tempfile.TemporaryDirectory() as folder:
        for name, raw in (("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), ("b.txt", b""),
                          ("c.txt", b" \n\n"), ("d.txt", "政务".encode()[:-1]),
                          ("e.txt", b"a\0b")):
            path = pathlib.Path(folder) / name
            path.write_bytes(raw)
            done = clean(path)
            assert done.returncode == 1 and not done.stdout, (name, done)
            assert len(done.stderr.decode().strip().splitlines()) == 1, (name, done)
        assert clean(pathlib.Path(folder) / "missing.txt").returncode == 1


def test_a_real_article_stands_once_as_its_author_wrote_it():
    path = SHARED / "data/web/hubei-ai-study.txt"
    if not path.exists():
        print(f"skipped: {path} is not here")
        return
    plain = re.sub(rf"\((?=[a-z{TONED}]*\))[a-z{TONED}]+\)", "", path.read_text(encoding="utf-8"))
    lines = plain.split("\n")
    title = lines[0]
    first = lines[2].removeprefix(title)
    body = [first] + lines[3:lines.index(first)]
    assert clean(path).stdout.decode() == "\n".join([title] + body) + "\n"


if __name__ == "__main__":
    run(globals())
