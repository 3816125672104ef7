"""Bad input on raw sockets: a clear answer to who sent it, and nobody else feels it."""

import socket
import struct

import pytest
from raw import Raw, frame, opened


@pytest.fixture
def server(up, session):
    """A server with a good session, which must still be answered afterwards."""
    started = up()
    good = session(started.url("good"))
    yield started
    assert good.works(), "somebody else's bad input was felt"
    assert session(started.url("new")).works(), "nobody new gets in"


@pytest.mark.parametrize(
    "code, data",
    [
        (1002, frame(1, b"hello", masked=False)),
        (1002, frame(3, b"reserved opcode")),
        (1002, frame(1, b"reserved bit", first=0xC0)),
        (1002, frame(9, b"x" * 126)),
        (1002, frame(9, b"fragmented ping", first=0)),
        (1002, frame(0, b"nothing to continue")),
        (1002, frame(8, b"x")),
        (1002, frame(8, struct.pack(">H", 1005))),
        (1007, frame(1, b"\xff\xfe")),
        (1007, frame(1, b"\xed\xa0\x80", first=0)),
        (1009, frame(2, b"", length=64 << 20)),
        (1009, frame(2, b"", length=(1 << 62))),
    ],
    ids=[
        "unmasked", "reserved opcode", "reserved bit", "long ping", "fragmented ping",
        "stray continuation", "half a close code", "unsendable close code", "invalid UTF-8",
        "surrogate in a fragment", "64 MiB announced", "2^62 bytes announced",
    ],
)
def test_an_illegal_frame_gets_its_close_code(server, code, data):
    assert opened(server.address).send(data).close_code() == code


@pytest.mark.parametrize(
    "data",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 4096, b"hello there\r\n\r\n"],
    ids=["a TLS hello", "zeros", "words"],
)
def test_garbage_is_refused(server, data):
    raw = Raw(server.address).send(data)
    raw.socket.shutdown(socket.SHUT_WR)
    answer = raw.receive()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 "), answer[:80]


def test_ten_thousand_headers_get_431(server):
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(10_000))
    raw = Raw(server.address).send(b"GET /websocket HTTP/1.1\r\nHost: t\r\n" + lines + b"\r\n")
    assert raw.status()[0] == 431


def test_a_target_of_100_kilobytes_gets_414_or_431(server):
    raw = Raw(server.address).send(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: t\r\n\r\n")
    assert raw.status()[0] in (414, 431)


def test_a_wrong_version_gets_426_and_the_right_one(server):
    status, head = Raw(server.address).upgrade(version="8").status()
    assert status == 426 and b"sec-websocket-version: 13" in head.lower()


def test_half_a_handshake_holds_up_nobody(server, session):
    half = [Raw(server.address).send(b"GET /websocket HTTP/1.1\r\nHost: t\r\nUpg") for _ in range(50)]
    assert session(server.url("beside")).works()
    for raw in half:
        raw.socket.close()


def test_half_a_frame_holds_up_nobody(server, session):
    half = [opened(server.address).send(frame(1, b"x" * 100)[:20]) for _ in range(20)]
    assert session(server.url("bad")).works()
    for raw in half:
        raw.socket.close()


def test_without_an_object_server_upgrades_and_requests_get_502_with_the_reason(torpor):
    edge = torpor("edge", "--listen", "127.0.0.1:0", "--objects", "http://127.0.0.1:1")
    for send in (
        lambda raw: raw.upgrade(),
        lambda raw: raw.send(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n"),
    ):
        raw = send(Raw(edge.address))
        status, head = raw.status()
        assert status == 502, head
        body = head.split(b"\r\n\r\n", 1)[1] or raw.receive()
        assert b"object" in body.lower(), head
