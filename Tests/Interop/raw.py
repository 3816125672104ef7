"""WebSocket bytes by hand: a connection that may send anything, and frames that need not be legal."""

import base64
import os
import socket
import struct

from conftest import PATIENCE


class Raw:
    """A TCP connection to the edge."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=PATIENCE)

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may answer and close before all is sent
        return self

    def status(self):
        """The status of the next response, and everything after its status line up to the body."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.receive()
            if not part:
                break
            data += part
        assert data.startswith(b"HTTP/1.1 "), data[:80]
        return int(data[9:12]), data

    def receive(self):
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            return b""

    def upgrade(self, path="/objects/bad/websocket", version="13"):
        key = base64.b64encode(os.urandom(16)).decode()
        return self.send(
            f"GET {path} HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: {version}\r\n\r\n".encode()
        )

    def close_code(self):
        """The code of the Close that must come; frames before it are passed over."""
        data = b""
        while True:
            while len(data) >= 2:
                length, start = data[1] & 0x7F, 2
                if length == 126:
                    length, start = struct.unpack(">H", data[2:4])[0], 4
                if len(data) < start + length:
                    break
                if data[0] & 0x0F == 8:
                    return struct.unpack(">H", data[start : start + 2])[0]
                data = data[start + length :]
            part = self.receive()
            if not part:
                return None
            data += part


def frame(opcode, payload, masked=True, first=0x80, length=None):
    size = len(payload) if length is None else length
    mask = 0x80 if masked else 0
    if size < 126:
        head = struct.pack(">BB", first | opcode, mask | size)
    elif size < 65536:
        head = struct.pack(">BBH", first | opcode, mask | 126, size)
    else:
        head = struct.pack(">BBQ", first | opcode, mask | 127, size)
    if not masked:
        return head + payload
    key = b"\x01\x02\x03\x04"
    return head + key + bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


def opened(address, path="/objects/bad/websocket"):
    """A WebSocket that was accepted; what follows the head is still in the socket."""
    raw = Raw(address).upgrade(path)
    data = b""
    while b"\r\n\r\n" not in data:
        # One byte at a time, so that the frames after the head stay in the socket.
        part = raw.socket.recv(1)
        assert part, data
        data += part
    assert data.startswith(b"HTTP/1.1 101 "), data
    return raw
