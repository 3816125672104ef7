"""TLS with clients and servers that are not ours: Python's websockets, curl, plain sockets."""

import asyncio
import base64
import json
import os
import socket
import ssl
import subprocess
import threading
import time

import pytest
from conftest import PATIENCE, Session, eventually, run, trace_rows
from test_bad_input import frame
from websockets.asyncio.server import serve


@pytest.fixture(scope="module")
def certs(tmp_path_factory):
    """Made by `torpor certs`, as its JSON names them."""
    folder = tmp_path_factory.mktemp("tls") / "made" / "here"
    made = run("certs", folder, "--host", "app.example", "--json")
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


@pytest.fixture
def edge(torpor, certs):
    """An edge with TLS towards clients and towards its object server."""
    listen = ["--listen", "127.0.0.1:0", "--tls-cert", certs["cert"], "--tls-key", certs["key"]]

    def start(*arguments):
        objects = torpor("object", *listen, "--hibernate-after", "500ms")
        edge = torpor(
            "edge", *listen, "--objects", "https://%s:%d" % objects.address,
            "--ca", certs["ca"], *arguments,
        )
        return linked(edge, certs)

    return start


def linked(edge, certs, scheme="https"):
    """The edge once it has its object server; an edge listens before."""
    url = f"{scheme}://localhost:{edge.address[1]}/"
    ask = ["curl", "-sf", "-o", "/dev/null", "--cacert", certs["ca"], url]
    assert eventually(lambda: subprocess.run(ask).returncode == 0), edge.lines
    return edge


def secure(edge, path="/websocket", host="localhost"):
    return f"wss://{host}:{edge.address[1]}{path}"


def trusting(certs):
    return ssl.create_default_context(cafile=certs["ca"])


def read_all(connection):
    data = b""
    try:
        while part := connection.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


class Echo:
    """A `websockets` server that knows the service's first words, with a certificate or without."""

    def __init__(self, certs=None):
        self.context = None
        if certs:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certs["cert"], certs["key"])
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=[self.main()])
        self.thread.start()
        assert self.ready.wait(PATIENCE)

    async def main(self):
        self.ended = asyncio.Event()
        async with serve(
            self.talk, "127.0.0.1", 0, ssl=self.context, compression=None, ping_interval=None
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()
            await self.ended.wait()

    async def talk(self, connection):
        await connection.send(json.dumps({"type": "welcome", "heartbeatInterval": 20000}))
        async for message in connection:
            asked = json.loads(message)
            if asked["type"] == "message":
                await connection.send(json.dumps({"type": "echo", "message": asked["message"]}))

    def end(self):
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join(PATIENCE)


@pytest.fixture
def echo():
    started = []

    def start(certs=None):
        started.append(Echo(certs))
        return started[-1]

    yield start
    for one in started:
        one.end()


def talk(url, *arguments):
    """The interactive client's lines for one message: its exit code and what it printed."""
    done = subprocess.run(
        [os.environ["TORPOR"], "client", url, *map(str, arguments)],
        input="hello\nquit\n", capture_output=True, text=True, timeout=PATIENCE * 3,
    )
    return done.returncode, done.stdout + done.stderr


# MARK: certificates


def test_certificates_verify_with_openssl_and_keys_are_private(certs):
    checked = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname",
         "app.example", "-CAfile", certs["ca"], certs["cert"]],
        capture_output=True, text=True,
    )
    assert checked.returncode == 0, checked.stderr
    for name in ("key", "caKey"):
        mode = os.stat(certs[name]).st_mode & 0o777
        assert mode == 0o600, oct(mode)
    assert certs["hosts"] == ["localhost", "127.0.0.1", "::1", "app.example"]


def test_certificates_are_not_overwritten_without_force(tmp_path):
    assert run("certs", tmp_path).returncode == 0
    before = (tmp_path / "cert.pem").read_bytes()
    (tmp_path / "key.pem").chmod(0o644)
    again = run("certs", tmp_path)
    assert again.returncode == 64 and "--force" in again.stderr, again.stderr
    assert (tmp_path / "cert.pem").read_bytes() == before
    forced = run("certs", tmp_path, "--force")
    assert forced.returncode == 0 and "torpor up" in forced.stdout and "curl" in forced.stdout
    assert (tmp_path / "cert.pem").read_bytes() != before
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("host", ["a b", "x,DNS:y", "", "-", "1.2.3", "a..b", "http://x"])
def test_a_host_that_is_none_is_refused(tmp_path, host):
    made = run("certs", tmp_path / "new", "--host", host)
    if host == "-":
        return  # a dash is a name of one letter to DNS
    assert made.returncode == 64 and "is not a host" in made.stderr, made.stderr
    assert not (tmp_path / "new").exists()


# MARK: the edge's listener


def test_a_python_client_talks_through_tls_on_both_hops(edge, certs, session):
    server = edge()
    one = session(secure(server), ssl=trusting(certs))
    assert one.works()
    assert one.socket.socket.version() in ("TLSv1.2", "TLSv1.3")
    assert one.socket.socket.selected_alpn_protocol() is None
    # Any size, also after the object slept.
    for size in (1, 125, 16_384, 65_536, 1 << 20):
        assert one.works("x" * size)
    time.sleep(1)
    assert one.works("after sleep")
    one.socket.close()
    assert one.socket.close_code == 1000


def test_tls_12_is_spoken_and_http11_agreed(edge, certs):
    context = trusting(certs)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2", "http/1.1"])
    server = edge()
    with socket.create_connection(server.address, PATIENCE) as raw:
        with context.wrap_socket(raw, server_hostname="127.0.0.1") as one:
            assert (one.version(), one.selected_alpn_protocol()) == ("TLSv1.2", "http/1.1")
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = read_all(one)  # ends with close_notify: Python raises for a cut stream
            assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"</html>"), answer[-50:]


def test_an_edge_client_that_only_speaks_h2_is_told_so(edge, certs):
    context = trusting(certs)
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(edge().address, PATIENCE) as raw:
        with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
            context.wrap_socket(raw, server_hostname="localhost")


def test_curl_gets_the_page_with_the_ca_and_nothing_without(edge, certs):
    url = secure(edge(), "/").replace("wss", "https")
    page = subprocess.run(["curl", "-sS", "--cacert", certs["ca"], url], capture_output=True, text=True)
    assert page.returncode == 0 and "<html" in page.stdout, page.stderr
    assert subprocess.run(["curl", "-sS", url], capture_output=True).returncode == 60


def test_plain_bytes_on_a_tls_port_get_a_clear_answer(edge, certs, session):
    server = edge()
    with socket.create_connection(server.address, PATIENCE) as raw:
        raw.sendall(b"GET /websocket HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = read_all(raw)
        assert answer.startswith(b"HTTP/1.1 400 ") and b"this port speaks TLS" in answer, answer
    for data in (b"\x00" * 300, b"hello there, no TLS here\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 99):
        with socket.create_connection(server.address, PATIENCE) as raw:
            raw.sendall(data)
            assert not read_all(raw).startswith(b"HTTP/1.1 2")
    code, told = talk(secure(server).replace("wss", "ws"))
    assert code == 2 and "this port speaks TLS: use https:// or wss://" in told, told
    assert session(secure(server), ssl=trusting(certs)).works()


def test_tls_bytes_on_a_plain_port_get_a_clear_answer(up):
    server = up()
    with socket.create_connection(server.address, PATIENCE) as raw:
        with pytest.raises(ssl.SSLError, match="(?i)wrong.version.number"):
            ssl._create_unverified_context().wrap_socket(raw)
    code, told = talk(secure(server))
    assert code == 2 and "does not speak TLS" in told, told


def test_a_slow_handshake_is_ended_and_holds_up_nobody(edge, certs, session, tmp_path):
    server = edge("--trace", tmp_path)
    start = time.monotonic()
    silent = socket.create_connection(server.address, 30)
    half = socket.create_connection(server.address, 30)
    half.sendall(b"\x16\x03\x01\x02\x00\x01")
    assert session(secure(server), ssl=trusting(certs)).works()
    for raw in (silent, half):
        with raw:
            assert read_all(raw) == b""
    assert 8 < time.monotonic() - start < 20
    assert server.end() == 0
    reasons = [row["reason"] for row in trace_rows(tmp_path) if row.get("what") == "reject"]
    assert reasons == ["no TLS handshake within 10 s"] * 2, reasons


def test_a_reset_by_a_rule_is_a_reset_and_not_a_clean_end(edge, certs, tmp_path):
    profile = tmp_path / "reset.yaml"
    profile.write_text(
        "version: 1\nname: reset\nabout: One reset.\nsource: test_tls.py\nseed: 1\nrules:\n"
        "  - id: cut\n    at: edge.tx\n"
        "    match: {direction: to-client, json: {/type: echo}}\n"
        "    fire: {always: true}\n    do:\n      - reset: {}\nexpect:\n  finding: none\n"
    )
    checked = run("faults", "validate", profile)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    one = Unwrapped(edge("--faults", profile).address, certs)
    key = base64.b64encode(os.urandom(16))
    one.write(
        b"GET /websocket HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"
    )
    one.read_until(b'"welcome"')
    one.write(frame(1, b'{"type":"message","message":"cut me","timestamp":"now"}'))
    with pytest.raises(ConnectionResetError):
        one.read_until(b"never")


class Unwrapped:
    """TLS over a socket of our own: Python's own sockets take a reset for an end."""

    def __init__(self, address, certs):
        self.raw = socket.create_connection(address, PATIENCE)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = trusting(certs).wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.call(self.tls.do_handshake)

    def call(self, step, *arguments):
        while True:
            try:
                result = step(*arguments)
                self.raw.sendall(self.outgoing.read())
                return result
            except ssl.SSLWantReadError:
                self.raw.sendall(self.outgoing.read())
                part = self.raw.recv(65536)
                assert part, "the end of the stream"
                self.incoming.write(part)

    def write(self, data):
        self.call(self.tls.write, data)

    def read_until(self, words):
        data = b""
        while words not in data:
            part = self.call(self.tls.read, 65536)
            assert part, "close_notify"
            data += part
        return data


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["--tls-cert", "{cert}"], 64, "both or none"),
        (["--tls-key", "{key}"], 64, "both or none"),
        (["--tls-cert", "/none.pem", "--tls-key", "{key}"], 64, "cannot read the certificate file"),
        (["--tls-cert", "{cert}", "--tls-key", "{caKey}"], 64, "does not belong to the certificate"),
        (["--objects", "https://127.0.0.1:1", "--ca", "/none.pem"], 64, "cannot read the CA file"),
        (["--objects", "https://127.0.0.1:1", "--ca", "{key}"], 64, "holds no certificate"),
        (["--ca", "{ca}", "--insecure"], 64, "exclude each other"),
        (["--objects", "https://http://x:1"], 64, "--objects"),
    ],
)
def test_wrong_files_are_named_at_the_start(certs, arguments, code, words):
    given = [argument.format(**certs) for argument in arguments]
    tried = run("edge", "--listen", "127.0.0.1:0", *given, seconds=20)
    assert tried.returncode == code and words in tried.stderr, tried.stderr


# MARK: dialling


def test_a_client_checks_the_certificate_of_a_python_server(echo, certs, tmp_path):
    url = f"wss://localhost:{echo(certs).port}/websocket"
    code, told = talk(url)
    assert code == 2, told
    assert "certificate verify failed: self-signed certificate in certificate chain; " in told
    assert "give --ca FILE or --insecure" in told
    code, told = talk(url, "--ca", certs["ca"], "--trace", tmp_path / "checked")
    assert code == 0 and "echo hello" in told, told
    code, told = talk(url, "--insecure", "--trace", tmp_path / "unchecked")
    assert code == 0 and "echo hello" in told, told
    for folder, wanted in (("checked", None), ("unchecked", True)):
        (row,) = [row for row in trace_rows(tmp_path / folder) if row["ev"] == "run"]
        assert row.get("insecure") is wanted, row


def test_a_client_refuses_a_certificate_for_another_name(echo, tmp_path):
    assert run("certs", tmp_path).returncode == 0
    made = {"cert": tmp_path / "cert.pem", "key": tmp_path / "key.pem"}
    port = echo(made).port
    # Every address of 127/8 is this machine, but only one is in the certificate.
    code, told = talk(f"wss://127.0.0.2:{port}/", "--ca", tmp_path / "ca.pem")
    assert code == 2 and ("mismatch" in told or "refused" in told), told


def test_a_client_says_what_a_plain_server_is(echo, certs):
    port = echo().port
    code, told = talk(f"wss://localhost:{port}/", "--ca", certs["ca"])
    assert code == 2 and "does it speak TLS?" in told, told


def test_the_probe_checks_and_records_as_the_client_does(edge, certs, tmp_path):
    server = edge("--trace", tmp_path)
    url = secure(server, "/")
    common = ["--hibernate-after", "500ms", "--sessions", "1", "--json", "--quiet"]
    works = run("probe", url, "--ca", certs["ca"], *common, "--trace", tmp_path)
    assert works.returncode == 0, works.stdout
    blind = run("probe", url, "--insecure", *common, "--trace", tmp_path / "blind")
    assert blind.returncode == 0, blind.stdout
    refused = run("probe", url, *common)
    assert refused.returncode == 2 and "certificate verify failed" in refused.stdout, refused.stdout
    (row,) = [row for row in trace_rows(tmp_path / "blind") if row["ev"] == "run"]
    assert row["insecure"] is True
    rows = [row for row in trace_rows(tmp_path) if row["ev"] == "run" and "insecure" in row]
    assert rows == [row]
    assert run("trace", "analyze", tmp_path).returncode == 0


# MARK: the link


def test_a_link_that_cannot_be_trusted_says_why(torpor, certs, session):
    objects = torpor(
        "object", "--listen", "127.0.0.1:0", "--tls-cert", certs["cert"], "--tls-key", certs["key"]
    )
    edge = torpor(
        "edge", "--listen", "127.0.0.1:0", "--objects", "https://%s:%d" % objects.address
    )
    assert eventually(lambda: any("certificate verify failed" in line for line in edge.lines))
    answer = subprocess.run(["curl", "-sS", edge.http], capture_output=True, text=True)
    assert "certificate verify failed" in answer.stdout, answer.stdout
    blind = torpor(
        "edge", "--listen", "127.0.0.1:0", "--objects", "https://%s:%d" % objects.address,
        "--insecure",
    )
    assert session(linked(blind, certs, "http").url()).works()


def test_a_link_to_the_wrong_kind_of_server_says_so(torpor, echo, certs):
    plain = torpor("object", "--listen", "127.0.0.1:0")
    other = echo(certs)
    for port, words in ((plain.address[1], "does not speak TLS"), (other.port, "to speak h2")):
        edge = torpor(
            "edge", "--listen", "127.0.0.1:0", "--objects", f"https://127.0.0.1:{port}",
            "--ca", certs["ca"],
        )
        assert eventually(lambda: any(words in line for line in edge.lines)), edge.lines
        edge.end()


def test_the_link_comes_back_when_the_object_server_does(torpor, certs, session):
    listen = ["--tls-cert", certs["cert"], "--tls-key", certs["key"], "--listen"]
    objects = torpor("object", *listen, "127.0.0.1:0")
    port = objects.address[1]
    edge = torpor(
        "edge", "--listen", "127.0.0.1:0", "--objects", f"https://127.0.0.1:{port}",
        "--ca", certs["ca"],
    )
    assert session(linked(edge, certs, "http").url("a")).works()
    objects.end()
    torpor("object", *listen, f"127.0.0.1:{port}")

    def again():
        try:
            return session(edge.url("b")).works()
        except Exception:
            return False

    assert eventually(again)


# MARK: any backend


def test_a_backend_over_tls_sleeps_and_is_dialled_again(torpor, echo, certs, session, tmp_path):
    backend = echo(certs)
    edge = torpor(
        "edge", "--listen", "127.0.0.1:0", "--backend", f"wss://localhost:{backend.port}",
        "--ca", certs["ca"], "--tls-cert", certs["cert"], "--tls-key", certs["key"],
        "--hibernate-after", "300ms", "--on-redial", "swallow:1", "--trace", tmp_path,
    )
    one = session(secure(edge), ssl=trusting(certs))
    for size in (1, 16_384, 1_000_000):
        assert one.works("x" * size)
    assert eventually(lambda: "hibernated" in [row.get("what") for row in trace_rows(tmp_path)])
    assert one.works("after sleep")
    one.socket.close()
    assert one.socket.close_code == 1000
    assert edge.end() == 0
    rows = trace_rows(tmp_path)
    assert [row.get("what") for row in rows].count("dial") == 2
    assert ["insecure" in row for row in rows if row["ev"] == "run"] == [False]


def test_a_backend_that_cannot_be_trusted_is_not_talked_to(torpor, echo, certs, session, tmp_path):
    address = f"wss://localhost:{echo(certs).port}"
    edge = torpor("edge", "--listen", "127.0.0.1:0", "--backend", address, "--trace", tmp_path)
    for _ in range(3):
        code, told = talk(edge.url())
        assert code == 2 and "502" in told and "certificate verify failed" in told, told
    blind = torpor(
        "edge", "--listen", "127.0.0.1:0", "--backend", address, "--insecure",
        "--trace", tmp_path / "blind",
    )
    assert session(blind.url()).works()
    assert edge.end() == 0 and blind.end() == 0
    (row,) = [row for row in trace_rows(tmp_path / "blind") if row["ev"] == "run"]
    assert row["insecure"] is True
    reasons = {row["reason"] for row in trace_rows(tmp_path) if row.get("what") == "reject"}
    assert len(reasons) == 1 and "certificate verify failed" in reasons.pop()


def test_up_listens_with_tls_as_the_edge_does(up, certs, session):
    server = up("--tls-cert", certs["cert"], "--tls-key", certs["key"])
    assert session(secure(server), ssl=trusting(certs)).works()
