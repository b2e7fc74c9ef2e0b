#!/usr/bin/env python3
"""What the gateway adds: gateway.py BUILD [--beside BUILD] [--rounds N] [--seconds N] [--streams N]
                                                       [--stream-seconds N] [--idle-seconds N]

The same stub of a model service (bench/gateway.c) is asked at 1,000 requests a second directly,
through nginx as a plain proxy with connections kept, and through Zhidian (key, quota, guard,
routing, record), by turns in one run; --beside takes another build along, to be compared. Then what
a request costs: processor time, and system calls where strace may be used. Then 10,000 idle connections
are held, and fifty that work are measured without and beside them. Then memory and the delay of
each token are taken with many streams, direct and through Zhidian: --stream-seconds 1800 and
--idle-seconds 600 are the long forms.
"""
import argparse
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

NGINX = """daemon off; worker_processes 1; pid {dir}/pid; error_log {dir}/error; {user}
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {dir}/b;
 proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
 upstream stub {{ server 127.0.0.1:{stub}; keepalive 128; }}
 server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ proxy_pass http://stub;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }} }} }}
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


def resident_mib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


def figures(line):
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--beside", help="another build, measured in the same run")
    parser.add_argument("--nginx", default=shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--stream-seconds", type=int, default=25)
    parser.add_argument("--idle-seconds", type=int, default=10)
    options = parser.parse_args()
    driver = os.path.join(options.build, "bench/gateway")
    builds = {"zhidian": options.build}
    if options.beside:
        builds["beside"] = options.beside
    ports = {name: free_port() for name in ("stub", "nginx", *builds)}
    if not options.nginx:
        del ports["nginx"]
    processes = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            start(processes, "stub", [driver, "stub", str(ports["stub"])])
            if options.nginx:
                config = os.path.join(folder, "nginx.conf")
                with open(config, "w", encoding="ascii") as file:
                    file.write(NGINX.format(dir=folder, port=ports["nginx"], stub=ports["stub"],
                                            user="user root;" if os.geteuid() == 0 else ""))
                start(processes, "nginx", [options.nginx, "-p", folder, "-c", config, "-e",
                                           os.path.join(folder, "early")])
            keys = {name: start_office(processes, name, build, os.path.join(folder, name), ports)
                    for name, build in builds.items()}
            for port in ports.values():
                wait_for(port)
            measure(options, driver, ports, keys, processes)
        finally:
            for process in processes.values():
                process.terminate()
                process.wait()


def start(processes, name, command):
    processes[name] = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)


def start_office(processes, name, build, office, ports):
    program = os.path.join(build, "src/cli/zhidian")

    def run(*args):
        return subprocess.run([program, "--data", office, *args], check=True,
                              capture_output=True, text=True).stdout

    run("backend", "add", "stub", "--url", f"http://127.0.0.1:{ports['stub']}/v1", "--parallel",
        "5000")
    run("model", "add", "m", "--backend", "stub", "--filing", "x")
    key = run("key", "new", "bench", "--department", "d").strip()
    start(processes, name, [program, "--data", office, "serve", "--quiet", "--listen",
                            f"127.0.0.1:{ports[name]}", "--limits",
                            "max_per_address=12000,max_connections=12000,idle_ms=3600000"])
    return key


def measure(options, driver, ports, keys, processes):
    def command(kind, name, *args):
        return [driver, kind, str(ports[name]), keys.get(name, "k"), "m", *map(str, args)]

    def drive(kind, name, *args):
        return figures(subprocess.run(command(kind, name, *args), check=True, capture_output=True,
                                      text=True).stdout)

    taken = {name: [] for name in ports}
    for _ in range(options.rounds):
        for name in ports:
            result = drive("rate", name, options.rate, options.seconds)
            if result["errors"]:
                sys.exit(f"{name}: {result['errors']} errors")
            taken[name].append((result["p50_us"], result["p90_us"], result["p99_us"]))
    medians = {name: [statistics.median(c) for c in zip(*rows)] for name, rows in taken.items()}
    print(f"{options.rate} requests a second, {options.rounds} rounds of {options.seconds} s, "
          "medians of the rounds, milliseconds")
    print(f"{'':10} {'median':>8} {'90th':>8} {'99th':>8}   added: median, 99th")
    for name in ports:
        label = "direct" if name == "stub" else name
        p50, p90, p99 = (v / 1000 for v in medians[name])
        added = [(medians[name][i] - medians["stub"][i]) / 1000 for i in (0, 2)]
        print(f"{label:10} {p50:8.3f} {p90:8.3f} {p99:8.3f}   {added[0]:+.3f} {added[1]:+.3f}")

    for name in ports:
        if name != "stub":
            count(name, processes[name], command("rate", name, options.rate, 3), 3 * options.rate)
    server = processes["zhidian"]
    if options.idle_seconds > 0:
        idle(ports["zhidian"], server, options.idle_seconds,
             lambda seconds: drive("rate", "zhidian", options.rate, seconds, 50))
    if options.streams > 0:
        stream(options, server, command, drive)
    with urllib.request.urlopen(f"http://127.0.0.1:{ports['zhidian']}/metrics") as reply:
        turns = dict(re.findall(r"^zhidian_http_loop_(\w+) (\d+)", reply.read().decode(), re.M))
    print(f"{turns['turns_total']} turns of the event loop, {turns['slow_turns_total']} of them worked "
          f"more than 5 ms, the longest {turns['slowest_turn_microseconds']} us")


def stream(options, server, command, drive):
    before = resident_mib(server)
    direct = drive("streams", "stub", options.streams, min(options.stream_seconds, 60))
    begun = os.times().elapsed
    cpu = cpu_seconds(server)
    child = subprocess.Popen(command("streams", "zhidian", options.streams,
                                     options.stream_seconds), stdout=subprocess.PIPE, text=True)
    peak = before
    while child.poll() is None:
        peak = max(peak, resident_mib(server))
        time.sleep(0.2)
    through = figures(child.stdout.read())
    cores = (cpu_seconds(server) - cpu) / (os.times().elapsed - begun)
    print(f"\n{options.streams} streams of 20 tokens a second, {options.stream_seconds} s: each "
          "token's time on the way, milliseconds")
    for label, row in (("direct", direct), ("zhidian", through)):
        print(f"{label:10} median {row['p50_us'] / 1000:.2f}  99th {row['p99_us'] / 1000:.2f}  "
              f"max {row['max_us'] / 1000:.1f}  tokens {row['tokens']}  whole streams "
              f"{row['whole']}  broken {row['broken']}")
    print(f"memory {before:.1f} MiB before, {peak:.1f} MiB at most; {cores:.2f} cores")


def worker_of(process):
    """The process that works: nginx's own begins another."""
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    with open(children, encoding="ascii") as file:
        return int((file.read().split() or [process.pid])[0])


def processor_us(pid):
    """What all threads of a process have had of processors so far."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1000


def wait_until_traced(pid, trace):
    """Until every thread of the process has its tracer."""
    def traced(thread):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8") as file:
            return not re.search(r"^TracerPid:\t0$", file.read(), re.M)

    while trace.poll() is None and not all(map(traced, os.listdir(f"/proc/{pid}/task"))):
        time.sleep(0.01)


def count(name, process, load, n_requests):
    """What a request costs where no clock of the wall is asked: processor time, system calls."""
    pid = worker_of(process)
    before = processor_us(pid)
    subprocess.run(load, check=True, stdout=subprocess.DEVNULL)
    said = f"{(processor_us(pid) - before) / n_requests:.1f} us of processor"
    if shutil.which("strace"):
        trace = subprocess.Popen(["strace", "-c", "-f", "-p", str(pid)], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        wait_until_traced(pid, trace)
        subprocess.run(load, check=True, stdout=subprocess.DEVNULL)
        trace.send_signal(signal.SIGINT)
        found = re.search(r"(\d+)\s+(?:\d+ )?total", trace.communicate()[1])
        if found:
            said += f", {int(found.group(1)) / n_requests:.1f} system calls"
    print(f"{name:10} {said} a request")


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(port, server, seconds, active, n=10000):
    """n connections that have asked once and keep silent; meanwhile fifty others work."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, n + 200), hard))
    n = min(n, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)
    alone = active(min(seconds, 60))
    before = resident_mib(server)
    held = []
    for _ in range(n):
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        s.recv(4096)
        held.append(s)
    each = (resident_mib(server) - before) * 1024 / n
    beside = active(seconds)
    for s in held:  # each must still be there and answer
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    answered = sum(s.recv(4096).startswith(b"HTTP/1.1 200") for s in held)
    print(f"\n{n} idle connections for {seconds} s: {each:.1f} KiB each, {answered} answer after it;"
          f" 50 active, 99th: {alone['p99_us'] / 1000:.3f} ms without, "
          f"{beside['p99_us'] / 1000:.3f} ms beside them ({beside['errors']} errors)")
    for s in held:
        s.close()


main()
