"""A server by `picows`, whose listeners see frames: messages are put together here."""

import asyncio

from picows import WSListener, WSMsgType, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows import ws_create_server
from serving import asked, picks, ready, said_goodbye, tls, wanted_port


class Echo(WSListener):
    def __init__(self):
        self.parts = []
        self.kind = None

    def on_ws_frame(self, transport, frame):
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            said_goodbye(int(frame.get_close_code()), frame.get_close_reason())
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
            return
        if kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
            return
        if kind == WSMsgType.PONG:
            transport.send(WSMsgType.TEXT, b"ponged")
            return
        if kind != WSMsgType.CONTINUATION:
            self.kind = kind
        self.parts.append(frame.get_payload_as_bytes())
        if frame.fin:
            message, self.parts = b"".join(self.parts), []
            self.whole(transport, message)

    def whole(self, transport, message):
        match asked(message.decode() if self.kind == WSMsgType.TEXT else message):
            case ("close", code, reason):
                transport.send_close(code, reason.encode())
            case ("ping",):
                transport.send_ping(b"from the server")
            case ("fragments",):
                transport.send(WSMsgType.TEXT, b"in ", fin=False)
                transport.send(WSMsgType.CONTINUATION, b"three ", fin=False)
                transport.send(WSMsgType.CONTINUATION, b"parts")
            case _:
                transport.send(self.kind, message)


def listener(request):
    picked = picks(
        word.strip() for word in request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    )
    headers = [("Sec-WebSocket-Protocol", picked)] if picked else []
    return WSUpgradeResponseWithListener(
        WSUpgradeResponse.create_101_response(headers), Echo()
    )


async def main():
    server = await ws_create_server(
        listener, "127.0.0.1", wanted_port(), ssl=tls(), max_frame_size=64 << 20,
        enable_auto_pong=False, backlog=1024,
    )
    ready(server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
