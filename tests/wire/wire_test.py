#!/usr/bin/env python3
"""The program on the wire, byte for byte: wire_test.py ZHIDIAN [TEST…]"""
import os
import re
import select
import signal
import socket
import stat
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from raw import Server, Wire, rows  # noqa: E402

PROGRAM = None
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def ask(body, *more):
    fields = "".join(f"{line}\r\n" for line in more)
    return (f"POST /api/v1/ask HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{fields}"
            f"\r\n").encode() + body


class Requests(unittest.TestCase):
    """Each row of requests.txt through the whole program."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM, args=["--quiet"])
        cls.rows = list(rows())
        assert len(cls.rows) >= 150

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def expect(self, wire, verdict, name, data):
        """Takes what the row must bring; False where the connection is over."""
        if verdict == "more":
            wire.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(wire.rest(), b"", name)
            return False
        reply = wire.reply(head_only=data.startswith(b"HEAD"))
        self.assertIsNotNone(reply, f"{name}: no reply")
        self.assertEqual(reply.status, int(verdict.strip("!x")), name)
        closes = verdict[0] == "!" or verdict[-1] == "x"
        self.assertEqual(reply.fields.get("connection") == "close", closes, name)
        if reply.status >= 400:
            self.assertIn(b'"request_id":"' + reply.fields["x-request-id"].encode(), reply.body)
        if closes:
            self.assertEqual(wire.rest(), b"", f"{name}: something follows the refusal")
        return not closes

    def test_every_request_whole(self):
        for verdict, name, data in self.rows:
            with self.subTest(name), Wire(self.server.port) as wire:
                wire.send(data)
                if self.expect(wire, verdict, name, data):
                    wire.send(HEALTH)
                    self.assertEqual(wire.reply().status, 200, f"{name}: the next request")

    def test_every_request_cut_at_every_byte(self):
        # The barrier makes the loop turn: what was sent before it has been read when it replies.
        with Wire(self.server.port) as barrier:
            for verdict, name, data in self.rows:
                with self.subTest(name):
                    self.cut_everywhere(verdict, name, data, barrier)

    def cut_everywhere(self, verdict, name, data, barrier):
        wire = None
        for at in range(1, len(data), 1 if len(data) < 2000 else 1009):
            wire = wire or Wire(self.server.port)
            wire.send(data[:at])
            barrier.send(HEALTH)
            barrier.reply()
            wire.send(data[at:])
            if not self.expect(wire, verdict, f"{name} cut at {at}", data):
                wire.close()
                wire = None
        if wire:
            wire.close()

    def test_refused_bytes_hide_no_request(self):
        # whatever stands behind a refused request is never answered
        for verdict, name, data in self.rows:
            if verdict[0] == "!":
                with self.subTest(name), Wire(self.server.port) as wire:
                    wire.send(data + HEALTH)
                    self.expect(wire, verdict, name, data)

    def test_pipelined_requests_are_answered_in_order(self):
        with Wire(self.server.port) as wire:
            wire.send((HEALTH + b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" +
                       ask(b"[]", "Content-Length: 2") + HEALTH) * 50)
            for _ in range(50):
                self.assertEqual([wire.reply().status for _ in range(4)], [200, 404, 400, 200])

    def test_more_pipelined_than_the_server_holds(self):
        with Wire(self.server.port) as wire:
            n = 3000  # 100 KiB, more than is held while a request is with a thread
            slow = b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
            sent = slow * n
            got = 0
            wire.socket.setblocking(False)
            while got < n:
                readable, writable, _ = select.select([wire.socket], [wire.socket] if sent else [],
                                                      [], 30)
                self.assertTrue(readable or writable, "the server stands still")
                if writable:
                    sent = sent[wire.socket.send(sent[:65536]):]
                if readable:
                    got += wire.socket.recv(65536).count(b"HTTP/1.1 ")

    def test_chunked_and_plain_bodies_are_one(self):
        body = b'{"question":"a"}'
        with Wire(self.server.port) as wire:
            wire.send(ask(body, f"Content-Length: {len(body)}"))
            plain = wire.reply()
            wire.send(ask(b"".join(b"1\r\n%c\r\n" % c for c in body) + b"0\r\n\r\n",
                          "Transfer-Encoding: chunked"))
            chunked = wire.reply()
            self.assertEqual(plain.status, 200)
            self.assertEqual(chunked.status, 200)
            varies = rb'"(id|took_ms)":("[^"]*"|[0-9.e-]+)'
            self.assertEqual(re.sub(varies, b"", plain.body), re.sub(varies, b"", chunked.body))

    def test_head_is_get_without_content(self):
        for path in (b"/", b"/healthz", b"/nothing", b"/api/v1/documents"):
            with self.subTest(path), Wire(self.server.port) as wire:
                wire.send(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")
                get = wire.reply()
                wire.send(b"HEAD " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n" + HEALTH)
                head = wire.reply(head_only=True)
                self.assertEqual(wire.reply().status, 200)
                self.assertEqual(get.status, head.status)
                for name in ("date", "x-request-id"):
                    get.fields.pop(name), head.fields.pop(name)
                self.assertEqual(get.fields, head.fields)

    def test_says_which_methods_a_path_takes(self):
        with Wire(self.server.port) as wire:
            wire.send(b"PUT /api/v1/documents HTTP/1.1\r\nHost: a\r\n\r\n")
            reply = wire.reply()
            self.assertEqual(reply.status, 405)
            self.assertEqual(reply.fields["allow"], "GET, HEAD, POST, OPTIONS")

    def test_continue_is_sent_only_where_the_body_is_wanted(self):
        body = b'{"question":"a"}'
        with Wire(self.server.port) as wire:
            wire.send(ask(b"", f"Content-Length: {len(body)}", "Expect: 100-continue"))
            self.assertEqual(wire.reply().status, 100)
            wire.send(body)
            self.assertEqual(wire.reply().status, 200)
        with Wire(self.server.port) as wire:
            wire.send(b"POST /api/v1/documents HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
                      b"Expect: 100-continue\r\n\r\n")
            self.assertEqual(wire.reply().status, 401)

    def test_a_refused_upload_can_read_its_refusal(self):
        # the server reads on for a while, so that its reply is not taken back by a reset
        with Wire(self.server.port) as wire:
            wire.send(b"POST /api/v1/documents HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n"
                      b"\r\n" + b"x" * 4000000)
            self.assertEqual(wire.reply().status, 401)

    def test_every_reply_carries_the_security_fields(self):
        for path in (b"/", b"/healthz", b"/nothing", b"/doc/nothing"):
            with self.subTest(path), Wire(self.server.port) as wire:
                wire.send(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")
                fields = wire.reply().fields
                self.assertEqual(fields["x-content-type-options"], "nosniff")
                self.assertEqual(fields["referrer-policy"], "no-referrer")
                self.assertEqual(fields["cache-control"], "no-store")
                self.assertIn("default-src 'none'", fields["content-security-policy"])
                self.assertIn("frame-ancestors 'none'", fields["content-security-policy"])
                self.assertNotIn("unsafe", fields["content-security-policy"])
                self.assertNotIn("server", fields)

    def test_markup_in_a_question_stays_text(self):
        with Wire(self.server.port) as wire:
            wire.send(b"GET /?q=%3Cscript%3Ealert(1)%3C/script%3E%22%27%26&region=%22%3E%3Ci%3E "
                      b"HTTP/1.1\r\nHost: a\r\n\r\n")
            body = wire.reply().body
            self.assertNotIn(b"<script>alert", body)
            self.assertNotIn(b'"><i>', body)
            self.assertIn(b"&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;", body)


class Limits(unittest.TestCase):
    """R12 with short times: who is too slow is cut, and only who is too slow."""

    def test_an_unfinished_head_is_cut(self):
        with Server(PROGRAM, "head_ms=200") as server, Wire(server.port) as wire:
            wire.send(b"GET /healthz HTTP/1.1\r\n")
            self.assertEqual(wire.reply().status, 408)
            self.assertEqual(wire.rest(), b"")

    def test_dripping_bytes_do_not_prolong_a_head(self):
        with Server(PROGRAM, "head_ms=300") as server, Wire(server.port) as wire:
            n = 0
            while not select.select([wire.socket], [], [], 0.02)[0]:
                wire.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " [n:n + 1] or b"y")
                n += 1
            self.assertGreater(n, 0)
            self.assertEqual(wire.reply().status, 408)

    def test_an_idle_connection_is_closed_without_a_word(self):
        with Server(PROGRAM, "idle_ms=1000") as server, Wire(server.port) as wire:
            wire.send(HEALTH)
            self.assertEqual(wire.reply().status, 200)
            self.assertEqual(wire.rest(), b"")

    def test_a_slow_body_is_cut_and_a_fast_one_is_not(self):
        limits = "body_grace_ms=200,min_rate=100000000"
        with Server(PROGRAM, limits) as server:
            with Wire(server.port) as wire:
                wire.send(ask(b"[", "Content-Length: 2"))
                self.assertEqual(wire.reply().status, 408)
            with Wire(server.port) as wire:
                wire.send(ask(b"[]", "Content-Length: 2"))
                self.assertEqual(wire.reply().status, 400)

    def test_a_client_that_does_not_read_is_cut(self):
        limits = "body_grace_ms=200,min_rate=100000000,head_ms=60000"
        with Server(PROGRAM, limits) as server, Wire(server.port, buffer=4096) as wire:
            wire.socket.setblocking(False)
            cut = False
            metrics = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 100
            for _ in range(3000):
                try:
                    wire.socket.send(metrics)
                except BlockingIOError:
                    poll = select.poll()
                    poll.register(wire.socket, select.POLLERR | select.POLLHUP)
                    cut = bool(poll.poll(20000))
                    break
                except (ConnectionResetError, BrokenPipeError):
                    cut = True
                    break
            self.assertTrue(cut, "the server waits for ever")
            with Wire(server.port) as other:
                other.send(HEALTH)
                self.assertEqual(other.reply().status, 200)

    def test_an_address_has_only_so_many_connections(self):
        with Server(PROGRAM, "max_per_address=3") as server:
            wires = [Wire(server.port) for _ in range(3)]
            for wire in wires:
                wire.send(HEALTH)
                self.assertEqual(wire.reply().status, 200)
            with Wire(server.port) as fourth:
                reply = fourth.reply()
                self.assertEqual(reply.status, 429)
                self.assertIn("retry-after", reply.fields)
            wires[0].send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            self.assertEqual(wires[0].reply().status, 200)
            self.assertEqual(wires[0].rest(), b"")
            wires[0].close()
            wires[0] = Wire(server.port)
            wires[0].send(HEALTH)
            # the place is free once the server has seen the other end close
            reply = wires[0].reply()
            while reply.status == 429:
                wires[0].close()
                wires[0] = Wire(server.port)
                wires[0].send(HEALTH)
                reply = wires[0].reply()
            self.assertEqual(reply.status, 200)
            for wire in wires:
                wire.close()

    def test_a_full_house_says_so(self):
        with Server(PROGRAM, "max_connections=4,reserve=1,max_per_address=50") as server:
            wires = [Wire(server.port) for _ in range(4)]
            for wire in wires:
                wire.send(HEALTH)
                self.assertEqual(wire.reply().status, 200)
            with Wire(server.port) as fifth:
                self.assertEqual(fifth.reply().status, 503)
            for wire in wires:
                wire.close()

    def test_few_descriptors_mean_few_connections(self):
        with Server(PROGRAM, "max_per_address=1000", files=200) as server:
            wires, turned_away = [], 0
            for _ in range(180):
                wire = Wire(server.port)
                wire.send(HEALTH)
                reply = wire.reply()
                turned_away += reply is None or reply.status == 503
                wires.append(wire)
            self.assertGreater(turned_away, 20)
            for wire in wires:
                wire.close()
            with Wire(server.port) as wire:
                wire.send(HEALTH)
                self.assertIsNotNone(wire.reply())


class Stopping(unittest.TestCase):
    def test_a_request_that_has_begun_is_finished(self):
        with Server(PROGRAM) as server, Wire(server.port) as idle, Wire(server.port) as busy:
            idle.send(HEALTH)
            self.assertEqual(idle.reply().status, 200)
            busy.send(ask(b"", "Content-Length: 2", "Expect: 100-continue"))
            self.assertEqual(busy.reply().status, 100)
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(idle.rest(), b"")  # the idle one is closed at once
            with self.assertRaises(ConnectionRefusedError):
                Wire(server.port)
            busy.send(b"[]")
            reply = busy.reply()
            self.assertEqual(reply.status, 400)
            self.assertEqual(reply.fields["connection"], "close")
            self.assertEqual(server.process.wait(30), 0)

    def test_who_does_not_finish_is_left_behind(self):
        with Server(PROGRAM, "drain_ms=200") as server, Wire(server.port) as wire:
            wire.send(ask(b"", "Content-Length: 2", "Expect: 100-continue"))
            self.assertEqual(wire.reply().status, 100)
            self.assertEqual(server.stop(), 0)

    def test_a_second_signal_ends_at_once(self):
        with Server(PROGRAM, "drain_ms=60000") as server, Wire(server.port) as wire:
            wire.send(ask(b"", "Content-Length: 2", "Expect: 100-continue"))
            self.assertEqual(wire.reply().status, 100)
            with Wire(server.port) as idle:
                idle.send(HEALTH)
                self.assertEqual(idle.reply().status, 200)
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(idle.rest(), b"")
            self.assertEqual(server.stop(signal.SIGINT), 0)


class Records(unittest.TestCase):
    def test_the_token_is_made_once_and_kept_as_a_hash(self):
        with Server(PROGRAM) as server:
            first = server.token()
            self.assertRegex(first, r"^zdadm_[0-9a-f]{64}$")
            path = os.path.join(server.data, "admin-token")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            with open(path, encoding="ascii") as file:
                self.assertNotIn(first[6:], file.read())
            self.assertEqual(server.stop(), 0)
            with Server(PROGRAM, data=server.data) as again, Wire(again.port) as wire:
                self.assertIsNone(again.token())
                wire.send(f"DELETE /api/v1/documents/none HTTP/1.1\r\nHost: a\r\n"
                          f"Authorization: Bearer {first}\r\n\r\n".encode())
                self.assertEqual(wire.reply().status, 404)

    def test_a_line_a_request_and_never_its_question(self):
        with Server(PROGRAM) as server, Wire(server.port) as wire:
            wire.send(b"GET /?q=SECRETWORD&region=ELSEWHERE HTTP/1.1\r\nHost: a\r\n\r\n")
            wire.reply()
            wire.send(ask(b'{"question":"SECRETWORD"}', "Content-Length: 25"))
            wire.reply()
            wire.send(b"BREW / HTTP/1.1\r\n\r\n")
            wire.reply()
            self.assertEqual(server.stop(), 0)
            log = server.log().decode()
            self.assertNotIn("SECRETWORD", log)
            self.assertNotIn("ELSEWHERE", log)
            self.assertNotIn("127.0.0.1", log)
            lines = re.findall(r"^time=\S+Z id=[0-9a-f]{32} route=(\S+) status=(\d+) bytes=\d+ "
                               r"us=\d+$", log, re.M)
            self.assertEqual(lines, [("citizenPage", "200"), ("ask", "200"), ("-", "501")])

    def test_metrics_count_what_happened(self):
        with Server(PROGRAM) as server, Wire(server.port) as wire:
            for _ in range(3):
                wire.send(HEALTH)
                wire.reply()
            wire.send(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            text = wire.reply().body.decode()
            self.assertIn('zhidian_http_requests_total{route="healthz",code="2xx"} 3\n', text)
            self.assertIn("zhidian_http_connections 1\n", text)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
