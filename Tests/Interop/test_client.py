"""Python's `websockets`, and the small client, against the service."""

import http.client
import pathlib
import re
import subprocess
import sys
import time
import uuid

import pytest
from conftest import FAULTS, PATIENCE, eventually, life
from websockets.exceptions import ConnectionClosed

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
CLIENT = pathlib.Path(__file__).with_name("client.py")


def test_every_exchange_has_its_fields(up, session):
    one = session(up("--heartbeat-interval", "7s").url())
    name = one.welcome["connectionId"]
    assert one.welcome["type"] == "welcome" and one.welcome["message"]
    assert str(uuid.UUID(name)) == name.lower()
    assert one.welcome["heartbeatInterval"] == 7000
    pong, ack = one.ask("ping"), one.ask("heartbeat")
    echo = one.ask("message", message="grüße 🙂")
    assert (pong["type"], ack["type"], echo["type"]) == ("pong", "heartbeat_ack", "echo")
    assert echo["message"] == "grüße 🙂" and echo["connections"] == 1
    for answer in (pong, ack, echo):
        assert TIME.fullmatch(answer["timestamp"]) and answer["connectionId"] == name


@pytest.mark.parametrize("text", ["not json", '{"type":"nothing known"}', "[1,2]"])
def test_what_is_no_message_comes_back_as_echo(up, session, text):
    one = session(up().url())
    one.socket.send(text)
    assert one.read()["type"] == "echo"


def test_fragments_with_a_ping_between_are_one_message(up, session):
    one = session(up().url())
    one.socket.send(iter(['{"type":"mess', 'age","message":"in ', 'parts"}']))
    assert one.read()["message"] == "in parts"
    assert one.socket.ping().wait(PATIENCE)


def test_a_mebibyte_comes_back_whole(up, session):
    one = session(up().url())
    text = "0123456789abcdef" * 65536
    assert one.ask("message", message=text)["message"] == text


def test_objects_are_apart_and_share_within(up, session):
    server = up()
    first, second = session(server.url("a")), session(server.url("a"))
    other = session(server.url("b"))
    assert first.ask("message", message="x")["connections"] == 2
    assert second.ask("message", message="x")["connections"] == 2
    assert other.ask("message", message="x")["connections"] == 1


def test_a_sleep_and_a_wake_leave_the_socket_and_its_name(up, session, tmp_path):
    server = up("--hibernate-after", "300ms", "--trace", tmp_path)
    one = session(server.url())
    for wakes in (1, 2):
        assert eventually(lambda: len(life(tmp_path, "hibernated")) >= wakes)
        answer = one.ask("message", message="good morning")
        assert answer["message"] == "good morning"
        assert answer["connectionId"] == one.welcome["connectionId"]


def test_a_ping_of_the_protocol_wakes_nobody(up, session, tmp_path):
    server = up("--hibernate-after", "300ms", "--trace", tmp_path)
    one = session(server.url())
    assert eventually(lambda: life(tmp_path, "hibernated"))
    for _ in range(5):
        assert one.socket.ping().wait(PATIENCE)
    # An answer to a message is the proof that everything before it was traced.
    assert one.works()
    assert eventually(lambda: len(life(tmp_path, "hibernated")) == 2)
    assert len({row["wake"] for row in life(tmp_path, "hibernated")}) == 2


def test_the_object_closes_with_the_code_asked_for(up, session):
    one = session(up().url())
    one.tell("close", code=4001, reason="enough")
    with pytest.raises(ConnectionClosed) as closed:
        one.socket.recv(timeout=PATIENCE)
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "enough")


def test_a_stale_socket_is_closed_by_the_alarm_even_asleep(up, session):
    server = up(
        "--stale-after", "1s", "--alarm-interval", "300ms", "--hibernate-after", "200ms"
    )
    one = session(server.url())
    with pytest.raises(ConnectionClosed) as closed:
        one.socket.recv(timeout=PATIENCE)
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1000, "Connection timeout")


def test_plain_http_gets_the_page_and_426(up):
    host, port = up().address
    answers = {}
    for path in ("/", "/websocket"):
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        connection.request("GET", path)
        response = connection.getresponse()
        answers[path] = (response.status, response.read().decode())
        connection.close()
    assert answers["/"][0] == 200 and 'id="heartbeat"' in answers["/"][1]
    assert "src=" not in answers["/"][1] and answers["/websocket"][0] == 426


def test_silent_handlers_lets_only_welcome_through(up, session):
    one = session(up("--faults", FAULTS / "silent-handlers.yaml").url())
    assert one.welcome["type"] == "welcome"
    for kind in ("ping", "heartbeat", "message"):
        with pytest.raises(TimeoutError):
            one.ask(kind, seconds=0.7, message="anybody")


def small_client(url, text, keep_open=0.0):
    process = subprocess.Popen(
        [sys.executable, CLIENT, url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    process.stdin.write(text)
    process.stdin.flush()
    time.sleep(keep_open)
    out, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, out


def test_the_small_client_works_from_a_pipe(up):
    code, out = small_client(up().url(), "hello\nping\n")
    assert code == 0, out
    for line in ("← welcome", "→ message hello", "← echo hello", "→ ping", "← pong", "closed 1000"):
        assert line in out


def test_the_small_client_warns_after_three_unanswered(up):
    server = up("--heartbeat-interval", "200ms", "--faults", FAULTS / "silent-handlers.yaml")
    code, out = small_client(server.url(), "", keep_open=2.0)
    assert "no answer to the last 3 heartbeats" in out
