"""A server by `websockets`. It echoes what it gets; `serving.py` says what else it does when asked."""

import asyncio

from serving import asked, picks, ready, said_goodbye, tls
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


async def handle(socket):
    try:
        async for message in socket:
            await answer(socket, message)
    except ConnectionClosed:
        pass  # any code but 1000 and 1001 comes as an exception
    said_goodbye(socket.close_code, socket.close_reason)


async def answer(socket, message):
    match asked(message):
        case ("close", code, reason):
            await socket.close(code, reason)
        case ("ping",):
            await (await socket.ping(b"from the server"))
            await socket.send("ponged")
        case ("fragments",):
            await socket.send(iter(["in ", "three ", "parts"]))
        case _:
            await socket.send(message)


async def main():
    options = {
        "compression": None, "ping_interval": None, "max_size": None, "ssl": tls(),
        "select_subprotocol": lambda _, offered: picks(offered),
    }
    async with serve(handle, "127.0.0.1", 0, **options) as server:
        ready(server.sockets[0].getsockname()[1])
        await server.serve_forever()


asyncio.run(main())
