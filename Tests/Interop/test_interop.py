"""Strangers' clients and unmodified servers, with the edge between them and without.

A cell of the matrix is a client, a server and a scheme. What is said is the same in each, and what comes of
it through the edge must be what comes of it without: the data, the subprotocol, and the close codes both
ways, as each of the two ends tells them.
"""

import asyncio
import functools
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading

import pytest
from conftest import PATIENCE, Torpor, eventually, free_port, run
from test_page import Page

PEERS = pathlib.Path(__file__).with_name("peers")
sys.path.insert(0, str(PEERS))
import talk  # noqa: E402 (it lies beside the servers, which are programs of their own)

OFFERED = ["chat.v1", "chat.v2"]
STEPS = [
    ["text", "hello"], ["text", "grüße 🙂"], ["text", ""], ["long-text", "grüße ", 20_000],
    ["binary", 256], ["binary", 0], ["binary", 1 << 20], ["fragments", ["in ", "three ", "parts"]],
    ["ping"], ["text", "ping me"], ["text", "fragment me"],
]
BY_SERVER, BY_CLIENT = ["text", "close 4001 because"], ["close", 3000, "bye"]
EXPECTED = [
    ["open", "chat.v2"], *(talk.told(talk.payload(step)) for step in STEPS[:7]),
    talk.told("in three parts"), ["pong", "are you there"], talk.told("ponged"),
    talk.told("in three parts"),
]
NODE = ["node", "--experimental-websocket", "--no-warnings"]
CLIENTS = ["websockets", "aiohttp", "picows", "undici", "ws", "chromium"]
SERVERS = {
    "websockets": [sys.executable, PEERS / "server_websockets.py"],
    "aiohttp": [sys.executable, PEERS / "server_aiohttp.py"],
    "picows": [sys.executable, PEERS / "server_picows.py"],
    "ws": ["node", PEERS / "server_node.js"],
}
PROXIES = ["nginx", "haproxy"]
NEEDED = {
    "undici": ("node", "Node 20: https://nodejs.org"),
    "ws": ("/usr/share/nodejs/ws", "apt-get install node-ws"),
    "chromium": ("chromedriver", "apt-get install chromium chromium-driver fonts-dejavu-core"),
    "nginx": ("nginx", "apt-get install nginx-light"),
    "haproxy": ("haproxy", "apt-get install haproxy"),
}


def need(name):
    """Skips, with the command, what this machine does not have."""
    path, how = NEEDED.get(name, ("", ""))
    if path and not (shutil.which(path) or pathlib.Path(path).exists()):
        pytest.skip(f"no {name}: {how}")


@functools.cache
def edge_help():
    return run("edge", "--help").stdout


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Everything started for the matrix, once each; all of it ends with the module."""
    made = Places(tmp_path_factory.mktemp("interop"))
    yield made
    made.end()


class Certificates:
    """A throw-away CA and a leaf for 127.0.0.1, by `openssl`."""

    def __init__(self, folder):
        self.ca, self.certificate, self.key = (str(folder / name) for name in ("ca.pem", "leaf.pem", "leaf.key"))
        self.both = str(folder / "both.pem")

        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                "-days", "2", "-subj", "/CN=a CA for one test")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr",
                "-subj", "/CN=127.0.0.1")
        (folder / "leaf.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", "leaf.pem", "-days", "2", "-extfile", "leaf.ext")
        pathlib.Path(self.both).write_text(
            pathlib.Path(self.certificate).read_text() + pathlib.Path(self.key).read_text()
        )

    @property
    def context(self):
        return ssl.create_default_context(cafile=self.ca)


class Process:
    """A peer; the lines it prints are JSON."""

    def __init__(self, command, env=None):
        command = list(map(str, command))
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        self.lines = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def next(self, key):
        """The first line with this key, taken out."""
        def found():
            return next((line for line in list(self.lines) if key in line), None)

        line = eventually(found)
        assert line is not None, f"no line with '{key}': {self.lines}"
        self.lines.remove(line)
        return line


class Places:
    def __init__(self, folder):
        self.folder = folder
        self.running = []
        self.made = {}
        self.browser = None

    def once(self, key, make):
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    @property
    def certificates(self):
        return self.once("certificates", lambda: Certificates(self.folder))

    def server(self, name, scheme):
        """A server, as (its port, its process)."""
        def make():
            need(name)
            tls = [self.certificates.certificate, self.certificates.key] if scheme == "wss" else []
            process = Process([*SERVERS[name], *tls])
            self.running.append(process.process)
            return process.next("port")["port"], process

        return self.once(("server", name, scheme), make)

    @property
    def up(self):
        def make():
            server = Torpor("up", "--listen", "127.0.0.1:0")
            self.running.append(server.process)
            return server

        return self.once("up", make)

    def edge(self, port, scheme, back="ws"):
        """The port of an edge in front of a port."""
        def make():
            options = ["--backend", f"{back}://127.0.0.1:{port}", "--hibernate-after", "never", "--ping", "forward"]
            if scheme == "wss":
                options += ["--tls-cert", self.certificates.certificate, "--tls-key", self.certificates.key]
            if back == "wss":
                options += ["--ca", self.certificates.ca]
            if "wss" in (scheme, back) and "--tls-cert" not in edge_help():
                pytest.skip("this edge has no TLS")
            edge = Torpor("edge", "--listen", "127.0.0.1:0", *options)
            self.running.append(edge.process)
            return edge.address[1]

        return self.once(("edge", port, scheme, back), make)

    def proxy(self, name, port, scheme, back="ws"):
        """The port of nginx or HAProxy in front of a port."""
        def make():
            need(name)
            listen = free_port()
            folder = self.folder / f"{name}-{listen}"
            folder.mkdir()
            text, command = getattr(self, f"_{name}")(folder, listen, port, scheme, back)
            (folder / "conf").write_text(text)
            self.running.append(subprocess.Popen([*command, str(folder / "conf")]))
            assert eventually(lambda: answers(listen)), f"{name} does not listen"
            return listen

        return self.once((name, port, scheme, back), make)

    def _nginx(self, folder, listen, port, scheme, back):
        tls = f"ssl_certificate {self.certificates.certificate}; ssl_certificate_key {self.certificates.key};"
        http = "https" if back == "wss" else "http"
        return f"""
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{listen} {"ssl" if scheme == "wss" else ""}; {tls if scheme == "wss" else ""}
    location / {{
      proxy_pass {http}://127.0.0.1:{port}; proxy_http_version 1.1; proxy_read_timeout 60s;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
      proxy_set_header Host $http_host;
      {f"proxy_ssl_trusted_certificate {self.certificates.ca}; proxy_ssl_verify on; proxy_ssl_name localhost;" if back == "wss" else ""}
    }}
  }}
}}
""", ["nginx", "-p", str(folder), "-c"]

    def _haproxy(self, folder, listen, port, scheme, back):
        bind = f"ssl crt {self.certificates.both}" if scheme == "wss" else ""
        verify = f"ssl verify required ca-file {self.certificates.ca}" if back == "wss" else ""
        return f"""
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
frontend front
  bind 127.0.0.1:{listen} {bind}
  default_backend back
backend back
  server one 127.0.0.1:{port} {verify}
""", ["haproxy", "-db", "-f"]

    def page(self):
        """A browser, on a page of this machine: from an empty one it opens no socket to loopback."""
        def make():
            need("chromium")
            page = Page(self.up.http, more_flags=["--ignore-certificate-errors"])
            page.driver.set_script_timeout(40)
            self.browser = page
            return page

        return self.once("page", make)

    def end(self):
        if self.browser:
            self.browser.driver.quit()
        for process in reversed(self.running):
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def hold(places, client, url, steps, offered=OFFERED):
    """One conversation by a client; its results."""
    if client in talk.BY_NAME:
        tls = places.certificates.context if url.startswith("wss") else None
        return asyncio.run(talk.BY_NAME[client](url, offered, steps, tls))
    need(client)
    if client == "chromium":
        script = (PEERS / "talk.js").read_text() + (
            "const [url, offered, steps, done] = arguments; talk(WebSocket, url, offered, steps).then(done);"
        )
        return places.page().driver.execute_async_script(script, url, offered, steps)
    env = {**os.environ}
    if url.startswith("wss"):
        env["NODE_EXTRA_CA_CERTS"] = places.certificates.ca
    done = subprocess.run(
        [*NODE, PEERS / "talk.js", client, url, json.dumps(offered), json.dumps(steps)],
        capture_output=True, text=True, timeout=60, env=env,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def both_ends(places, client, server, url):
    """A conversation ended by the server and one by the client: results, and what the server said at its end."""
    told = []
    for steps in ([*STEPS, BY_SERVER], [BY_CLIENT]):
        results = hold(places, client, url, steps)
        told.append((results, server.next("closed")))
    return told


def without(places, client, name):
    """The same without anything in between; the measure for all other ways."""
    port, server = places.server(name, "ws")
    return places.once(
        ("without", client, name), lambda: both_ends(places, client, server, f"ws://127.0.0.1:{port}/room?x=1")
    )


def check(places, client, name, port, scheme, server):
    told = both_ends(places, client, server, f"{scheme}://127.0.0.1:{port}/room?x=1")
    assert told == without(places, client, name)
    results = told[0][0][:-1]
    assert len(results) == len(EXPECTED)
    for result, expected in zip(results, EXPECTED):
        assert result in (expected, None), "None is what a client's library cannot do"


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_and_a_server(places, client, name, scheme):
    port, server = places.server(name, scheme)
    check(places, client, name, places.edge(port, scheme, back=scheme), scheme, server)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("client", ["websockets", "undici", "chromium"])
@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_behind(places, proxy, client, scheme):
    port, server = places.server("websockets", "ws")
    behind = places.proxy(proxy, port, scheme)
    check(places, client, "websockets", places.edge(behind, scheme, back=scheme), scheme, server)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("client", ["websockets", "undici", "chromium"])
@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_in_front(places, proxy, client, scheme):
    port, server = places.server("websockets", "ws")
    edge = places.edge(port, scheme)
    front = places.proxy(proxy, edge, scheme, back=scheme)
    check(places, client, "websockets", front, scheme, server)


@pytest.mark.parametrize("proxy", [None, *PROXIES])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_and_the_object_server(places, client, proxy):
    port = places.up.address[1]
    if proxy:
        port = places.proxy(proxy, port, "ws")
    steps = [
        ["hear"], ["text", "not json"], ["text", "grüße 🙂"], ["ping"], ["long-text", "x", 100_000],
        ["text", json.dumps({"type": "close", "code": 4001, "reason": "enough"})],
    ]
    url = f"ws://127.0.0.1:{port}/objects/{client}-{proxy}/websocket"
    results = hold(places, client, url, steps, offered=[])
    assert [result and result[0] for result in results[:4]] == ["open", "text", "text", "text"]
    assert results[4] in (["pong", "are you there"], None)
    assert results[5][1] > 100_000 and results[6] == ["closed", 4001, "enough"]
