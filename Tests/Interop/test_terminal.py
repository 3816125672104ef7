"""tmux drives `torpor client`: what a person at a terminal sees."""

import os
import shutil
import subprocess
import uuid

import pytest
from conftest import FAULTS, ROOT, eventually, run

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux: apt-get install tmux")


class Terminal:
    """One command in a tmux server of its own."""

    def __init__(self, *command):
        self.name = f"torpor-{uuid.uuid4().hex[:8]}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "50", "-c", str(ROOT), *command)
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def tmux(self, *arguments):
        done = subprocess.run(
            ["tmux", "-u", "-L", self.name, *arguments], capture_output=True, text=True, timeout=20,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        return done.stdout

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def screen(self):
        return self.tmux("capture-pane", "-p", "-S", "-200")

    def shows(self, text, seconds=20):
        return eventually(lambda: text in self.screen(), seconds)


@pytest.fixture
def terminal():
    started = []

    def start(*arguments):
        shell = " ".join(f"'{word}'" for word in [os.environ["TORPOR"], *map(str, arguments)])
        # The pane lives on after the client, so that its last lines can be read.
        started.append(Terminal(f"{shell}; echo exit=$?; sleep 60"))
        return started[-1]

    yield start
    for one in started:
        one.tmux("kill-server")


def test_a_person_talks_pings_and_quits(up, terminal):
    screen = terminal("client", up("--heartbeat-interval", "300ms").url())
    assert screen.shows("welcome"), screen.screen()
    screen.type("hello from a terminal")
    assert screen.shows("← echo"), screen.screen()
    screen.type("ping")
    assert screen.shows("← pong"), screen.screen()
    assert screen.shows("← heartbeat_ack"), screen.screen()
    screen.type("quit")
    assert screen.shows("closed 1000") and screen.shows("exit=0"), screen.screen()


def test_a_person_is_warned_of_silence(up, terminal):
    server = up("--heartbeat-interval", "200ms", "--faults", FAULTS / "silent-handlers.yaml")
    screen = terminal("client", server.url())
    assert screen.shows("welcome")
    assert screen.shows("no answer to the last 3 heartbeats"), screen.screen()
    assert "heartbeat_ack" not in screen.screen()


def test_lines_come_through_a_pipe(up):
    done = subprocess.run(
        [os.environ["TORPOR"], "client", up().url()],
        input="through a pipe\nping\n", capture_output=True, text=True, timeout=30,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "through a pipe" in done.stdout and "pong" in done.stdout


def test_nobody_there_is_said(up):
    done = run("client", "ws://127.0.0.1:1/websocket")
    assert done.returncode != 0 and "connect" in (done.stdout + done.stderr)
