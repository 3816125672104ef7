#!/usr/bin/env python3
"""A small client of the pingpong service, with the commands of `torpor client`.

    python3 client.py ws://127.0.0.1:8080/websocket

Type a message, `ping` or `quit`; lines may also come through a pipe. Heartbeats go out by themselves at
the interval that `welcome` gives; after three without an answer it warns. Needs `pip install websockets`.
"""

import argparse
import asyncio
import json
import sys
import threading
from datetime import datetime, timezone

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

UNANSWERED_MAX = 3
LINGER_SECONDS = 2.0
ANSWERS = {"pong", "echo"}


def timestamp():
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return now.replace("+00:00", "Z")


def say(arrow, text):
    clock = datetime.now().isoformat(timespec="milliseconds").split("T")[1]
    print(f"{clock} {arrow} {text}", flush=True)


class Client:
    """One connection: `due` counts answers still awaited, `unanswered` heartbeats in a row."""

    def __init__(self, socket):
        self.socket = socket
        self.due = 0
        self.unanswered = 0
        self.beats = None

    async def send(self, kind, **fields):
        say("→", " ".join([kind, *map(str, fields.values())]))
        await self.socket.send(json.dumps({"type": kind, **fields, "timestamp": timestamp()}))

    async def beat(self, seconds):
        while True:
            await asyncio.sleep(seconds)
            if self.unanswered and self.unanswered % UNANSWERED_MAX == 0:
                say("!", f"no answer to the last {self.unanswered} heartbeats")
            self.unanswered += 1
            await self.send("heartbeat")

    async def listen(self):
        async for data in self.socket:
            try:
                message = json.loads(data)
                kind = message["type"]
            except (ValueError, TypeError, KeyError):
                say("←", f"{len(data)} bytes that are no message of the service")
                continue
            said = message.get("message")
            say("←", kind if said is None else f"{kind} {said}")
            if kind == "heartbeat_ack":
                self.unanswered = 0
            elif kind in ANSWERS:
                self.due = max(0, self.due - 1)
            elif kind == "welcome" and self.beats is None:
                seconds = max(message["heartbeatInterval"], 50) / 1000
                self.beats = asyncio.create_task(self.beat(seconds))

    async def obey(self, lines):
        while (line := await lines.get()) not in (None, "quit"):
            if not line:
                continue
            self.due += 1
            if line == "ping":
                await self.send("ping")
            else:
                await self.send("message", message=line)
        for _ in range(int(LINGER_SECONDS / 0.02)):
            if self.due == 0:
                break
            await asyncio.sleep(0.02)
        await self.socket.close(1000)


def read_lines(loop, lines):
    """Reads standard input in a thread of its own, for a file cannot be awaited; `None` is its end."""
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line.strip())
    loop.call_soon_threadsafe(lines.put_nowait, None)


async def run(url):
    try:
        socket = await connect(url, compression=None, ping_interval=None)
    except (OSError, InvalidHandshake) as error:
        say("·", f"could not connect: {error}")
        return 2
    say("·", "connected")
    lines = asyncio.Queue()
    client = Client(socket)
    threading.Thread(
        target=read_lines, args=(asyncio.get_running_loop(), lines), daemon=True
    ).start()
    obeying = asyncio.create_task(client.obey(lines))
    try:
        await client.listen()
    except ConnectionClosed:
        pass
    left = obeying.done() or socket.close_code == 1000
    for task in (obeying, client.beats):
        if task:
            task.cancel()
    say("·", f"closed {socket.close_code} {socket.close_reason}".rstrip())
    return 0 if left else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("url", nargs="?", default="ws://127.0.0.1:8080/websocket")
    sys.exit(asyncio.run(run(parser.parse_args().url)))
