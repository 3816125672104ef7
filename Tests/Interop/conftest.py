"""What the tests share: starting the binary that `TORPOR` names, and reading what it prints and traces."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
from websockets.sync.client import connect

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAULTS = ROOT / "faults"
PATIENCE = 20.0  # seconds until something that must come counts as missing; shared CPUs are slow
LISTENING = re.compile(r"listening on \w+://([^\s:]+):(\d+)")


def pytest_collection_modifyitems(items):
    if not os.environ.get("TORPOR"):
        for item in items:
            item.add_marker(pytest.mark.skip(reason="TORPOR does not name the binary: make test"))


def eventually(check, seconds=PATIENCE):
    """The first true value of `check`, asked until the time is up; then its last value."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


def free_port():
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Torpor:
    """A running `torpor` command; `lines` grows as it prints."""

    def __init__(self, *arguments, env=None):
        self.process = subprocess.Popen(
            [os.environ["TORPOR"], *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
        )
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def address(self):
        def found():
            return next(filter(None, map(LISTENING.search, list(self.lines))), None)

        match = eventually(lambda: found() or self.process.poll() is not None) and found()
        assert match, f"no listening line: {self.lines}"
        return match[1], int(match[2])

    @property
    def http(self):
        return "http://%s:%d" % self.address

    def url(self, object=None):
        path = f"/objects/{object}/websocket" if object else "/websocket"
        return "ws://%s:%d%s" % (*self.address, path)

    def end(self, how=signal.SIGTERM, seconds=PATIENCE):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@pytest.fixture
def torpor():
    """Starts `torpor …`; all of them end with the test."""
    started = []

    def start(*arguments, **options):
        started.append(Torpor(*arguments, **options))
        return started[-1]

    yield start
    for one in reversed(started):
        one.end(signal.SIGKILL)


@pytest.fixture
def up(torpor):
    """Starts `torpor up` on a free port."""
    return lambda *arguments: torpor("up", "--listen", "127.0.0.1:0", *arguments)


class Session:
    """A WebSocket that has read its `welcome`."""

    def __init__(self, url, **options):
        opening = connect(
            url, compression=None, ping_interval=None, proxy=None, max_size=None, close_timeout=1,
            **options,
        )
        self.socket = opening.__enter__()  # the fixture closes it
        self.welcome = self.read()

    def read(self, seconds=PATIENCE):
        return json.loads(self.socket.recv(timeout=seconds))

    def ask(self, kind, seconds=PATIENCE, **fields):
        self.tell(kind, **fields)
        return self.read(seconds)

    def tell(self, kind, **fields):
        self.socket.send(json.dumps({"type": kind, **fields, "timestamp": "2026-01-01T00:00:00Z"}))

    def works(self, text="are you there"):
        return self.ask("message", message=text)["message"] == text


@pytest.fixture
def session():
    """Opens sessions; all of them end with the test."""
    opened = []

    def open_one(url, **options):
        opened.append(Session(url, **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.socket.close()


def run(*arguments, seconds=120, **options):
    """One `torpor` command to its end."""
    return subprocess.run(
        [os.environ["TORPOR"], *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        cwd=ROOT,
        **options,
    )


def trace_files(folder):
    return sorted(pathlib.Path(folder).rglob("*.jsonl"))


def trace_rows(folder):
    """Every whole row of a run's files; a last line may be torn, and only that one."""
    rows = []
    for file in trace_files(folder):
        lines = file.read_bytes().split(b"\n")
        for number, line in enumerate(lines):
            if not line:
                continue
            try:
                rows.append(json.loads(line))
            except ValueError:
                assert number == len(lines) - 1, f"{file.name}:{number + 1} is torn"
    return rows


def life(folder, what):
    """The rows of one step of life, as the object server recorded it."""
    rows = trace_rows(folder)
    return [row for row in rows if row.get("what") == what and row["p"].startswith("object")]
