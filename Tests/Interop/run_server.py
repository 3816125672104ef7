"""A WebSocket server of nobody in particular, for `torpor run --backend`: greets, and answers each message.

`run_server.py PORT [silent|once]`: `silent` answers nothing on a connection that Torpor made to wake it;
`once` takes each `Authorization` only once, as a server with one-time tokens does.
"""

import http
import json
import sys

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve


def messages(socket):
    """Until the connection ends, in whatever way."""
    try:
        yield from socket
    except ConnectionClosed:
        return


def main():
    port, mode = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    taken = set()

    def admit(connection, request):
        token = request.headers.get("Authorization")
        if mode == "once" and token in taken:
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "taken\n")
        taken.add(token)
        return None

    def talk(socket):
        is_wake = "torpor-wake" in socket.request.headers
        socket.send(json.dumps({"type": "hello"}))
        for message in messages(socket):
            if mode == "silent" and is_wake:
                continue
            socket.send(json.dumps({"type": "answer", "to": json.loads(message)["type"]}))

    with serve(talk, "127.0.0.1", port, process_request=admit, compression=None) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
