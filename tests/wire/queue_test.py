#!/usr/bin/env python3
"""The queue of the server: queue_test.py ZHIDIAN

200 files go in; the server is killed at random moments and started again until all is done; each
document is then there once and whole, each job has one end, and one bad file has stopped nobody.
"""
import contextlib
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
import zipfile
from urllib.parse import urlencode

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "../support"))
from raw import Server, Wire  # noqa: E402
from officefiles import docx, paragraph  # noqa: E402
from pdffiles import slow_scan  # noqa: E402

PROGRAM = None
COUNT = 200
LONG_KILLS = 100


def law(i):
    return (f"# 云岫市第{i}号试验办法\n\n云试规〔2024〕{i}号\n\n第一条 为了第{i}次试验，制定本办法。\n\n"
            f"第二条 本办法自2024年{i % 12 + 1}月1日起施行。\n").encode()


def archive(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


class Client:
    def __init__(self, server, token):
        self.wire, self.token = Wire(server.port), token

    def call(self, method, path, body=None, **query):
        target = path + ("?" + urlencode(query) if query else "")
        head = (f"{method} {target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {self.token}\r\n"
                f"Content-Length: {len(body or b'')}\r\n\r\n")
        self.wire.send(head.encode() + (body or b""))
        reply = self.wire.reply()
        return reply.status, json.loads(reply.body) if reply.body else None

    def counts(self):
        return self.call("GET", "/api/v1/jobs")[1]["counts"]


def wait_for(condition, seconds=300):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("it took too long")
        time.sleep(0.05)


class Queue(unittest.TestCase):
    def test_a_batch_survives_kills(self):
        rng = random.Random(11)
        server = Server(PROGRAM, args=["--quiet"])
        data, token, place = server.data, server.token(), server.folder
        client = Client(server, token)
        jobs = []
        for i in range(COUNT):
            bad = i % 20 == 7
            body = b"\x00\x01\x02" * 50 + bytes([i]) if bad else law(i)
            status, job = client.call("POST", "/api/v1/documents", body, name=f"{i}.md", queue=1)
            self.assertEqual(status, 202, job)
            jobs.append((job["job"], bad))
        kills, most = 0, LONG_KILLS if os.environ.get("ZD_LONG") else 8
        while kills < most:
            done = client.counts()
            target = done["done"] + done["failed"] + rng.randrange(0, 2 * (COUNT // most))
            try:
                wait_for(lambda: (lambda c: c["done"] + c["failed"] >= min(target, COUNT))(
                    client.counts()), 120)
                time.sleep(rng.random() * 0.03)  # anywhere within a job, not where its end is seen
            finally:
                server.process.kill()
                server.process.wait()
                kills += 1
            server = Server(PROGRAM, data=data, args=["--quiet"])
            client = Client(server, token)
        wait_for(lambda: client.counts()["waiting"] + client.counts()["running"] == 0)
        counts = client.counts()
        self.assertEqual((counts["done"], counts["failed"]), (COUNT - COUNT // 20, COUNT // 20))
        for one, bad in jobs:
            job = client.call("GET", f"/api/v1/jobs/{one}")[1]
            self.assertEqual((job["state"], bool(job["reason"])),
                             ("failed", True) if bad else ("done", False), job)
            if not bad:
                self.assertEqual(job["outcome"], "added", job)
        listed = []
        after = {}
        while True:
            page = client.call("GET", "/api/v1/documents", limit=100, **after)[1]
            listed += page["documents"]
            if not page["next"]:
                break
            after = {"after": page["next"]}
        self.assertEqual(len(listed), COUNT - COUNT // 20)
        self.assertEqual(len({d["title"] for d in listed}), len(listed))
        self.assertTrue(all(d["versions"] == 1 for d in listed))
        server.stop()
        checked = subprocess.run([PROGRAM, "--data", data, "check"], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        print(f"{COUNT} files, {kills} kills, {counts}")
        place.cleanup()

    def test_what_somebody_waits_for_goes_first_and_unknown_jobs_are_unknown(self):
        with Server(PROGRAM, args=["--quiet"]) as server:
            client = Client(server, server.token())
            first = [client.call("POST", "/api/v1/documents", law(i), name=f"{i}.md", queue=1)[1]
                     for i in range(30)]
            urgent = client.call("POST", "/api/v1/documents", law(99), name="99.md", queue=1,
                                 priority=9)[1]
            wait_for(lambda: client.call("GET", f"/api/v1/jobs/{urgent['job']}")[1]["state"] == "done")
            wait_for(lambda: client.counts()["done"] == 31)
            ended = sorted((client.call("GET", f"/api/v1/jobs/{j['job']}")[1]["finished"], j["job"])
                           for j in [*first, urgent])
            # those that had begun or ended before it came may stand in front of it
            self.assertLess([j for _, j in ended].index(urgent["job"]), 31)
            self.assertEqual(client.call("GET", "/api/v1/jobs/none")[0], 404)
            self.assertEqual(client.call("POST", "/api/v1/documents", b"", name="a", queue=1)[0], 400)

    def test_a_file_is_shown_without_being_stored(self):
        with Server(PROGRAM, args=["--quiet"]) as server:
            client = Client(server, server.token())
            body = docx(paragraph("云岫市办法", "t") + paragraph("为了试验。", numbering=(1, 0)))
            status, shown = client.call("POST", "/api/v1/parse", body, name="a.docx")
            self.assertEqual(status, 200)
            self.assertEqual((shown["document"]["format"], shown["document"]["title"]),
                             ("docx", "云岫市办法"))
            self.assertEqual([p["number"] for p in shown["passages"]], ["第一条"])
            self.assertEqual(client.call("POST", "/api/v1/parse", b"\x00\x01" * 90, name="a")[0], 422)
            self.assertEqual(client.call("GET", "/api/v1/documents")[1]["documents"], [])

    def test_a_person_takes_back_and_tries_again_on_the_command_line(self):
        server = Server(PROGRAM, args=["--quiet"])
        client = Client(server, server.token())
        bad = client.call("POST", "/api/v1/documents", b"\x00\x01" * 50, name="bad", queue=1)[1]["job"]
        wait_for(lambda: client.counts()["failed"] == 1)
        server.process.kill()
        server.process.wait()

        def jobs(*arguments, status=0):
            done = subprocess.run([PROGRAM, "--data", server.data, "jobs", *arguments],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, status, done.stderr)
            return done.stdout

        self.assertIn(f"{bad}\tfailed", jobs("list"))
        jobs("cancel", bad, status=1)  # it does not wait
        jobs("retry", bad)
        self.assertIn(f"{bad}\twaiting", jobs("list"))
        jobs("retry", bad, status=1)
        jobs("cancel", bad)
        self.assertIn("cancelled", jobs("list"))
        jobs("retry", bad, status=1)  # its bytes are gone
        jobs("cancel", "none", status=1)
        server.folder.cleanup()

    def test_an_archive_becomes_a_job_for_each_of_its_files(self):
        files = {f"{i}.md": law(i) for i in range(12)} | {
            "下/坏.bin": b"\x00\x01" * 50, "里.zip": archive({"a.md": law(50)}), "密.md": "机密★1年\n".encode() + law(60)}
        with Server(PROGRAM, args=["--quiet"]) as server:
            client = Client(server, server.token())
            for name, queue in (("批.zip", 1), ("再.zip", 0)):  # the second one is sent to the queue too
                status, job = client.call("POST", "/api/v1/documents", archive(files), name=name, queue=queue,
                                          priority=3, issuer="云岫市试验局")
                self.assertEqual((status, job["state"]), (202, "waiting"), job)
                wait_for(lambda: client.call("GET", f"/api/v1/jobs/{job['job']}")[1]["state"] == "done")
                job = client.call("GET", f"/api/v1/jobs/{job['job']}")[1]
                self.assertEqual((job["outcome"], job["document"], job["reason"]), ("unpacked", "", ""))
                wait_for(lambda: client.counts()["waiting"] + client.counts()["running"] == 0)
                members = {j["name"][len(name) + 1:]: j for j in client.call("GET", "/api/v1/jobs")[1]["jobs"]
                           if j["name"].startswith(name + "/")}
                self.assertEqual(set(members), set(files))
                done = "added" if queue else "unchanged"
                for member, expected in [*((f"{i}.md", done) for i in range(12)), ("下/坏.bin", "failed"),
                                         ("里.zip", "failed"), ("密.md", "quarantined")]:
                    self.assertEqual((members[member]["outcome"], members[member]["priority"]), (expected, 3))
                self.assertIn("archive", members["里.zip"]["reason"])
            documents = client.call("GET", "/api/v1/documents", limit=100)[1]["documents"]
            self.assertEqual(len(documents), 12)
            one = client.call("GET", f"/api/v1/documents/{documents[0]['id']}")[1]
            self.assertEqual(one["versions"][0]["issuer"], "云岫市试验局")
            for body, word in ((archive({}), "empty ZIP"), (archive({"a.md": law(1)}), "one id")):
                job = client.call("POST", "/api/v1/documents", body, name="空.zip", queue=1, id="x")[1]["job"]
                wait_for(lambda: client.call("GET", f"/api/v1/jobs/{job}")[1]["state"] == "failed")
                self.assertIn(word, client.call("GET", f"/api/v1/jobs/{job}")[1]["reason"])
            self.assertEqual(client.call("POST", "/api/v1/documents", b"PK\3\4" + b"x" * 99, name="b.zip")[0], 422)

    def test_a_killed_archive_puts_no_file_in_twice(self):
        rng = random.Random(5)
        files = {f"{i}.md": law(i) for i in range(80)}
        server = Server(PROGRAM, args=["--quiet"])
        data, token, place = server.data, server.token(), server.folder
        client = Client(server, token)
        job = client.call("POST", "/api/v1/documents", archive(files), name="批.zip", queue=1)[1]["job"]
        for _ in range(2):
            some = rng.randrange(2, 40)
            wait_for(lambda: sum(client.counts().values()) > some)
            server.process.kill()
            server.process.wait()
            server = Server(PROGRAM, data=data, args=["--quiet"])
            client = Client(server, token)
        wait_for(lambda: client.counts()["waiting"] + client.counts()["running"] == 0)
        self.assertEqual(client.counts(), {"waiting": 0, "running": 0, "done": 81, "failed": 0})
        self.assertEqual(client.call("GET", f"/api/v1/jobs/{job}")[1]["outcome"], "unpacked")
        documents = client.call("GET", "/api/v1/documents", limit=100)[1]["documents"]
        self.assertEqual((len(documents), {d["versions"] for d in documents}), (80, {1}))
        server.stop()
        place.cleanup()

    @unittest.skipUnless(os.path.exists("/usr/share/tesseract-ocr/5/tessdata/chi_sim.traineddata"),
                         "nothing here recognises pictures")
    def test_a_lease_is_renewed_while_a_file_is_read_and_can_be_taken_back(self):
        with Server(PROGRAM, args=["--quiet"]) as server:
            client = Client(server, server.token())
            job = client.call("POST", "/api/v1/documents", slow_scan(60), name="扫.pdf", queue=1)[1]["job"]

            def now():
                return client.call("GET", f"/api/v1/jobs/{job}")[1]

            wait_for(lambda: now()["state"] == "running")
            begun = now()["leased_until"]
            self.assertGreater(begun, time.time() * 1e6)
            wait_for(lambda: now()["leased_until"] != begun)
            self.assertEqual((now()["state"], now()["attempts"]), ("running", 1))
            self.assertGreater(now()["leased_until"], begun)
            self.assertEqual(client.call("POST", f"/api/v1/jobs/{job}/cancel")[0], 204)
            self.assertEqual((now()["state"], now()["reason"], now()["leased_until"]), ("failed", "cancelled", 0))
            after = client.call("POST", "/api/v1/documents", law(1), name="1.md", queue=1)[1]["job"]
            wait_for(lambda: client.call("GET", f"/api/v1/jobs/{after}")[1]["state"] == "done", 20)
            self.assertEqual((now()["state"], now()["reason"]), ("failed", "cancelled"))
            self.assertEqual(len(client.call("GET", "/api/v1/documents")[1]["documents"]), 1)
            for path in (f"{job}/cancel", f"{job}/retry", f"{after}/cancel", f"{after}/retry"):
                self.assertEqual(client.call("POST", f"/api/v1/jobs/{path}")[0], 409, path)
            self.assertEqual(client.call("POST", "/api/v1/jobs/none/cancel")[0], 404)
            bad = client.call("POST", "/api/v1/documents", b"\x00\x01" * 50, name="bad", queue=1)[1]["job"]
            for attempt in range(2):
                wait_for(lambda: client.call("GET", f"/api/v1/jobs/{bad}")[1]["state"] == "failed")
                self.assertEqual(client.call("POST", f"/api/v1/jobs/{bad}/retry")[0], 204)
            wait_for(lambda: client.call("GET", f"/api/v1/jobs/{bad}")[1]["state"] == "failed")

    def test_what_runs_under_a_lease_is_left_alone_until_it_is_over(self):
        with Server(PROGRAM, args=["--quiet"]) as server:
            client = Client(server, server.token())
            jobs = []
            for i in range(3):
                job = client.call("POST", "/api/v1/documents", law(i), name=f"{i}.md", queue=1)[1]["job"]
                wait_for(lambda: client.call("GET", f"/api/v1/jobs/{job}")[1]["state"] == "done")
                jobs.append(job)
            # as a reader leaves them that ended without a word: one may live, one is dead, one died thrice
            hour = 3600 * 1000000
            with contextlib.closing(sqlite3.connect(os.path.join(server.data, "zhidian.db"), timeout=20)) as db, db:
                for job, until, attempts, i in ((jobs[0], hour, 1, 10), (jobs[1], -1, 1, 11), (jobs[2], -1, 3, 12)):
                    db.execute("UPDATE job SET state = 1, attempts = ?, leased_until = ?, outcome = '', body = ?"
                               " WHERE id = ?", (attempts, int(time.time() * 1e6) + until, law(i), job))
            wait_for(lambda: client.call("GET", f"/api/v1/jobs/{jobs[1]}")[1]["state"] == "done")
            states = [client.call("GET", f"/api/v1/jobs/{job}")[1] for job in jobs]
            self.assertEqual([(s["state"], s["attempts"]) for s in states], [("running", 1), ("done", 2), ("failed", 3)])
            self.assertIn("several times", states[2]["reason"])
            self.assertEqual(len(client.call("GET", "/api/v1/documents")[1]["documents"]), 4)

    def test_a_file_with_a_secrecy_mark_is_recorded_only(self):
        with Server(PROGRAM, args=["--quiet"]) as server:
            client = Client(server, server.token())
            status, said = client.call("POST", "/api/v1/documents", "机密★1年\n".encode() + law(1),
                                       name="1.md")
            self.assertEqual((status, said["error"]["code"]), (422, "quarantined"))
            job = client.call("POST", "/api/v1/documents", "绝密★长期\n".encode() + law(2),
                              name="2.md", queue=1)[1]
            wait_for(lambda: client.call("GET", f"/api/v1/jobs/{job['job']}")[1]["finished"])
            job = client.call("GET", f"/api/v1/jobs/{job['job']}")[1]
            self.assertEqual((job["state"], job["outcome"]), ("failed", "quarantined"))
            record = client.call("GET", "/api/v1/quarantine")[1]
            self.assertEqual(record["count"], 2)
            self.assertEqual([(f["name"], f["level"], f["who"]) for f in record["files"]],
                             [("2.md", "绝密", "queue"), ("1.md", "机密", "api")])
            self.assertEqual(client.call("GET", "/api/v1/documents")[1]["documents"], [])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
