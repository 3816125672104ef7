"""A test command for `torpor run`: says one message to the service at `TORPOR_URL` and awaits its echo.

`--rest SECONDS` sleeps and says another one; `--forgive` ends well without the echo too.
"""

import argparse
import json
import os
import sys
import time

from websockets.sync.client import connect


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rest", type=float)
    parser.add_argument("--forgive", action="store_true")
    parser.add_argument("--patience", type=float, default=10)
    options = parser.parse_args()
    answered = True
    url = os.environ["TORPOR_URL"] + "/websocket"
    token = {"Authorization": f"Bearer {os.getpid()}"}
    with connect(
        url, compression=None, ping_interval=None, proxy=None, additional_headers=token
    ) as socket:
        socket.recv(timeout=options.patience)
        for text in ["first", "after a rest"][: 1 + (options.rest is not None)]:
            if text != "first":
                time.sleep(options.rest)
            for number in range(3):
                message = {"type": "message", "message": f"{text} {number}", "timestamp": "t"}
                socket.send(json.dumps(message))
                try:
                    socket.recv(timeout=options.patience)
                except TimeoutError:
                    print(f"no echo of '{text} {number}'")
                    answered = False
    print("answered" if answered else "silent")
    return 0 if answered or options.forgive else 3


if __name__ == "__main__":
    sys.exit(main())
