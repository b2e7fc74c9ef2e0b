#!/usr/bin/env python3
"""How well and how fast each format is read: characters, articles, table cells, pages a second.

    bench/formats.py LAWS [ZHIDIAN] [--documents N] [--keep FOLDER]

Takes N of the Markdown laws below LAWS (every so manyth by name), lets pandoc, LibreOffice and Chromium
write them as DOCX, ODT, EPUB, HTML, DOC, RTF and PDF, writes pages of a site, mail and OFD itself
(tests/support/lawfiles.py: five ways in which writers of OFD place their words), and tables as XLSX, XLS,
ODS and CSV, reads everything with `zhidian parse`, and holds it against the text that went in:

    characters   share of the source's characters found again, in their order
    articles     articles of the source that are one passage with the same number and words
    scans        share of the characters of pages drawn at 300 dots an inch (pdftoppm) found again
    cells        table cells found again under their whole header path
    documents/s  whole runs of the program, beside pandoc and LibreOffice to plain text on the same
                 files; and the cost of the sandbox, as documents a second within one `add`

Needs pandoc, LibreOffice, Chromium and Poppler's tools (Debian: pandoc libreoffice-writer
libreoffice-calc chromium poppler-utils).
"""
import argparse
import csv
import difflib
import json
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/support"))
import lawfiles  # noqa: E402

# .lo: written by LibreOffice, as are doc, rtf and pdf; .chromium: printed; .site and the rest: by us
OURS = {"html.site": lawfiles.web_page, "mhtml": lawfiles.mhtml, "eml": lawfiles.mail} | {
    f"ofd.{way}": lambda law, way=way: lawfiles.fixed_pages(law, way) for way in lawfiles.OFD_WRITERS}
FORMATS = ("docx", "odt", "epub", "html", "docx.lo", "odt.lo", "doc", "rtf", "pdf", "pdf.chromium", *OURS)
SCANS = {"pdf": "scans.lo", "pdf.chromium": "scans.chromium"}


def run(*command, **options):
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=900, check=False, **options)


def squeezed(text):
    return re.sub(r"\s+", "", text)


def lines_of(markdown):
    """The words of a law as Markdown: its lines without marks."""
    for _, words in lawfiles.of_markdown(markdown):
        yield squeezed(words)


def recovered(lines, text):
    """Characters of the lines that stand in the text in the same order, and of all lines."""
    found = total = at = 0
    for line in lines:
        total += len(line)
        place = text.find(line, at)
        if place >= 0:
            found += len(line)
            at = place + len(line)
        elif line in text:
            found += len(line)  # elsewhere: notes, the title
    return found, total


def parsed(zhidian, path):
    done = run(zhidian, "parse", path)
    if done.returncode != 0:
        return None
    head, *passages = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return head["document"], passages


def articles(passages):
    return {(p["number"], squeezed(p["text"])) for p in passages if p["kind"] == "clause"}


def to_libreoffice(kind, sources, out):
    run("soffice", "--headless", "--convert-to", kind, "--outdir", out, *sources)


def to_chromium(page, pdf):
    run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
        f"--user-data-dir={pdf.parent.parent}/profile", f"--print-to-pdf={pdf}", page)


def make_ours(folder, source, text):
    law = list(lawfiles.of_markdown(text))
    for kind, maker in OURS.items():
        (folder / kind).mkdir(exist_ok=True)
        (folder / kind / f"{source.stem}.{kind.split('.')[0]}").write_bytes(maker(law))
    for kind in ("pdf.chromium", "print"):
        (folder / kind).mkdir(exist_ok=True)
    page = folder / "print" / f"{source.stem}.html"
    page.write_bytes(lawfiles.printed_page(law, 12))
    to_chromium(page, folder / "pdf.chromium" / f"{source.stem}.pdf")


def draw(folder, pdfs, scans):
    """The first page of every fifth as a scanner gives it: 300 dots an inch, grey."""
    (folder / scans).mkdir(exist_ok=True)
    for pdf in sorted((folder / pdfs).glob("*.pdf"))[::5]:
        run("pdftoppm", "-r", "300", "-gray", "-png", "-l", "1", "-singlefile", pdf, folder / scans / pdf.stem)


def make(laws, folder, count):
    files = sorted(f for f in laws.rglob("*.md") if f.stat().st_size < 120_000)
    chosen = files[::max(1, len(files) // count)][:count]
    for i, file in enumerate(chosen):
        text = re.sub(r"<!--.*?-->", "", file.read_text(encoding="utf-8"), flags=re.S)
        source = folder / "md" / f"{i:03}.md"
        source.parent.mkdir(exist_ok=True)
        source.write_text(text, encoding="utf-8")
        make_ours(folder, source, text)
        for kind in ("docx", "odt", "epub", "html"):
            (folder / kind).mkdir(exist_ok=True)
            done = run("pandoc", "-f", "markdown-smart-fancy_lists-startnum-example_lists-raw_html+hard_line_breaks",
                       "-s", "--metadata", f"title={i}", source, "-o", folder / kind / f"{i:03}.{kind}")
            if done.returncode != 0:
                sys.exit(done.stderr.decode())
    docx = sorted((folder / "docx").glob("*.docx"))
    odt = sorted((folder / "odt").glob("*.odt"))
    (folder / "odt.lo").mkdir(exist_ok=True)
    (folder / "docx.lo").mkdir(exist_ok=True)
    to_libreoffice("odt", docx, folder / "odt.lo")
    to_libreoffice("docx", odt, folder / "docx.lo")
    to_libreoffice("doc", docx, folder / "doc")
    to_libreoffice("rtf", docx, folder / "rtf")
    to_libreoffice("pdf", odt, folder / "pdf")
    for pdfs, scans in SCANS.items():
        draw(folder, pdfs, scans)


def measure_texts(zhidian, folder):
    sources = sorted((folder / "md").glob("*.md"))
    known = {s.stem: (list(lines_of(s.read_text(encoding="utf-8"))),
                      articles((parsed(zhidian, s) or ({}, []))[1])) for s in sources}
    for kind in FORMATS:
        found = total = n_articles = n_found = n_failed = 0
        begun = time.perf_counter()
        files = sorted((folder / kind).glob("*.*"))
        read = [(f, parsed(zhidian, f)) for f in files]
        seconds = time.perf_counter() - begun
        for file, result in read:
            if result is None:
                n_failed += 1
                continue
            lines, want = known[file.stem]
            cleaned = run(zhidian, "clean", file).stdout.decode()
            a, b = recovered(lines, squeezed(cleaned))
            found, total = found + a, total + b
            n_articles += len(want)
            n_found += len(want & articles(result[1]))
        print(f"{kind:12} {len(files):4} files  characters {found / max(total, 1):.5f}  "
              f"articles {n_found}/{n_articles} = {n_found / max(n_articles, 1):.4f}  "
              f"failed {n_failed}  {len(files) / max(seconds, 1e-9):.0f} documents/s")


def measure_scans(zhidian, folder, pdfs, scans):
    """Held against what pdftotext finds on the page that was drawn."""
    found = total = n = 0
    begun = time.perf_counter()
    for file in sorted((folder / scans).glob("*.png")):
        want = squeezed(run("pdftotext", "-l", "1", folder / pdfs / f"{file.stem}.pdf", "-")
                        .stdout.decode())
        said = squeezed(run(zhidian, "clean", file).stdout.decode())
        blocks = difflib.SequenceMatcher(None, want, said, autojunk=False).get_matching_blocks()
        found, total, n = found + sum(b.size for b in blocks), total + len(want), n + 1
    seconds = time.perf_counter() - begun
    print(f"{scans:14} {n:4} pages  characters {found / max(total, 1):.5f}  {n / seconds:.2f} pages/s")


def pages_of(files):
    return sum(int(re.search(rb"Pages:\s+(\d+)", run("pdfinfo", f).stdout)[1]) for f in files)


def measure_pages(zhidian, folder):
    """PDF page by page, beside pdftotext on the same files; and the largest reader."""
    files = sorted((folder / "pdf").glob("*.pdf"))
    n = pages_of(files)
    for name, command in (("zhidian", (zhidian, "parse")), ("pdftotext", ("pdftotext",))):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        for file in files:
            run(*command, file, *(("-",) if name == "pdftotext" else ()))
        seconds = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{name} pdf: {n} pages  {n / seconds:.0f} pages/s  {1000 * cpu / n:.2f} ms of "
              f"processor a page  largest process {after.ru_maxrss // 1024} MiB so far")


def measure_peers(folder):
    for kind, peer in (("docx", "pandoc"), ("odt", "pandoc"), ("epub", "pandoc"),
                       ("docx", "soffice"), ("doc", "soffice"), ("rtf", "soffice")):
        files = sorted((folder / kind).glob("*.*"))
        begun = time.perf_counter()
        if peer == "pandoc":
            for file in files:
                run("pandoc", "-t", "plain", file)
        else:
            with tempfile.TemporaryDirectory() as out:
                run("soffice", "--headless", "--convert-to", "txt:Text", "--outdir", out, *files)
        print(f"{peer} {kind}: {len(files) / (time.perf_counter() - begun):.1f} documents/s")


def table(seed, rows):
    """A table of made-up fees: header, rows."""
    rng = random.Random(seed)
    header = ["序号", "收费项目", "收费标准（元）", "办理时限", "生效日期", "代码"]
    out = []
    for i in range(rows):
        out.append([str(i + 1), "项目" + rng.choice("甲乙丙丁戊己") + str(rng.randrange(1000)),
                    f"{rng.randrange(1, 100000) / 100:.2f}", rng.choice(("当场", "3日", "5个工作日")),
                    f"20{rng.randrange(10, 25)}年{rng.randrange(1, 13)}月{rng.randrange(1, 29)}日",
                    f"{rng.randrange(10000):06}"])
    return header, out


def measure_tables(zhidian, folder, count):
    (folder / "csv").mkdir(exist_ok=True)
    for i in range(count):
        with open(folder / "csv" / f"{i:03}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            header, rows = table(i, 40)
            writer.writerows([header] + rows)
    sources = sorted((folder / "csv").glob("*.csv"))
    infilter = "--infilter=CSV:44,34,76,1,1/2/2/2/3/2/4/2/5/2/6/2"  # every column as text
    for kind in ("xlsx", "xls", "ods"):
        run("soffice", "--headless", infilter, "--convert-to", kind, "--outdir", folder / kind,
            *sources)
    for kind in ("csv", "xlsx", "xls", "ods"):
        n = n_right = 0
        for i, file in enumerate(sorted((folder / kind).glob("*.*"))):
            header, rows = table(i, 40)
            passages = (parsed(zhidian, file) or ({}, []))[1]
            texts = [(p["text"].split("\t"), p["context"].split(" | ")) for p in passages
                     if p["kind"] == "row"]
            for k, row in enumerate(rows):
                n += len(row)
                if k < len(texts):
                    cells, paths = texts[k]
                    n_right += sum(a == b and c == d for a, b, c, d in
                                   zip(cells, row, paths, header))
        print(f"{kind:8} {count:4} files  cells {n_right}/{n} = {n_right / max(n, 1):.4f}")


def measure_sandbox(zhidian, folder):
    for kind in ("md", "docx", "odt", "epub", "doc", "rtf", "pdf"):
        with tempfile.TemporaryDirectory() as office:
            begun = time.perf_counter()
            done = run(zhidian, "--data", f"{office}/o", "add", "--quiet", folder / kind)
            seconds = time.perf_counter() - begun
        n = len(list((folder / kind).glob("*.*")))
        print(f"add {kind:5} {n / seconds:.0f} documents/s  {done.stderr.decode().splitlines()[-1]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("laws", type=pathlib.Path)
    parser.add_argument("zhidian", nargs="?", default=str(ROOT / "build/src/cli/zhidian"))
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = options.keep or pathlib.Path(place)
        folder.mkdir(exist_ok=True)
        if not (folder / "md").exists():
            make(options.laws, folder, options.documents)
        measure_texts(options.zhidian, folder)
        measure_tables(options.zhidian, folder, min(options.documents, 20))
        for pdfs, scans in SCANS.items():
            measure_scans(options.zhidian, folder, pdfs, scans)
        measure_pages(options.zhidian, folder)
        measure_sandbox(options.zhidian, folder)
        measure_peers(folder)


main()
