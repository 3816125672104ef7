"""A server by `aiohttp`."""

import asyncio

from aiohttp import WSMsgType, web
from serving import asked, picks, ready, said_goodbye, tls


async def handle(request):
    offered = [word.strip() for word in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    picked = picks(offered)
    socket = web.WebSocketResponse(
        protocols=[picked] if picked else [], compress=False, max_msg_size=0, autoping=False
    )
    await socket.prepare(request)
    async for message in socket:
        if message.type == WSMsgType.PING:
            await socket.pong(message.data)
            continue
        if message.type == WSMsgType.PONG:
            await socket.send_str("ponged")
            continue
        match asked(message.data):
            case ("close", code, reason):
                await socket.close(code=code, message=reason.encode())
            case ("ping",):
                await socket.ping(b"from the server")
            case ("fragments",):
                await socket.send_str("in three parts")  # it has no call that fragments
            case _ if message.type == WSMsgType.TEXT:
                await socket.send_str(message.data)
            case _:
                await socket.send_bytes(message.data)
    said_goodbye(socket.close_code, getattr(socket, "close_reason", None))
    return socket


async def main():
    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls())
    await site.start()
    ready(runner.addresses[0][1])
    await asyncio.Event().wait()


asyncio.run(main())
