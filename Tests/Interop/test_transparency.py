"""With no rule an edge cannot be seen in the frames: random conversations by raw sockets, with and without it.

Both ends record every frame that reaches them: header bits, form of the length, payload in the clear. A mask
key may differ. Nothing here is polite: lengths in longer forms than needed, reserved bits and opcodes, bytes
that are no UTF-8, missing masks, control frames inside messages, Close payloads of every kind, several frames
in one segment and frames cut anywhere.
"""

import base64
import hashlib
import random
import re
import socket
import struct
import threading

import pytest
from conftest import PATIENCE
from raw import Raw

CONVERSATIONS = 300
ACCEPT = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
CLOSES = [
    b"", b"x", struct.pack(">H", 1000), struct.pack(">H", 1000) + b"done", struct.pack(">H", 4999) + "grüße".encode(),
    struct.pack(">H", 1005), struct.pack(">H", 0), struct.pack(">H", 65535) + b"\xff\xfe", struct.pack(">H", 3000) + b"r" * 123,
]


def encoded(draw, first, payload, masked):
    """A frame, now and then with its length in a longer form than it needs."""
    size = len(payload)
    form = 7 if size < 126 else 16 if size < 65536 else 64
    if draw.random() < 0.15:
        form = draw.choice([it for it in (16, 64) if it >= form])
    mark = 0x80 if masked else 0
    head = {7: lambda: struct.pack(">BB", first, mark | size),
            16: lambda: struct.pack(">BBH", first, mark | 126, size),
            64: lambda: struct.pack(">BBQ", first, mark | 127, size)}[form]()
    if not masked:
        return head + payload
    key = draw.randbytes(4)
    return head + key + unmasked(payload, key)


def unmasked(payload, key):
    if not payload:
        return b""
    whole = int.from_bytes(payload, "big") ^ int.from_bytes((key * (len(payload) // 4 + 1))[: len(payload)], "big")
    return whole.to_bytes(len(payload), "big")


class Frames:
    """Frames read from a socket: (first byte, masked, form of the length, payload)."""

    def __init__(self, connection):
        self.connection, self.data = connection, b""
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def take(self, count):
        while len(self.data) < count:
            part = self.connection.recv(65536)
            if not part:
                return None
            self.data += part
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def next(self):
        head = self.take(2)
        if head is None:
            return "end of stream"
        first, second = head
        length, form = second & 0x7F, 7
        if length == 126:
            length, form = struct.unpack(">H", self.take(2))[0], 16
        elif length == 127:
            length, form = struct.unpack(">Q", self.take(8))[0], 64
        key = self.take(4) if second & 0x80 else None
        payload = self.take(length) if length else b""
        return (first, key is not None, form, unmasked(payload, key) if key else payload)


class Side:
    """Makes up what one end says: it knows only whether it is inside a message."""

    def __init__(self, draw, masks):
        self.draw, self.masks, self.inside = draw, masks, False

    def frame(self):
        draw = self.draw
        if draw.random() < 0.25:
            first = draw.choice([0x89, 0x8A]) if draw.random() < 0.9 else draw.choice([0x8B, 0x09])
            return self.bytes(first, draw.randbytes(draw.choice([0, 1, 60, 125])))
        payload = draw.choice([
            lambda: b"", lambda: b"{}", lambda: "grüße 🙂".encode(), lambda: draw.randbytes(draw.randrange(300)),
            lambda: draw.randbytes(draw.choice([125, 126, 127, 65535, 65536, 70000])),
        ])()
        final = draw.random() < 0.6
        first = (0x80 if final else 0) | (0 if self.inside else draw.choice([1, 2]))
        if draw.random() < 0.05:
            first |= draw.choice([0x40, 0x20, 0x10])
        elif draw.random() < 0.03:
            first = 0x83  # a reserved opcode
        self.inside = not final
        return self.bytes(first, payload)

    def bytes(self, first, payload):
        masked = self.masks if self.draw.random() < 0.97 else not self.masks
        return encoded(self.draw, first, payload, masked)

    def turn(self):
        count = self.draw.choice([0, 1, 1, 2, 5])
        return count, b"".join(self.frame() for _ in range(count))


def conversation(seed):
    """Turns of (client's count and bytes, server's count and bytes), and who closes with what."""
    draw = random.Random(seed)
    client, server = Side(draw, True), Side(draw, False)
    turns = [(client.turn(), server.turn()) for _ in range(draw.randrange(1, 7))]
    closes = [client.bytes(0x88, draw.choice(CLOSES)), server.bytes(0x88, draw.choice(CLOSES))]
    return turns, closes, draw.choice(["client", "server", "both"])


def pour(draw, connection, data):
    """Sends in up to three segments, cut anywhere."""
    cuts = sorted(draw.randrange(len(data) + 1) for _ in range(draw.randrange(3))) if data else []
    for start, end in zip([0, *cuts], [*cuts, len(data)]):
        connection.sendall(data[start:end])


def play(connection, me, seed, heard, frames):
    """One end's part: says its turns, and hears all of the other's in each."""
    turns, closes, closer = conversation(seed)
    draw = random.Random(f"{seed} {me}")
    mine, other = (0, 1) if me == "client" else (1, 0)
    for turn in turns:
        # Large turns both ways at once would fill both sockets while nobody reads.
        sending = threading.Thread(target=pour, args=(draw, connection, turn[mine][1]))
        sending.start()
        heard.extend(frames.next() for _ in range(turn[other][0]))
        sending.join(PATIENCE)
    if closer in (me, "both"):
        connection.sendall(closes[mine])
        heard.append(frames.next())
    else:
        heard.append(frames.next())
        connection.sendall(closes[mine])
    if me == "server":
        connection.shutdown(socket.SHUT_WR)
    heard.append(frames.next())
    connection.close()


class Backend:
    """Plays the server's part of one conversation after the other; the seed is in the path."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.records = {}
        self.done = {}
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        frames, head = Frames(connection), b""
        while not head.endswith(b"\r\n\r\n"):
            head += frames.take(1)
        way, seed = head.split(b" ")[1].decode().strip("/").split("/")
        heard = self.records[(way, int(seed))] = []
        done = self.done.setdefault((way, int(seed)), threading.Event())
        key = re.search(rb"(?i)\r\nsec-websocket-key: *(\S+)", head)[1]
        connection.sendall(ACCEPT + b"Sec-WebSocket-Accept: " + accept(key) + b"\r\n\r\n")
        try:
            play(connection, "server", int(seed), heard, frames)
        except OSError as error:
            heard.append(repr(error))
        done.set()

    def heard(self, way, seed):
        assert self.done.setdefault((way, seed), threading.Event()).wait(PATIENCE), "the server never ended"
        return self.records[(way, seed)]


def accept(key):
    return base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())


@pytest.fixture
def backend():
    made = Backend()
    yield made
    made.listener.close()


def hold(address, way, seed):
    """The client's part; what it heard."""
    raw = Raw(address).upgrade(f"/{way}/{seed}")
    frames, head, heard = Frames(raw.socket), b"", []
    while not head.endswith(b"\r\n\r\n"):
        head += frames.take(1)
    assert head.startswith(b"HTTP/1.1 101 "), head
    try:
        play(raw.socket, "client", seed, heard, frames)
    except OSError as error:
        heard.append(repr(error))
    return heard


@pytest.mark.parametrize("traced", [False, True], ids=["untraced", "traced"])
def test_the_same_frames_with_and_without_an_edge(backend, torpor, tmp_path, traced):
    edge = torpor(
        "edge", "--listen", "127.0.0.1:0", "--backend", f"ws://127.0.0.1:{backend.port}",
        "--hibernate-after", "never", "--ping", "forward", *(["--trace", tmp_path] if traced else []),
    )
    for seed in range(CONVERSATIONS):
        direct = hold(("127.0.0.1", backend.port), "direct", seed)
        assert direct[-1] == "end of stream" and len(direct) > 1, (seed, direct)
        assert hold(edge.address, "edge", seed) == direct, f"the client, seed {seed}"
        assert backend.heard("edge", seed) == backend.heard("direct", seed), f"the server, seed {seed}"
