#!/usr/bin/env python3
"""A thousand broken and hostile files of every format (tests/support/hostilefiles.py), each through the
program: read or refused with one line; within ten seconds of processor time for pages and 30 for the
rest; within 512 MB; no file written, nothing asked of the network, nothing taken from the disk. Then the
archives through `add`, beside one good file. ZD_LONG=1 takes all, otherwise every twelfth of the damaged,
every third of the marked and every fifth of the others."""
import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import threading

import hostilefiles
from zdtest import BINARY, Office, run

LONG = bool(os.environ.get("ZD_LONG"))
CPU_SECONDS = {"html": 10}
MEMORY_KIB = (512 + 96) * 1024  # what a reader may write to, and the programs themselves
ASAN = "ASAN_OPTIONS" in os.environ or "UBSAN_OPTIONS" in os.environ


class Sink:
    """A listener that nobody may call."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.calls = self.socket.getsockname()[1], 0
        threading.Thread(target=self.count, daemon=True).start()

    def count(self):
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.calls += 1


def read(path, folder):
    """Runs `parse` in an empty folder: (exit status, output, message, processor seconds, peak KiB)."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen([BINARY, "parse", str(path)], stdout=out, stderr=err, cwd=folder,
                                 env={**os.environ, "HOME": str(folder), "TMPDIR": str(folder)})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return (child.returncode, out.read().decode("utf-8", "strict"), err.read().decode("utf-8", "strict").strip(),
                usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def hold(group, name, wish, path, empty):
    code, out, said, cpu, peak = read(path, empty)
    what = f"{group}/{name}"
    assert code in (0, 1), f"{what}: exit {code}: {said}"
    assert cpu <= CPU_SECONDS.get(group, 30) + 2, f"{what}: {cpu:.1f} s of processor"
    assert ASAN or peak <= MEMORY_KIB, f"{what}: {peak // 1024} MiB"
    if code == 1:
        assert said and len(said.splitlines()) == 1, f"{what}: {said!r}"
    else:
        assert any("start" in json.loads(line) for line in out.split("\n") if line), f"{what}: read, but no passage"
    if wish == "refused":
        assert code == 1, f"{what}: read"
    elif wish:
        assert wish.split(":", 1)[1] not in out + said, f"{what}: what is hidden came through"
    assert not list(pathlib.Path(empty).iterdir()), f"{what}: wrote {os.listdir(empty)}"
    return code == 0, cpu, peak


def made(group, port, folder):
    """The files of a group, written to a folder: how many there would be, and (path, name, wish)."""
    step = 1 if LONG else {"damaged": 12, "marked": 3}.get(group, 5)
    done = subprocess.run([sys.executable, hostilefiles.__file__, group, str(step), str(port), folder],
                          stdout=subprocess.PIPE, check=True, timeout=300)
    told = json.loads(done.stdout)
    return told["of"], told["files"]


def test_every_hostile_file_ends_well():
    sink = Sink()
    total = 0
    for group in ("damaged", "html", "xml", "archive", "fixed"):
        n_read = worst = most = 0
        with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as empty:
            n, files = made(group, sink.port, place)
            for path, name, wish in files:
                whole, cpu, peak = hold(group, name, wish, path, empty)
                n_read, worst, most = n_read + whole, max(worst, cpu), max(most, peak)
        total += len(files)
        print(f"        {group}: {len(files)} of {n} files, {n_read} read, {len(files) - n_read} refused; at most "
              f"{worst:.1f} s of processor, {most // 1024} MiB")
    assert sink.calls == 0, f"{sink.calls} requests left"
    assert not LONG or total >= 1000, total
    print(f"        {total} files")


def test_archives_write_nothing_and_harm_no_other():
    with Office() as office:
        good = office.write("in/好.md", "# 云岫市门牌管理办法\n\n第一条 为了规范门牌，制定本办法。\n")
        made("archive", 0, str(good.parent))
        before = sorted(p for p in office.folder.rglob("*") if office.data not in p.parents)
        office.run("add", "--quiet", office.folder / "in", status=1, timeout=900, cwd=office.folder)
        after = sorted(p for p in office.folder.rglob("*") if office.data not in p.parents and p != office.data)
        assert before == after, set(after) - set(before)
        titles = [d["title"] for d in office.documents()]
        assert "云岫市门牌管理办法" in titles and good.exists()
        assert not any("root:" in hit["text"] for hit in office.search("root", "--top", "100"))
        office.run("check")


def test_a_marked_file_of_any_format_is_kept_out():
    with Office() as office:
        folder = office.folder / "in"
        folder.mkdir()
        n, files = made("marked", 0, str(folder))
        assert n >= 100, n
        done = office.run("add", folder, status=1, timeout=300)
        kept = [line for line in done.stdout.splitlines() if "quarantined" in line]
        missed = [name for path, name, _ in files if not any(pathlib.Path(path).name in line for line in kept)]
        assert not missed, f"{len(missed)} of {len(files)} came in: {missed[:20]}"
        assert office.documents() == []
        print(f"        {len(files)} of {n} files with a mark, all kept out")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    run(globals())
