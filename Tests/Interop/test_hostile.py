"""Hostile peers: the edge's memory stays within its own limits, and a session beside them is answered.

The limits are read from `EdgeLimits` and `HTTPLimits`, so that a test follows when one is changed.
"""

import json
import random
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest
from conftest import PATIENCE, ROOT, eventually, free_port, run
from raw import Raw, frame, opened
from test_interop import Certificates
from websockets.sync.client import connect

SECONDS = 0.5  # how long one flood lasts
CONNECTION_BYTES = 8 << 10  # what a connection costs beside its buffers: channel, handler, leg
READ_BYTES = 64 << 10  # the most that one read takes, and that joined writes hold
HANDSHAKE_SECONDS = 10  # `handshakeTimeout`
SLACK_BYTES = 8 << 20  # what an allocator keeps
ECHO = """
import asyncio
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed
async def echo(socket):
    try:
        async for message in socket:
            await socket.send(message)
    except ConnectionClosed:
        pass
async def main():
    async with serve(echo, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()
asyncio.run(main())
"""


def read_limits():
    """Every `public var NAME = NUMBER` of the two structs of limits."""
    found = {}
    for place in ("Sources/EdgeCore", "Sources/WebSocketWire"):
        for file in (ROOT / place).glob("*.swift"):
            for name, value in re.findall(
                r"public var (\w+)(?:: \w+)? = ([\d_]+(?: << \d+)?)\n", file.read_text()
            ):
                first, _, shift = value.replace("_", "").partition(" << ")
                found[name] = int(first) << int(shift or 0)
    return found


LIMITS = read_limits()


def resident(edge, name):
    """`VmRSS`, what the edge has now, or `VmHWM`, the most it ever had; in bytes."""
    status = open(f"/proc/{edge.process.pid}/status").read()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) << 10


class World:
    """An edge in a process of its own, whatever is behind it, and a session that only asks."""

    def __init__(self, edge, back, path):
        self.edge, self.back, self.path = edge, back, path
        self.address = edge.address
        self.good = self.connect("good")
        self.asked, self.slowest, self.failure = 0, 0.0, None
        self.done = threading.Event()
        self.base = resident(edge, "VmRSS")
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def connect(self, name):
        socket = connect(
            "ws://%s:%d%s" % (*self.address, self.path.format(name)), legacy=True, open_timeout=2 * PATIENCE,
            compression=None, ping_interval=None, proxy=None, max_size=None, close_timeout=1,
        )
        if self.path != "/":
            assert json.loads(socket.recv(timeout=PATIENCE))["type"] == "welcome"
        return socket

    def opened(self, name="bad"):
        return opened(self.address, self.path.format(name))

    def _ask(self):
        while not self.done.is_set():
            text = f"question {self.asked}"
            start = time.monotonic()
            try:
                self.good.send(json.dumps({"type": "message", "message": text}))
                answer = json.loads(self.good.recv(timeout=PATIENCE))
                assert answer["message"] == text, answer
            except Exception as failure:  # told by `check`, in the test's own thread
                self.failure = failure
                return
            self.slowest = max(self.slowest, time.monotonic() - start)
            self.asked += 1
            self.done.wait(0.01)

    def check(self, allowed):
        """Every answer came, the edge is there, and it took no more than it may, and a tenth."""
        eventually(lambda: self.asked > 1 or self.failure)
        self.done.set()
        self.thread.join(PATIENCE * 2)
        assert self.failure is None, f"after {self.asked} answers: {self.failure!r}"
        assert self.edge.process.poll() is None, self.edge.lines
        took = resident(self.edge, "VmHWM") - self.base
        limit = allowed * 1.1 + SLACK_BYTES
        print(
            f"{took / 2**20:.1f} MiB of {limit / 2**20:.1f} MiB; {self.asked} answers, "
            f"the slowest after {self.slowest:.2f} s"
        )
        assert took <= limit, f"{took >> 10} KiB, more than {int(limit) >> 10} KiB"
        new = self.connect("new")
        new.close()


def takes_backend():
    return "--backend" in run("edge", "--help").stdout


@pytest.fixture(params=["objects", "backend"])
def world(request, torpor):
    """The same edge in front of the object server, and in front of a stranger's."""
    made = []
    if request.param == "objects":
        port = free_port()
        back = torpor("object", "--listen", f"127.0.0.1:{port}")
        assert back.address
        edge = torpor("edge", "--listen", "127.0.0.1:0", "--objects", f"http://127.0.0.1:{port}")
        assert eventually(lambda: Raw(edge.address).send(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n").status()[0] == 200)
        path = "/objects/{}/websocket"
        made.append(World(edge, back.process, path))
    else:
        if not takes_backend():
            pytest.skip("this edge has no --backend")
        back = subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        request.addfinalizer(back.kill)
        port = int(back.stdout.readline())
        edge = torpor("edge", "--listen", "127.0.0.1:0", "--backend", f"ws://127.0.0.1:{port}")
        made.append(World(edge, back, "/"))
    yield made[0]
    made[0].done.set()
    made[0].good.close()


def flood(raws, data, seconds=SECONDS, reads=True):
    """Sends `data` over and over on every connection, as fast as each takes it; gives the bytes sent."""
    end, sent = time.monotonic() + seconds, 0
    places = {}
    for raw in raws:
        raw.socket.setblocking(False)
        places[raw.socket] = 0
    poll = select.poll()  # `select` takes no descriptor above 1,023
    by_number = {one.fileno(): one for one in places}
    for number in by_number:
        poll.register(number, select.POLLOUT | (select.POLLIN if reads else 0))
    while (left := end - time.monotonic()) > 0 and places:
        ready = poll.poll(min(left, 0.1) * 1000)
        readable = [by_number[number] for number, what in ready if what & select.POLLIN]
        writable = [by_number[number] for number, what in ready if what & ~select.POLLIN]
        gone = set()
        for one in readable:
            try:
                if not one.recv(1 << 18):
                    gone.add(one)
            except BlockingIOError:
                pass
            except OSError:
                gone.add(one)
        for one in writable:
            try:
                count = one.send(data[places[one]:])
                places[one] = (places[one] + count) % len(data)
                sent += count
            except BlockingIOError:
                pass
            except OSError:
                gone.add(one)
        for one in gone:
            poll.unregister(one)
            del places[one]
    return sent


def per_session(count):
    """What `count` sessions may make the edge hold: a read each way, an unread answer's credit."""
    return count * (CONNECTION_BYTES + 2 * READ_BYTES + LIMITS["creditBytes"] + LIMITS["earlyBytesMax"])


LINK_BYTES = 16 << 20  # waiting for the link above which clients are not read


PARTS = frame(1, b"{", first=0) + (frame(0, b"z", first=0) + frame(9, b"")) * 500 + frame(0, b"}")


@pytest.mark.parametrize(
    "count, data, reads",
    [
        (10, frame(1, b"x" * 1000) * 60, True),
        (10, frame(1, b"x" * 1000) * 60, False),
        (10, frame(2, b"x" * 60_000), True),
        (10, frame(2, b"x" * 60_000), False),
        (10, frame(9, b"x" * 125) * 400, True),
        (10, frame(9, b"x" * 125) * 400, False),
        (10, frame(10, b"x" * 125) * 400, True),
        # One read holds 9,000 of these, and each is a message and an answer: two floods are enough.
        (2, frame(1, b"") * 9000, True),
        (2, frame(1, b"y") * 9000, False),
        (2, PARTS, True),
    ],
    ids=[
        "texts", "texts unread", "60 KB", "60 KB unread", "pings", "pings unread", "pongs",
        "empty frames", "tiny frames unread", "fragments and pings",
    ],
)
def test_a_flood(world, count, data, reads):
    raws = [world.opened(f"bad-{number}") for number in range(count)]
    sent = flood(raws, data, reads=reads)
    assert sent > 0
    world.check(per_session(len(raws)) + LINK_BYTES)


def test_fragments_without_an_end(world):
    raws = [world.opened(f"bad-{number}") for number in range(4)]
    for raw in raws:
        raw.send(frame(1, b"a", first=0))
    flood(raws, frame(0, b"b", first=0) * 9000)
    world.check(per_session(len(raws)) + LINK_BYTES)


def test_messages_almost_as_long_as_they_may_be_and_never_whole(world):
    raws = [world.opened(f"bad-{number}") for number in range(6)]
    part = LIMITS["messageBytesMax"] - 1000
    data = frame(2, b"\0" * part, length=LIMITS["messageBytesMax"])
    for raw in raws:
        raw.send(data)
    # Growing a buffer needs the old one beside the new one, in one session at a time.
    allowed = (len(raws) + 1) * LIMITS["messageBytesMax"]
    world.check(per_session(len(raws)) + allowed)


@pytest.mark.parametrize(
    "length", [LIMITS["messageBytesMax"], 1 << 40, (1 << 63) - 1], ids=["32 MiB", "1 TiB", "2^63-1"]
)
def test_lengths_that_are_only_announced(world, length):
    raws = [world.opened(f"bad-{number}") for number in range(100)]
    for raw in raws:
        raw.send(frame(2, b"only this", length=length))
    if length > LIMITS["messageBytesMax"]:
        assert {raw.close_code() for raw in raws} == {1009}
    world.check(per_session(len(raws)))


def test_frames_one_byte_at_a_time(world):
    raws = [world.opened(f"bad-{number}") for number in range(20)]
    data = frame(1, json.dumps({"type": "message", "message": "slow"}).encode())
    for byte in data:
        for raw in raws:
            raw.send(bytes([byte]))
        time.sleep(0.005)
    world.check(per_session(len(raws)))


def test_handshakes_of_garbage(world):
    draw = random.Random(7)
    starts = [b"", b"GET ", b"GET /websocket HTTP/1.1\r\n", b"\x16\x03\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    for number in range(600):
        raw = Raw(world.address)
        raw.send(starts[number % len(starts)] + draw.randbytes(draw.choice([1, 100, 5000])))
        if number % 3:
            raw.socket.shutdown(socket.SHUT_WR)
            answer = raw.receive()
            assert answer == b"" or re.match(rb"HTTP/1\.1 (4\d\d|505) ", answer), answer[:80]
        raw.socket.close()
    world.check(200 * CONNECTION_BYTES + 4 * LIMITS["headBytesMax"])


@pytest.mark.parametrize(
    "data",
    [
        b"GET /" + b"a" * (10 << 20),
        b"GET / HTTP/1.1\r\nHost: t\r\nX-Long: " + b"a" * (10 << 20),
        b"GET / HTTP/1.1\r\nHost: t\r\n" + b"X: y\r\n" * (10 << 20 >> 3),
    ],
    ids=["target", "one header", "many headers"],
)
def test_heads_of_10_mebibytes(world, data):
    raws = [Raw(world.address) for _ in range(20)]
    for raw in raws:
        raw.send(data)
    for raw in raws:
        # The refusal, or a reset, since the rest of the head is never read.
        answer = raw.receive()
        assert answer == b"" or re.match(rb"HTTP/1\.1 4(14|31) ", answer), answer[:80]
    world.check(len(raws) * (CONNECTION_BYTES + LIMITS["headBytesMax"] + READ_BYTES))


def test_a_thousand_half_open_connections_and_slowloris_end_at_the_time_out(world):
    silent = [Raw(world.address) for _ in range(1000)]
    slow = [Raw(world.address).send(b"GET /websocket HTTP/1.1\r\nHost: t\r\nX-Slow: ") for _ in range(200)]
    assert never_ended(silent, slow) == 0
    world.check(1200 * (CONNECTION_BYTES + READ_BYTES))


def test_tls_handshakes_that_never_end_do_at_the_time_out(torpor, tmp_path):
    made = Certificates(tmp_path)
    edge = torpor(
        "edge", "--listen", "127.0.0.1:0", "--objects", "http://127.0.0.1:1",
        "--tls-cert", made.certificate, "--tls-key", made.key,
    )
    assert edge.address
    before = resident(edge, "VmRSS")
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    silent = [Raw(edge.address) for _ in range(200)]
    slow = [Raw(edge.address).send(hello) for _ in range(50)]
    for raw in [Raw(edge.address).send(b"GET / HTTP/1.1\r\n\r\n"), Raw(edge.address).send(b"\x16\xff" * 99)]:
        # A word for who meant plain HTTP, an alert for anybody else, then the end.
        while part := raw.receive():
            assert part.startswith((b"HTTP/1.1 400 ", b"\x15")), part
    assert never_ended(silent, slow) == 0
    took = resident(edge, "VmHWM") - before
    assert took <= 250 * 2 * READ_BYTES * 1.1 + SLACK_BYTES, f"{took >> 10} KiB"
    assert edge.process.poll() is None


def never_ended(silent, slow):
    """How many connections outlive the time-out of the handshake; the slow ones say a byte now and then."""
    left = {raw.socket for raw in silent + slow}
    end = time.monotonic() + HANDSHAKE_SECONDS + PATIENCE
    while left and time.monotonic() < end:
        for raw in slow:
            raw.send(b"a")
        for one in polled(left):
            try:
                if not one.recv(65536):
                    left.discard(one)
            except ConnectionResetError:
                left.discard(one)
        time.sleep(0.05)
    return len(left)


def polled(sockets):
    """Those with something to read."""
    poll = select.poll()
    by_number = {one.fileno(): one for one in sockets}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(300)]


def test_sessions_that_come_and_are_reset(world):
    for number in range(400):
        raw = world.opened(f"churn-{number}")
        raw.send(frame(1, b"and gone"))
        # A reset instead of an end.
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.socket.close()
    world.check(400 * CONNECTION_BYTES)


def test_requests_in_a_pipeline_whose_answers_nobody_reads(world):
    raws = [Raw(world.address) for _ in range(10)]
    flood(raws, b"GET / HTTP/1.1\r\nHost: t\r\n\r\n" * 500, reads=False)
    world.check(per_session(len(raws)) + len(raws) * LIMITS["bodyBytesMax"])


def test_bodies_without_an_end(world):
    raws = [Raw(world.address) for _ in range(10)]
    for length in (LIMITS["bodyBytesMax"], 99_999_999_999):
        for raw in raws:
            raw.send(b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % length)
        flood(raws, b"b" * 60_000, seconds=0.3)
        raws = [Raw(world.address) for _ in range(10)]
    world.check(per_session(len(raws)) + len(raws) * LIMITS["bodyBytesMax"])


def test_a_server_behind_that_takes_nothing(world):
    world.done.set()
    world.thread.join(PATIENCE)
    assert world.failure is None and world.asked > 0
    raws = [world.opened(f"bad-{number}") for number in range(10)]
    world.back.send_signal(signal.SIGSTOP)
    try:
        flood(raws, frame(2, b"x" * 60_000), seconds=2)
    finally:
        world.back.send_signal(signal.SIGCONT)
    world.done.clear()
    world.thread = threading.Thread(target=world._ask, daemon=True)
    world.thread.start()
    assert eventually(lambda: world.asked > 20 or world.failure)
    world.check(per_session(len(raws)) + 2 * LINK_BYTES)
