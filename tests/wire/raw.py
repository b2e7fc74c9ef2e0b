"""The program at one end of a wire and raw bytes at the other."""
import os
import re
import select
import signal
import socket
import subprocess
import tempfile


class Server:
    """zhidian serve on a free port, in a data folder of its own."""

    def __init__(self, program, limits="", data=None, args=(), files=None):
        self.folder = None
        if data is None:
            self.folder = tempfile.TemporaryDirectory(prefix="zhidian-wire-")
            data = os.path.join(self.folder.name, "office")
        command = [program, "--data", data, "serve", "--listen", "127.0.0.1:0"]
        if limits:
            command += ["--limits", limits]
        if files:
            command = ["prlimit", f"--nofile={files}", *command]
        self.data = data
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command + list(args), stdout=subprocess.PIPE,
                                        stderr=self.errors)
        self.said = b""
        while b"http://" not in self.said or not self.said.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], 60)
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                raise RuntimeError(f"the server did not start: {self.said!r} {self.log()!r}")
            self.said += piece
        self.port = int(re.search(rb"http://127\.0\.0\.1:(\d+)/", self.said).group(1))

    def rest_of_output(self):
        """What stood behind the address: the token, where it was made now."""
        while b"zdadm_" not in self.said:
            ready, _, _ = select.select([self.process.stdout], [], [], 0)
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                break
            self.said += piece
        return self.said

    def token(self):
        found = re.search(rb"zdadm_[0-9a-f]{64}", self.rest_of_output())
        return found.group(0).decode() if found else None

    def log(self):
        self.errors.seek(0)
        return self.errors.read()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait(30)
        self.process.stdout.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        if self.folder:
            self.folder.cleanup()


class Reply:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body


class Wire:
    """One connection. Every wait ends after 30 seconds."""

    def __init__(self, port, host="127.0.0.1", buffer=0):
        self.socket = socket.socket()
        self.socket.settimeout(30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.connect((host, port))
        self.left = b""

    def send(self, data):
        """False where the other end has closed."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def _more(self):
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        self.left += piece
        return bool(piece)

    def reply(self, head_only=False):
        """The next reply, or None where the connection ends before it."""
        while b"\r\n\r\n" not in self.left:
            if not self._more():
                return None
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [A-Za-z ]+", lines[0])
        assert match, lines[0]
        fields = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            assert name.lower() not in fields, f"{name} twice"
            fields[name.lower()] = value
        status = int(match.group(1))
        size = 0 if head_only or status in (100, 204, 304) else int(fields["content-length"])
        while len(self.left) < size:
            if not self._more():
                raise AssertionError("the reply is cut short")
        body, self.left = self.left[:size], self.left[size:]
        return Reply(status, fields, body)

    def rest(self):
        """Everything until the other end closes."""
        while self._more():
            pass
        rest, self.left = self.left, b""
        return rest

    def close(self):
        # a reset, so that thousands of connections do not wait for their ports
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def rows():
    """The rows of requests.txt: verdict, name, bytes."""
    escapes = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}

    def units(text):
        out = b""
        for match in re.finditer(r"⏎|\\x([0-9a-f]{2})|\\([rnt0\\])|.", text, re.S):
            if match.group(0) == "⏎":
                out += b"\r\n"
            elif match.group(1):
                out += bytes([int(match.group(1), 16)])
            elif match.group(2):
                out += escapes[match.group(2)]
            else:
                out += match.group(0).encode()
        return out

    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "requests.txt")
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if not line or line[0] == "#":
                continue
            data, at = b"", 0
            text = line[35:]
            for match in re.finditer(r"\{((?:(?!\*\d+\}).)+?)\*(\d+)\}", text):
                data += units(text[at:match.start()]) + units(match.group(1)) * int(match.group(2))
                at = match.end()
            yield line[:6].strip(), line[6:35].strip(), data + units(text[at:])
