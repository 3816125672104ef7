"""What every Python server here shares: its requests in words, and what it prints."""

import json
import os
import ssl
import sys


def asked(message):
    """`close CODE REASON`, `ping me` and `fragment me` ask for something; all else is echoed."""
    if isinstance(message, str):
        if message.startswith("close "):
            _, code, reason = message.split(" ", 2)
            return ("close", int(code), reason)
        if message == "ping me":
            return ("ping",)
        if message == "fragment me":
            return ("fragments",)
    return None


def picks(offered):
    """Of what was offered, the second version if it is there."""
    return "chat.v2" if "chat.v2" in offered else None


def ready(port):
    print(json.dumps({"port": port}), flush=True)


def said_goodbye(code, reason):
    print(json.dumps({"closed": code, "reason": reason}), flush=True)


def wanted_port():
    """`PEER_PORT`, else any."""
    return int(os.environ.get("PEER_PORT", "0"))


def tls():
    """`CERT KEY` on the command line make it a wss server."""
    if len(sys.argv) < 3:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    return context
