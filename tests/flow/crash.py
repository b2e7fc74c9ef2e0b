#!/usr/bin/env python3
"""kill -9 at any moment of an add of 200 files: the office opens, is sound, holds nothing twice and
nothing half, and adding again completes it. The unit test ingest/crash kills between the commits
of one run; here it is the program as shipped, with replacing and removing in the mix."""
import random
import subprocess
import time

from zdtest import BINARY, Office, run

N_FILES = 200
N_ROUNDS = 25


def text(i, edition):
    return (f"# 云岫市第{i}号办法\n\n" +
            "\n\n".join(f"第{k}条 {edition}第{i}号文件的第{k}款内容，犬只应当登记。" for k in range(1, 9)))


def put(office, edition):
    for i in range(N_FILES):
        office.write(f"in/f{i:03}.md", text(i, edition))


def kill_after(seconds, *arguments):
    """Runs a command and kills it after a time; True where it was still running."""
    process = subprocess.Popen([BINARY, *map(str, arguments)], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def test_kill_at_random_points_of_adding_and_replacing():
    dice = random.Random(20260301)
    with Office() as office:
        put(office, "甲版")
        begun = time.monotonic()
        office.run("add", "--quiet", office.folder / "in")
        whole = time.monotonic() - begun
        killed = number = 0
        while number < N_ROUNDS or (killed < 3 and number < 20 * N_ROUNDS):
            number += 1
            edition = f"第{number}版"
            put(office, edition)
            killed += kill_after(dice.random() * whole * 1.1, "--data", office.data, "add",
                                 "--quiet", office.folder / "in")
            office.run("check")
            documents = office.documents()
            assert len(documents) == len({d["id"] for d in documents}) == N_FILES
        assert killed >= 3, "nothing was hit; the machine is too fast for this test"
        office.run("add", "--quiet", office.folder / "in")
        office.run("check")
        assert len(office.documents()) == N_FILES
        hits = office.search(f"第{number}版第7号文件的第3款内容", "--top", "20")
        assert all(f"第{number}版" in hit["text"] for hit in hits), hits[:2]


def test_kill_while_the_first_office_is_made():
    dice = random.Random(7)
    for _ in range(10):
        with Office() as office:
            put(office, "甲版")
            kill_after(dice.random() * 0.05, "--data", office.data, "add", "--quiet",
                       office.folder / "in")
            office.run("add", "--quiet", office.folder / "in")
            office.run("check")
            assert len(office.documents()) == N_FILES


def test_kill_while_removing():
    dice = random.Random(11)
    with Office() as office:
        put(office, "甲版")
        office.run("add", "--quiet", office.folder / "in")
        left = {d["id"] for d in office.documents()}
        while len(left) > N_FILES // 2:
            some = sorted(left)[:10]
            kill_after(dice.random() * 0.03, "--data", office.data, "remove", *some)
            office.run("check")
            now = {d["id"] for d in office.documents()}
            assert now <= left and left - now <= set(some)
            if now == left:
                office.run("remove", *some)
                now -= set(some)
            left = now


if __name__ == "__main__":
    run(globals())
