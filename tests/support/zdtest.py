"""What the flow tests share: running the program on a fresh office, and the collections outside.

The binary is $ZD_BINARY (Meson sets it). A test is a function whose name begins with test_; run()
runs all of a module's and prints one line each, so that a failure names its behaviour.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ZD_BINARY", str(ROOT / "build/src/cli/zhidian"))
SHARED = pathlib.Path(os.environ.get("ZD_SHARED", ROOT.parent / "shared"))
SKIP = 77


class Office:
    """A fresh data folder with the program beside it; use in a with statement."""

    def __init__(self):
        self.place = tempfile.TemporaryDirectory(prefix="zhidian-test-")
        self.folder = pathlib.Path(self.place.name)
        self.data = self.folder / "office"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.place.cleanup()

    def run(self, *arguments, status=0, timeout=300, **options):
        """Runs a command and holds its exit status; gives the finished process (text)."""
        done = subprocess.run([BINARY, "--data", str(self.data), *map(str, arguments)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              encoding="utf-8", errors="strict", timeout=timeout, **options)
        assert done.returncode == status, (
            f"{' '.join(map(str, arguments))}: exit {done.returncode}, expected {status}\n"
            f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done

    def write(self, name, content):
        """A file beside the office; text is written as UTF-8."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def ask(self, question, *options):
        return json.loads(self.run("ask", "--json", *options, question).stdout)

    def search(self, question, *options):
        return json.loads(self.run("search", "--json", *options, question).stdout)["hits"]

    def documents(self):
        return [json.loads(line) for line in self.run("list", "--json").stdout.splitlines()]

    def show(self, document):
        return json.loads(self.run("show", "--json", document).stdout)


def need_shared(*parts):
    """The path below the outside collections; ends the test as skipped where it is absent."""
    path = SHARED.joinpath("data", *parts)
    if not path.exists():
        print(f"skipped: {path} is not here")
        sys.exit(SKIP)
    return path


def run(module):
    """Runs every test_ function of a module's namespace; ends with 1 if any fails."""
    failed = 0
    for name, test in list(module.items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            print(f"ok      {name}")
        except Exception:
            failed += 1
            print(f"FAILED  {name}")
            traceback.print_exc()
    sys.exit(1 if failed else 0)
