#!/usr/bin/env python3
"""`zhidian watch`: folders as they change; pages, feeds and site maps over HTTP, with a server of the
test's own that writes down what it was asked."""
import http.server
import os
import signal
import subprocess
import threading
import time

from zdtest import BINARY, Office, run


def law(n, days="二十个工作日"):
    return (f"<html><head><title>云岫市第{n}号办理办法</title></head><body><h1>云岫市第{n}号办理办法</h1>"
            f"<p>第一条 为了第{n}号事项的办理，制定本办法。</p><p>第二条 办理时限为{days}。</p></body></html>")


class Site:
    """Pages by path: (status, headers, body); what was asked, with its conditions."""

    def __init__(self):
        self.pages, self.asked = {}, []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                site.asked.append((self.path, self.headers.get("If-None-Match"),
                                   self.headers.get("If-Modified-Since"), self.headers["User-Agent"]))
                status, headers, body = site.pages.get(self.path, (404, {}, ""))
                if status == 200 and headers.get("ETag") and headers["ETag"] == self.headers.get("If-None-Match"):
                    status, body = 304, ""
                body = body.encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()

    def put(self, path, body, tag=None):
        self.pages[path] = (200, {"ETag": tag} if tag else {}, body)

    def paths(self):
        paths, self.asked = [a[0] for a in self.asked], []
        return paths


def pages_of(office, number=1):
    rows = [line.split("\t") for line in office.run("watch", "pages", number).stdout.splitlines()]
    return {r[3].rsplit("/", 1)[-1]: r for r in rows}


def test_a_page_is_read_again_only_where_it_changed():
    with Office() as office, Site() as site:
        site.put("/a.html", law(1), '"1"')
        office.run("watch", "run", "--once")
        assert site.paths() == [], "nothing is asked before a source is named"
        office.run("watch", "add", site.url + "/a.html", "--pause", "0")
        assert site.paths() == []
        assert "added" in office.run("watch", "run", "--once").stdout
        assert site.asked[1][3] == "zhidian" and site.paths() == ["/robots.txt", "/a.html"]
        (document,) = office.documents()
        assert document["id"].startswith("web-") and document["title"] == "云岫市第1号办理办法"
        assert office.run("watch", "run", "--once").stdout == ""
        assert site.asked[1][:2] == ("/a.html", '"1"')
        site.paths()
        site.put("/a.html", law(1, "五个工作日"), '"2"')
        assert "replaced +1 −1 行" in office.run("watch", "run", "--once").stdout
        found = " ".join(hit["text"] for hit in office.search("第1号事项办理时限"))
        assert "五个工作日" in found and "二十个工作日" not in found
        del site.pages["/a.html"]
        assert "gone" in office.run("watch", "run", "--once").stdout
        assert office.run("watch", "run", "--once").stdout == "", "told once"
        assert office.run("watch", "list").stdout.strip().endswith("1\t1")
        assert pages_of(office)["a.html"][2] != "-"
        (version,) = office.show(document["id"])["versions"]
        assert "来源已不存在" in version["warnings"]
        site.put("/a.html", law(1, "五个工作日"), '"3"')
        office.run("watch", "run", "--once")
        assert pages_of(office)["a.html"][2] == "-", "it came back"
        office.run("watch", "remove", 1)
        site.paths()
        office.run("watch", "run", "--once")
        assert site.paths() == [] and len(office.documents()) == 1


def test_feeds_and_site_maps_name_pages_of_their_host():
    rss = ("<rss><channel><link>{u}/</link><item><title>x</title><link>{u}/1.html</link></item>"
           "<item><link><![CDATA[{u}/2.html?a=1&b=2]]></link></item>"
           "<item><link>http://example.com/3.html</link></item></channel></rss>")
    atom = '<feed><entry><link rel="self" href="{u}/x"/><link href="/4.html"/></entry></feed>'
    sitemap = "<urlset><url><loc>{u}/5.html</loc></url><url><loc>{u}/private/6.html</loc></url></urlset>"
    for kind, name, text, expected in (("feed", "/rss.xml", rss, ["/1.html", "/2.html?a=1&b=2"]),
                                       ("feed", "/atom.xml", atom, ["/4.html"]),
                                       ("sitemap", "/sitemap.xml", sitemap, ["/5.html"])):
        with Office() as office, Site() as site:
            site.put("/robots.txt", "# rules\nUser-agent: *\nDisallow: /\n\nUser-Agent: ZhiDian\n"
                     "User-agent: other\nDisallow: /private/\nAllow: /\n")
            site.put(name, text.format(u=site.url))
            for i, path in enumerate(["/1.html", "/2.html?a=1&b=2", "/4.html", "/5.html", "/private/6.html"]):
                site.put(path, law(i), f'"{i}"')
            office.run("watch", "add", site.url + name, "--kind", kind, "--pause", "0")
            told = office.run("watch", "run", "--once").stdout
            assert site.paths() == ["/robots.txt", name, *expected], kind
            assert len(office.documents()) == len(expected)
            assert ("robots.txt" in told) == (kind == "sitemap"), told
            site.put(name, "<rss></rss>")  # named no more, but there
            office.run("watch", "run", "--once")
            assert site.paths() == ["/robots.txt", name, *expected]


def test_rules_and_addresses_are_kept():
    with Office() as office, Site() as site:
        site.put("/a.html", law(1))
        office.run("watch", "add", site.url + "/a.html", "--pause", "0")
        for robots, asked in (((200, {}, "User-agent: *\nDisallow: /*.html$\n"), False),
                              ((200, {}, "User-agent: *\nDisallow: /a\nAllow: /a.html\n"), True),
                              ((200, {}, "User-agent: zhidian\nDisallow:\n\nUser-agent: *\nDisallow: /"), True),
                              ((503, {}, ""), False), ((403, {}, ""), True)):
            site.pages["/robots.txt"] = robots
            office.run("watch", "run", "--once")
            assert ("/a.html" in site.paths()) == asked, robots
        site.pages["/b.html"] = (302, {"Location": "http://127.0.0.2:1/x"}, "")
        site.pages["/c.html"] = (301, {"Location": "/a.html"}, "")
        for path in ("/b.html", "/c.html"):
            office.run("watch", "add", site.url + path, "--pause", "0")
        told = office.run("watch", "run", "--once").stdout
        assert "status 302" in told and "301" not in told, told
        # a public name may not lead to an address of the house, nor any to the clouds' services
        for url in ("http://169.254.169.254/latest", "http://localhost.example.cn/", "ftp://x/y",
                    "http://user@h/", "http://0x7f000001/"):
            added = subprocess.run([BINARY, "--data", office.data, "watch", "add", url, "--pause", "0"],
                                   capture_output=True, text=True)
            assert added.returncode in (0, 1)
        told = office.run("watch", "run", "--once").stdout
        assert "169.254.169.254" in told and "not allowed" in told, told


def test_a_folder_is_looked_at_as_it_changes():
    with Office() as office:
        folder = office.folder / "文件"
        office.write("文件/一.html", law(1))
        office.run("watch", "add", folder)
        process = subprocess.Popen([BINARY, "--data", office.data, "watch", "run"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            def until(word):
                for line in process.stdout:
                    if word in line:
                        return line
                raise AssertionError(f"ended before {word}: {process.stderr.read()}")

            assert "一.html" in until("added")
            until("watching")
            office.write("文件/二.html", law(2))
            assert "二.html" in until("added")
            office.write("文件/二.html", law(2, "三个工作日"))
            assert "二.html" in until("replaced")
            (folder / "下").mkdir()
            office.write("文件/下/三.html", law(3))
            assert "三.html" in until("added")
            os.unlink(folder / "一.html")
            assert "一.html" in until("gone")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
        assert process.returncode == 0
        assert len(office.documents()) == 3
        gone = [d for d in office.documents() if "第1号" in d["title"]][0]
        assert "来源已不存在" in office.show(gone["id"])["versions"][0]["warnings"]


def test_the_server_looks_at_the_sources_too():
    with Office() as office, Site() as site:
        site.put("/1.html", law(1))
        site.put("/2.html", law(2))
        site.put("/rss.xml", f"<rss><item><link>{site.url}/1.html</link></item>"
                             f"<item><link>{site.url}/2.html</link></item></rss>")
        office.write("文件/三.html", law(3))
        office.write("in.md", "# 云岫市第9号办法\n\n第一条 为了试验，制定本办法。\n")
        office.run("add", office.folder / "in.md")
        office.run("watch", "add", office.folder / "文件")
        office.run("watch", "add", site.url + "/rss.xml", "--kind", "feed", "--pause", "300000")
        process = subprocess.Popen([BINARY, "--data", office.data, "serve", "--listen", "127.0.0.1:0"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            for line in process.stderr:
                if "watch added" in line and "三.html" in line:
                    break
            else:
                raise AssertionError("it ended without a look at the folder")
            until = time.monotonic() + 60
            while not site.asked:
                assert time.monotonic() < until, site.asked
                time.sleep(0.02)
            told = office.run("watch", "run", "--once", status=1)
            assert "serve" in told.stderr, told.stderr
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)  # not the five minutes until it may ask again
        assert process.returncode == 0
        assert "云岫市第3号办理办法" in [d["title"] for d in office.documents()]
        assert site.paths() == ["/robots.txt"], "the pause between two requests is kept"


if __name__ == "__main__":
    run(globals())
