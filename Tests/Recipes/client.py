"""A client that rests between its questions; its exit code is 1 when one of them had no answer."""

import asyncio
import sys

from websockets.asyncio.client import connect


async def main(url):
    silent = 0
    async with connect(url) as socket:
        for number in range(1, 5):
            for text in (f"hello {number}", f"how are you {number}"):
                await socket.send(text)
                try:
                    print(text, "→", await asyncio.wait_for(socket.recv(), 0.5))
                except TimeoutError:
                    print(text, "→ no answer")
                    silent += 1
            await asyncio.sleep(1.5)  # longer than --hibernate-after
    return 1 if silent else 0


sys.exit(asyncio.run(main(sys.argv[1])))
