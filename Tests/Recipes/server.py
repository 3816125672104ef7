"""A server that answers in capitals, and that nobody told of Torpor."""

import asyncio

from websockets.asyncio.server import serve


async def shout(socket):
    async for text in socket:
        await socket.send(text.upper())


async def main():
    async with serve(shout, "0.0.0.0", 9000) as server:
        await server.serve_forever()


asyncio.run(main())
