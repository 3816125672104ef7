"""Ends of processes: orderly, killed, and killed while a session is held."""

import signal
import time

import pytest
from conftest import PATIENCE, eventually, free_port, life, run, trace_files, trace_rows
from websockets.exceptions import ConnectionClosed


def test_sigterm_closes_1001_and_exits_0_with_a_whole_trace(up, session, tmp_path):
    server = up("--trace", tmp_path)
    one = session(server.url())
    assert one.works()
    start = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    with pytest.raises(ConnectionClosed) as closed:
        one.socket.recv(timeout=PATIENCE)
    assert closed.value.rcvd.code == 1001
    assert server.process.wait(PATIENCE) == 0
    assert time.monotonic() - start < 5
    files = trace_files(tmp_path)
    assert len(files) == 2, "one file a role"
    for file in files:
        assert file.read_bytes().endswith(b"\n")
    assert sum(row.get("ev") == "end" for row in trace_rows(tmp_path)) == 2


def test_kill_9_leaves_at_most_one_torn_line_in_a_file(up, session, tmp_path):
    server = up("--trace", tmp_path)
    one = session(server.url())
    for number in range(200):
        one.tell("message", message=f"message {number}")
    assert eventually(lambda: len(trace_rows(tmp_path)) > 50)
    server.end(signal.SIGKILL)
    assert len(trace_rows(tmp_path)) > 50  # asserts that only a last line is torn
    assert run("trace", "analyze", tmp_path).returncode in (0, 1, 2)


def test_port_0_is_said_with_profile_seed_and_trace(up, tmp_path):
    server = up("--faults", "faults/pass-through.yaml", "--seed", "7", "--trace", tmp_path)
    assert server.address[1] > 0
    assert eventually(lambda: any(str(tmp_path) in line for line in server.lines))
    printed = "\n".join(server.lines)
    assert "pass-through" in printed and "7" in printed


@pytest.fixture
def apart(torpor, tmp_path):
    """An edge and an object server in processes of their own; the second can be started again."""
    port = free_port()

    def objects():
        started = torpor(
            "object", "--listen", f"127.0.0.1:{port}", "--hibernate-after", "300ms",
            "--trace", tmp_path,
        )
        assert started.address[1] == port
        return started

    first = objects()
    edge = torpor(
        "edge", "--listen", "127.0.0.1:0", "--objects", f"http://127.0.0.1:{port}",
        "--trace", tmp_path,
    )
    return edge, first, objects


def reached(session, url):
    """A session as soon as the edge has its link."""
    def attempt():
        try:
            return session(url)
        except Exception:  # a 502 until the link stands
            return None

    one = eventually(attempt)
    assert one, "the edge never reached the object server"
    return one


def test_a_sleeping_session_outlives_the_object_process(apart, session, tmp_path):
    edge, first, objects = apart
    one = reached(session, edge.url())
    assert eventually(lambda: life(tmp_path, "hibernated"))
    first.end(signal.SIGKILL)
    one.tell("message", message="while it is away")
    objects()
    answer = one.read()
    assert answer["message"] == "while it is away"
    assert answer["connectionId"] == one.welcome["connectionId"]


def test_an_awake_session_outlives_the_object_process(apart, session):
    edge, first, objects = apart
    one = reached(session, edge.url())
    assert one.works()
    first.end(signal.SIGKILL)
    objects()

    def answered():
        # What was on its way into the dead process is lost; a later message is not.
        try:
            return one.ask("message", seconds=1, message="again")["message"] == "again"
        except TimeoutError:
            return False

    assert eventually(answered)
