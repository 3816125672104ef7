"""The same conversation as `talk.js` by three Python libraries; each gives the same results."""

import asyncio
import zlib

import aiohttp
import picows
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

SECONDS = 20


def told(message):
    kind = "text" if isinstance(message, str) else "binary"
    data = message.encode() if kind == "text" else bytes(message)
    return [kind, len(data), zlib.adler32(data)]


def payload(step):
    match step:
        case ["text", text]:
            return text
        case ["long-text", text, count]:
            return text * count
        case ["binary", length]:
            return bytes(at % 251 for at in range(251)) * (length // 251) + bytes(range(length % 251))


async def by_websockets(url, protocols, steps, tls):
    results = []
    async with connect(
        url, subprotocols=protocols, compression=None, ping_interval=None, max_size=None, proxy=None,
        ssl=tls,
    ) as socket:
        results.append(["open", socket.subprotocol or ""])
        try:
            for step in steps:
                match step:
                    case ["ping"]:
                        await asyncio.wait_for(await socket.ping(b"are you there"), SECONDS)
                        results.append(["pong", "are you there"])
                        continue
                    case ["fragments", parts]:
                        await socket.send(iter(parts))
                    case ["close", code, reason]:
                        await socket.close(code, reason)
                        continue
                    case ["hear"]:
                        pass  # somebody speaks unasked
                    case _:
                        await socket.send(payload(step))
                results.append(told(await asyncio.wait_for(socket.recv(), SECONDS)))
        except ConnectionClosed:
            pass
    return results + [["closed", socket.close_code, socket.close_reason]]


async def by_aiohttp(url, protocols, steps, tls):
    results = []
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(
            url, protocols=protocols, compress=0, max_msg_size=0, ssl=tls or True, autoping=False
        ) as socket:

            async def receive():
                while True:
                    message = await socket.receive(timeout=SECONDS)
                    if message.type != aiohttp.WSMsgType.PING:
                        return message
                    await socket.pong(message.data)

            results.append(["open", socket.protocol or ""])
            reason = ""
            for step in steps:
                match step:
                    case ["ping"]:
                        await socket.ping(b"are you there")
                        results.append(["pong", (await receive()).data.decode()])
                        continue
                    case ["fragments", parts]:
                        results.append(None)  # it has no call that fragments
                        continue
                    case ["close", code, reason]:
                        await socket.close(code=code, message=reason.encode())
                        return results + [["closed", socket.close_code, reason]]
                    case ["hear"]:
                        pass
                    case _:
                        data = payload(step)
                        send = socket.send_str if isinstance(data, str) else socket.send_bytes
                        await send(data)
                message = await receive()
                if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                    reason = message.extra or ""
                    break
                results.append(told(message.data))
            return results + [["closed", socket.close_code, reason]]


class PicowsTalk(picows.WSListener):
    """Frames become messages; each goes to the one who waits."""

    def __init__(self):
        self.inbox = asyncio.Queue()
        self.parts, self.kind = [], None

    def on_ws_frame(self, transport, frame):
        data, kind = frame.get_payload_as_bytes(), frame.msg_type
        if kind == picows.WSMsgType.CLOSE:
            self.inbox.put_nowait(["closed", int(frame.get_close_code()), frame.get_close_reason() or ""])
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        elif kind == picows.WSMsgType.PONG:
            self.inbox.put_nowait(["pong", data.decode()])
        elif kind == picows.WSMsgType.PING:
            transport.send_pong(data)
        else:
            if kind != picows.WSMsgType.CONTINUATION:
                self.kind = kind
            self.parts.append(data)
            if frame.fin:
                whole, self.parts = b"".join(self.parts), []
                is_text = self.kind == picows.WSMsgType.TEXT
                self.inbox.put_nowait(told(whole.decode() if is_text else whole))


async def by_picows(url, protocols, steps, tls):
    transport, listener = await picows.ws_connect(
        PicowsTalk, url, ssl_context=tls, enable_auto_pong=False, max_frame_size=64 << 20,
        extra_headers=[("Sec-WebSocket-Protocol", ", ".join(protocols))] if protocols else [],
    )
    text, continuation = picows.WSMsgType.TEXT, picows.WSMsgType.CONTINUATION
    results = [["open", transport.response.headers.get("Sec-WebSocket-Protocol", "")]]
    for step in steps:
        match step:
            case ["ping"]:
                transport.send_ping(b"are you there")
            case ["hear"]:
                pass
            case ["fragments", parts]:
                for at, part in enumerate(parts):
                    transport.send(
                        continuation if at else text, part.encode(), fin=at == len(parts) - 1
                    )
            case ["close", code, reason]:
                transport.send_close(code, reason.encode())
            case _:
                data = payload(step)
                if isinstance(data, str):
                    transport.send(text, data.encode())
                else:
                    transport.send(picows.WSMsgType.BINARY, data)
        results.append(await asyncio.wait_for(listener.inbox.get(), SECONDS))
    transport.disconnect()
    return results


BY_NAME = {"websockets": by_websockets, "aiohttp": by_aiohttp, "picows": by_picows}
