#!/usr/bin/env python3
"""A citizen's question over HTTP beside nginx: bench/http_load.py ZHIDIAN [--office DIR]

Serves an office (made of examples/ where none is named) and, with nginx on the same machine, a
static file; sends the questions of examples/questions.jsonl in turn. Every round measures every
row, so a busy machine hits all alike; the figures are medians of the rounds. Needs Debian's nginx
and wrk.

    one client     time to a reply, median and 99th, one request at a time
    64 clients     requests a second, and the 99th
    idle           memory of one idle connection, of 2,000
"""
import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NGINX = """{user}worker_processes 1; daemon off; pid {dir}/pid; error_log {dir}/error;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; sendfile on; open_file_cache max=100;
client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
server {{ listen 127.0.0.1:{port}; root {dir}/root; }} }}
"""
CYCLE = """local paths = {{ {paths} }}
local i = 0
request = function()
    i = i % #paths + 1
    return wrk.format("GET", paths[i])
end
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def start_nginx(folder):
    port = free_port()
    os.makedirs(os.path.join(folder, "root"))
    with open(os.path.join(folder, "root", "file.txt"), "w", encoding="ascii") as file:
        file.write("x" * 200)
    config = os.path.join(folder, "nginx.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write(NGINX.format(dir=folder, port=port,
                                user="user root; " if os.geteuid() == 0 else ""))
    server = subprocess.Popen(["/usr/sbin/nginx", "-c", config], stderr=subprocess.DEVNULL)
    wait_for(port)
    return server, port


def start_zhidian(program, office):
    port = free_port()
    server = subprocess.Popen(
        [program, "--data", office, "serve", "--listen", f"127.0.0.1:{port}", "--limits",
         "max_per_address=4000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port)
    return server, port


def milliseconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def wrk(port, path, script, clients, seconds):
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency"]
    if script:
        command += ["-s", script]
    out = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], check=True,
                         capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"errors among the replies:\n{out}")
    p50, p99 = (milliseconds(re.search(rf"^\s+{p}%\s+(\S+)$", out, re.M).group(1)) for p in (50, 99))
    return p50, p99, float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def resident_kib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def idle_kib(process, port, n=2000):
    """What an idle connection, having asked once, adds to the memory of the server."""
    def one():
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        s.recv(4096)
        return s

    warm = [one() for _ in range(50)]
    before = resident_kib(process)
    held = [one() for _ in range(n)]
    after = resident_kib(process)
    for s in warm + held:
        s.close()
    return (after - before) / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("zhidian")
    parser.add_argument("--office")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    with open(os.path.join(ROOT, "examples/questions.jsonl"), encoding="utf-8") as file:
        questions = [json.loads(line)["query"] for line in file if line.strip()]

    with tempfile.TemporaryDirectory() as folder:
        office = options.office
        if not office:
            office = os.path.join(folder, "office")
            subprocess.run([options.zhidian, "--data", office, "add",
                            os.path.join(ROOT, "examples")], capture_output=True)
        scripts = {}
        for name, prefix in (("page", "/?q="), ("api", "/api/v1/ask?q=")):
            scripts[name] = os.path.join(folder, name + ".lua")
            with open(scripts[name], "w", encoding="ascii") as file:
                file.write(CYCLE.format(paths=", ".join(f'"{prefix}{quote(q)}"'
                                                        for q in questions)))
        nginx, nginx_port = start_nginx(os.path.join(folder, "nginx"))
        zhidian, port = start_zhidian(options.zhidian, office)
        rows = [("nginx, static file of 200 bytes", nginx_port, "/file.txt", None),
                ("GET /healthz", port, "/healthz", None),
                ("GET / (the empty page)", port, "/", None),
                ("GET /?q=… (question, page)", port, "/", scripts["page"]),
                ("GET /api/v1/ask?q=… (question)", port, "/api/v1/ask", scripts["api"])]
        taken = {name: [] for name, *_ in rows}
        try:
            for _ in range(options.rounds):
                for name, *row in rows:
                    taken[name].append(wrk(*row, 1, options.seconds) +
                                       wrk(*row, 64, options.seconds))
            idle = idle_kib(zhidian, port)
        finally:
            for server in (nginx, zhidian):
                server.terminate()
                server.wait()
    medians = {name: [statistics.median(column) for column in zip(*values)]
               for name, values in taken.items()}
    base = medians[rows[0][0]]
    print(f"{'':34}  one client        64 clients             ratio to nginx")
    print(f"{'':34}  median   99th     req/s      99th        req/s")
    for name, *_ in rows:
        p50, p99, _, _, loaded99, rate = medians[name]
        print(f"{name:34}  {p50:6.3f} {p99:6.3f} ms {rate:9.0f} {loaded99:6.2f} ms {rate / base[5]:10.2f}")
    print(f"an idle connection: {idle:.1f} KiB")


main()
