#!/usr/bin/env python3
"""The queue of the server: queue_test.py ZHIDIAN

200 files go in; the server is killed at random moments and started again until all is done; each
document is then there once and whole, each job has one end, and one bad file has stopped nobody.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest
from urllib.parse import urlencode

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "../support"))
from raw import Server, Wire  # noqa: E402
from officefiles import docx, paragraph  # noqa: E402

PROGRAM = None
COUNT = 200


def law(i):
    return (f"# 云岫市第{i}号试验办法\n\n云试规〔2024〕{i}号\n\n第一条 为了第{i}次试验，制定本办法。\n\n"
            f"第二条 本办法自2024年{i % 12 + 1}月1日起施行。\n").encode()


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
        kills = 0
        for _ in range(4):
            done = client.counts()
            target = done["done"] + done["failed"] + rng.randrange(5, 40)
            try:
                wait_for(lambda: (lambda c: c["done"] + c["failed"] >= min(target, COUNT))(
                    client.counts()), 120)
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
