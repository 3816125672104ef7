"""Many sessions in one loop: each says its lines and keeps a ledger of what was answered."""

import asyncio
import collections
import json

from picows import WSListener, WSMsgType, ws_connect

CONNECTING_MAX = 50  # handshakes under way at one time


class Member(WSListener):
    """One session of the pingpong service."""

    def __init__(self):
        self.welcomed = asyncio.get_running_loop().create_future()
        self.awaited = None
        self.answer = None
        self.lost = False
        self.goodbye = None

    def on_ws_connected(self, transport):
        self.transport = transport

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.CLOSE:
            self.goodbye = (int(frame.get_close_code()), frame.get_close_reason())
            transport.disconnect()
        if frame.msg_type != WSMsgType.TEXT:
            return
        message = json.loads(frame.get_payload_as_bytes())
        if message["type"] == "welcome":
            self.welcomed.set_result(message["connectionId"])
        elif message.get("message") == self.awaited:
            self.awaited = None
            if self.answer is not None and not self.answer.done():
                self.answer.set_result(message)

    def on_ws_disconnected(self, transport):
        self.lost = True
        if not self.welcomed.done():
            self.welcomed.set_exception(ConnectionError("closed before its welcome"))
            self.welcomed.exception()  # the one who awaits it may have given up
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(ConnectionError("closed before its answer"))
            self.answer.exception()

    def tell(self, text):
        """Says something whose answer nobody awaits: it may be lost."""
        if not self.lost:
            self.transport.send(WSMsgType.TEXT, json.dumps({"type": "message", "message": text}))

    def ask(self, text):
        """Says something; the future is the echo of exactly that."""
        self.awaited = text
        self.answer = asyncio.get_running_loop().create_future()
        self.tell(text)
        return self.answer


class Crowd:
    """Members over several objects; a service that greets has welcomed all of them."""

    def __init__(self, members):
        self.members = members

    @classmethod
    async def join(cls, server, objects, each, greets=True):
        turn = asyncio.Semaphore(CONNECTING_MAX)

        async def one(name):
            async with turn:
                _, member = await ws_connect(
                    Member, server.url(name), websocket_handshake_timeout=60
                )
                if greets:
                    await asyncio.wait_for(member.welcomed, 60)
                return member

        names = [f"crowd-{number}" for number in range(objects) for _ in range(each)]
        return cls(await asyncio.gather(*map(one, names)))

    @property
    def lost(self):
        return sum(member.lost for member in self.members)

    @property
    def goodbyes(self):
        """What those who were closed were told, and how many of each."""
        return collections.Counter(member.goodbye for member in self.members if member.lost)

    async def all_answer(self, members, text, seconds):
        """Each of them asks; gives how many had no answer within the time."""
        asked = [member.ask(text) for member in members]
        done, waiting = await asyncio.wait(asked, timeout=seconds)
        return len(waiting) + sum(future.exception() is not None for future in done)

    def leave(self):
        for member in self.members:
            member.transport.disconnect()
