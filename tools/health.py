#!/usr/bin/env python3
"""Starts the server of an office on a free port, asks whether it is well, and stops it."""
import json
import re
import subprocess
import sys
import urllib.request

zhidian, office = sys.argv[1:3]
server = subprocess.Popen([zhidian, "--data", office, "serve", "--listen", "127.0.0.1:0"],
                          stdout=subprocess.PIPE, text=True)
try:
    address = None
    for line in server.stdout:
        print(line, end="")
        found = re.search(r"http://[^\s/]+", line)
        if found:
            address = found.group(0)
            break
    if not address:
        sys.exit("the server did not start")
    for path in ["/healthz", "/readyz", "/"]:
        with urllib.request.urlopen(address + path, timeout=10) as reply:
            print(f"GET {path}: {reply.status}, {len(reply.read())} bytes")
    request = urllib.request.Request(address + "/api/v1/ask", method="POST",
                                     data=json.dumps({"question": "居住证怎么办"}).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as reply:
        answer = json.load(reply)
    print(f"POST /api/v1/ask: {reply.status}, refused {answer['refused']}, "
          f"{len(answer['citations'])} citations")
finally:
    server.terminate()
    try:
        status = server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        status = server.wait()
if status != 0:
    sys.exit("the server did not stop cleanly")
