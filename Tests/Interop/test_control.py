"""The control interface of a running edge, over real HTTP."""

import http.client
import json
import os
import re
import signal
import socket
import threading
import time

import pytest
from conftest import PATIENCE, ROOT, eventually, run, trace_rows
from websockets.sync.client import connect
from websockets.sync.server import serve

CONTROL = re.compile(r"control http://([^\s:]+):(\d+)")
PROFILE = """version: 1
name: p
rules:
  - id: lose
    at: edge.tx
    match: {direction: to-client, opcode: [text]}
    fire: {always: true}
    do: [{drop: {}}]
"""


class Control:
    """What a test asks of the control interface of a process."""

    def __init__(self, process, token=None):
        def found():
            return next(filter(None, map(CONTROL.search, list(process.lines))), None)

        assert eventually(found), process.lines
        self.host, self.port = found()[1], int(found()[2])
        self.token = token

    def ask(self, method, path, body=None, kind="application/json", **headers):
        """Status and answer; a JSON body is given as a value, any other as text."""
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and kind:
            headers.setdefault("Content-Type", kind)
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        is_json = answer.headers["content-type"].startswith("application/json")
        return answer.status, json.loads(text) if is_json else text

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, body, **headers)

    def wait(self, **wanted):
        wanted.setdefault("timeout", int(PATIENCE * 1000))
        status, answer = self.post("/wait", wanted)
        assert status == 200, answer
        return answer

    def sessions(self):
        return self.get("/sessions")[1]["items"]


@pytest.fixture
def served(up):
    """An edge with its object server, and its control."""
    def start(*arguments, **options):
        process = up("--control", "127.0.0.1:0", "--hibernate-after", "60s", *arguments)
        return process, Control(process, **options)

    return start


# MARK: what is told


def test_what_is_running_is_told(served):
    process, control = served()
    status, health = control.get("/healthz")
    assert (status, health) == (200, {"status": "ok", "ready": True, "link": "up"})
    status, version = control.get("/version")
    assert status == 200 and version["version"].startswith("torpor ")
    assert version["edge"] == "%s:%d" % process.address
    assert control.get("/sessions")[1] == {"items": [], "next": None}
    assert control.get("/objects")[1] == {"items": [], "next": None}
    assert control.get("/profile")[1] == {"version": 1, "seed": "0", "profiles": []}


def test_sessions_and_objects_are_listed_in_parts(served, session):
    process, control = served()
    for number in range(5):
        session(process.url(f"o{number}"))
    names, after = [], 0
    while after is not None:
        status, page = control.get(f"/objects?limit=2&after={after}")
        assert status == 200 and len(page["items"]) <= 2
        names += [item["object"] for item in page["items"]]
        after = page["next"]
    assert names == [f"o{number}" for number in range(5)]
    first = control.get("/sessions?limit=1")[1]["items"][0]
    assert first["object"] == "o0" and first["stage"] == "open" and first["framesSent"] == 1
    for query in ("limit=0", "limit=x", "limit=1001", "after=-1"):
        status, failure = control.get(f"/sessions?{query}")
        assert status == 400 and query.split("=")[0] in failure["error"] and failure["next"]


def test_metrics_are_prometheus_text_without_a_series_per_session(served, session):
    process, control = served()
    one = session(process.url())
    assert one.works()
    status, text = control.get("/metrics")
    assert status == 200
    series = {}
    kinds = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds, "a family stands together"
            kinds[name] = kind
        elif not line.startswith("#"):
            found = re.fullmatch(r'([a-z_]+)(\{[^{}]*\})? (\d+)', line)
            assert found, line
            assert found[1] in kinds, line
            series[found[1] + (found[2] or "")] = int(found[3])
    labels = '{point="edge.tx",direction="to-client",outcome="passed"}'
    assert series["torpor_messages_total" + labels] == 2
    assert series[
        'torpor_messages_total{point="object.dispatch",direction="to-object",outcome="passed"}'
    ] == 1
    assert series['torpor_sessions{stage="open"}'] == 1
    assert series['torpor_objects{phase="active"}'] + series['torpor_objects{phase="idle"}'] == 1
    assert series["torpor_link_up"] == 1
    assert series['torpor_trace_lost_total{place="writer"}'] == 0
    assert series['torpor_limit_reached_total{limit="queue"}'] == 0
    count = len(series)
    for number in range(3):
        session(process.url(f"more-{number}"))
    lines = [line for line in control.get("/metrics")[1].splitlines() if line[0] != "#"]
    assert len(lines) == count
    id = control.sessions()[0]["session"]
    assert id not in "".join(lines) and "test-room" not in "".join(lines)


def test_status_prints_it_for_people_and_programs(served, session):
    process, control = served("--faults", "pass-through")
    session(process.url())
    url = f"http://127.0.0.1:{control.port}"
    text = run("status", "--control", url).stdout
    for word in ("link      up", "pass-through", "test-room", "1 sessions", "frames in"):
        assert word in text
    told = json.loads(run("status", "--control", url, "--json").stdout)
    assert told["objects"]["items"][0]["object"] == "test-room"
    assert told["profile"]["version"] == 1
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        gone = run("status", "--control", f"http://127.0.0.1:{port}")
    assert gone.returncode == 69 and "is the edge running" in gone.stderr


def test_the_openapi_document_lists_exactly_what_is_served(served):
    _, control = served()
    status, document = control.get("/openapi.json")
    assert status == 200 and document["openapi"].startswith("3.1")
    text = (ROOT / "Sources/TorporServer/Control/openapi.json").read_text()
    assert document == json.loads(text)
    assert json.loads(control.get("/openapi.yaml")[1]) == document
    for path, methods in document["paths"].items():
        for method in ("get", "put", "post", "delete", "patch"):
            asked = path.replace("{o}", "nobody").replace("{s}", "0123456789abcdef-1")
            # A body that no route takes, so that nothing is done.
            status, _ = control.ask(method.upper(), asked, {"no such": 1})
            assert (status == 405) == (method not in methods), (method, path, status)
    assert control.get("/nothing")[0] == 404


# MARK: objects and sessions


def test_an_object_is_put_to_sleep_woken_and_evicted(served, session):
    process, control = served()
    one = session(process.url())
    assert one.works()
    assert control.post("/objects/test-room/hibernate")[1]["result"] == "it sleeps"
    assert control.get("/objects")[1]["items"][0]["phase"] == "hibernated"
    assert control.post("/objects/test-room/wake")[1]["result"] == "it is awake"
    assert control.get("/objects")[1]["items"][0]["wake"] == 1
    status, done = control.post("/objects/test-room/evict")
    assert status == 200 and "1 sessions held" in done["result"]
    assert one.works("after the eviction")
    assert control.post("/objects/test-room/evict", {"sockets": "close"})[0] == 200
    with pytest.raises(Exception):
        one.read(5)
    assert control.post("/objects/nobody/wake")[0] == 404
    status, failure = control.post("/objects/test-room/evict", {"sockets": "no"})
    assert status == 400 and "keep, close" in failure["error"]


def test_what_prevents_sleep_is_said(up, session):
    process = up("--control", "127.0.0.1:0", "--mode", "resident")
    control = Control(process)
    session(process.url())
    status, failure = control.post("/objects/test-room/hibernate")
    assert status == 409 and "resident mode never hibernates" in failure["error"]


def test_a_name_with_a_slash_is_encoded(served, session):
    process, control = served()
    session(process.url("a/b%20c"))
    assert control.get("/objects")[1]["items"][0]["object"] == "a/b%20c"
    assert control.post("/objects/a%2Fb%2520c/hibernate")[0] == 200
    assert control.post("/objects/a%2Fb%/hibernate")[0] in (400, 404)


def test_a_session_is_stalled_resumed_closed_and_reset(served, session):
    process, control = served()
    first, second = session(process.url()), session(process.url())
    ids = [item["session"] for item in control.sessions()]
    assert control.post(f"/sessions/{ids[0]}/stall")[0] == 200
    first.tell("message", message="held")
    assert second.works("others go on")
    control.wait(event="socket", what="accept", since=0)  # the edge has read what came before
    assert eventually(lambda: control.sessions()[0]["held"] == 1)
    assert control.sessions()[0]["stalled"]
    assert control.post(f"/sessions/{ids[0]}/resume")[1]["result"] == "1 messages were let go"
    assert first.read()["message"] == "held"
    assert control.post(f"/sessions/{ids[0]}/close", {"code": 4001, "reason": "go"})[0] == 200
    with pytest.raises(Exception) as closed:
        first.read()
    assert closed.value.rcvd.code == 4001 and closed.value.rcvd.reason == "go"
    assert control.post(f"/sessions/{ids[1]}/reset")[0] == 200
    with pytest.raises(Exception) as cut:
        second.read()
    assert cut.value.rcvd is None
    assert eventually(lambda: control.sessions() == [])
    assert control.post(f"/sessions/{ids[0]}/close")[0] == 404
    assert control.post("/sessions/nobody/close")[0] == 404


def test_a_close_that_no_frame_can_say_is_refused(served, session):
    process, control = served()
    session(process.url())
    id = control.sessions()[0]["session"]
    for body in ({"code": 1005}, {"code": 1006}, {"code": 2000}, {"code": 99999}, {"code": "x"},
                 {"code": 1000, "reason": "x" * 124}, {"kode": 1000}, {"code": True, "x": 1}):
        status, failure = control.post(f"/sessions/{id}/close", body)
        assert status == 400 and failure["next"], body
    assert control.sessions()[0]["stage"] == "open"


# MARK: waiting


def test_a_wait_ends_when_the_event_comes(served, session):
    process, control = served()
    one = session(process.url())
    since = control.post("/objects/test-room/hibernate")[1]["since"]
    slept = control.wait(event="life", what="hibernated", object="test-room", since=since)
    assert slept["events"][0]["what"] == "hibernated"
    answers = []
    waiter = threading.Thread(
        target=lambda: answers.append(
            control.wait(event="message", point="edge.tx", direction="to-client", type="echo", n=2)
        )
    )
    waiter.start()
    assert eventually(lambda: "torpor_waits 1" in control.get("/metrics")[1])
    one.works("one")
    one.ask("ping")
    one.works("two")
    waiter.join(PATIENCE)
    assert [event["type"] for event in answers[0]["events"]] == ["echo", "echo"]
    later = control.wait(event="life", what="woken", since=slept["since"])
    assert later["events"][0]["number"] > slept["events"][0]["number"]


def test_a_wait_for_a_rule_sees_it_fire(served, session):
    process, control = served("--faults", "silent-handlers")
    one = session(process.url())
    answers = []
    waiter = threading.Thread(
        target=lambda: answers.append(control.wait(rule="lose-handler-sends", event="fault"))
    )
    waiter.start()
    assert eventually(lambda: "torpor_waits 1" in control.get("/metrics")[1])
    one.tell("message", message="lost")
    waiter.join(PATIENCE)
    assert answers[0]["events"][0]["rule"] == "lose-handler-sends"
    assert answers[0]["events"][0]["point"] == "object.tx"


def test_a_wait_that_is_in_vain_says_what_was_seen(served, session):
    process, control = served()
    session(process.url())
    status, failure = control.post(
        "/wait", {"event": "socket", "what": "accept", "n": 2, "since": 0, "timeout": 50}
    )
    assert status == 408 and "1 of 2" in failure["error"]
    assert [event["what"] for event in failure["seen"]] == ["accept"]
    assert "upgrade" in [event["what"] for event in failure["others"]]


@pytest.mark.parametrize("body", [
    {"event": "lief"}, {"n": 0}, {"n": 1001}, {"timeout": 0}, {"timeout": 300_001},
    {"point": "edge.xx"}, {"direction": "up"}, {"session": "x"}, {"since": -1}, {"evnet": "life"},
])
def test_a_wait_for_nothing_sensible_is_refused(served, body):
    _, control = served()
    status, failure = control.post("/wait", body)
    assert status == 400 and list(body)[0] in failure["error"], failure


def test_waits_are_bounded(served):
    _, control = served()
    statuses = []
    waits = [
        threading.Thread(
            target=lambda: statuses.append(control.post("/wait", {"what": "x", "timeout": 5_000})[0])
        )
        for _ in range(70)
    ]
    for wait in waits:
        wait.start()
    for wait in waits:
        wait.join(PATIENCE)
    assert statuses.count(429) == 6 and statuses.count(408) == 64
    assert 'torpor_limit_reached_total{limit="waits"} 6' in control.get("/metrics")[1]


def test_an_edge_that_ends_ends_the_waits(served):
    process, control = served()
    answers = []
    waiter = threading.Thread(
        target=lambda: answers.append(control.post("/wait", {"what": "x", "timeout": 60_000}))
    )
    waiter.start()
    assert eventually(lambda: "torpor_waits 1" in control.get("/metrics")[1])
    start = time.monotonic()
    assert process.end(signal.SIGTERM) == 0
    assert time.monotonic() - start < 5
    waiter.join(PATIENCE)
    assert answers and answers[0][0] == 503


# MARK: profiles


def test_a_profile_is_put_in_force_and_panic_ends_it(served, session):
    process, control = served()
    one = session(process.url())
    assert one.works()
    status, done = control.ask("PUT", "/profile?file=lose.yaml", PROFILE, "application/yaml")
    assert status == 200 and done["version"] == 2, done
    assert control.get("/profile")[1]["profiles"] == [{"file": "lose.yaml", "text": PROFILE}]
    one.tell("message", message="lost")
    fired = control.wait(event="fault", rule="lose", since=done["since"])
    assert fired["events"][0]["point"] == "edge.tx"
    assert control.post("/panic")[0] == 200
    assert one.works("after the panic")
    status, done = control.ask("PUT", "/profile", [{"file": "a", "text": PROFILE}])
    assert status == 200 and done["version"] == 4
    assert control.ask("PUT", "/profile", [])[1]["version"] == 5
    assert one.works("after an empty list")


def test_what_a_rule_holds_is_let_go_by_panic(served, session):
    process, control = served()
    one = session(process.url())
    held = PROFILE.replace("drop: {}", "stall: {}")
    assert control.ask("PUT", "/profile", held, "application/yaml")[0] == 200
    one.tell("message", message="held")
    assert eventually(lambda: control.sessions()[0]["held"] == 1)
    assert control.post("/panic")[0] == 200
    assert one.read()["message"] == "held"


def test_a_bad_profile_changes_nothing_and_all_its_errors_are_told(served, session):
    process, control = served("--faults", "pass-through")
    one = session(process.url())
    before = control.get("/profile")[1]
    bad = [
        {"file": "one.yaml", "text": PROFILE.replace("edge.tx", "edge.xx").replace("drop", "dorp")},
        {"file": "two.yaml", "text": "version: 1\nnmae: x\n"},
    ]
    status, failure = control.ask("PUT", "/profile", bad)
    assert status == 422
    assert {error["file"] for error in failure["errors"]} == {"one.yaml", "two.yaml"}
    assert len(failure["errors"]) >= 4
    assert all(error["line"] and error["message"] for error in failure["errors"])
    twice = [{"file": "a", "text": PROFILE}, {"file": "b", "text": PROFILE}]
    status, failure = control.ask("PUT", "/profile", twice)
    assert status == 422 and "given twice" in failure["errors"][0]["message"]
    assert control.get("/profile")[1] == before
    assert one.works()


def test_bodies_are_checked(served):
    _, control = served()
    assert control.ask("PUT", "/profile", PROFILE, "text/plain")[0] == 415
    assert control.ask("PUT", "/profile", PROFILE, None)[0] == 415
    assert control.ask("PUT", "/profile", "{", "application/json")[0] == 400
    assert control.ask("PUT", "/profile", {"file": "a"}, "application/json")[0] == 400
    assert control.ask("PUT", "/profile", [{"file": "a"}])[0] == 400
    assert control.ask("PUT", "/profile")[0] == 400
    assert control.ask("PUT", "/profile", [{"file": "a", "text": ""}] * 65)[0] == 413
    status, failure = control.ask("PUT", "/profile", "x" * (2 << 20) + "x", "application/yaml")
    assert status == 413 and failure["next"]
    assert control.post("/wait", "event=life", kind="application/x-www-form-urlencoded")[0] == 415
    assert control.get("/healthz")[0] == 200


@pytest.fixture
def watched(up, tmp_path):
    """An edge with a profile file of its own."""
    file = tmp_path / "p.yaml"
    file.write_text(PROFILE.replace("edge.tx", "edge.rx"))
    process = up(
        "--control", "127.0.0.1:0", "--hibernate-after", "60s", "--faults", file,
        "--trace", tmp_path / "run",
    )
    return process, Control(process), file


def version_is(control, version):
    return lambda: control.get("/profile")[1]["version"] == version


def test_a_changed_file_is_read_again(watched, session, tmp_path):
    process, control, file = watched
    file.write_text("version: 1\nname: p\nrules: []\n")
    assert eventually(version_is(control, 2))
    one = session(process.url())
    assert one.works()
    # As editors do it: another file takes the name.
    other = tmp_path / "other.yaml"
    other.write_text(PROFILE)
    other.rename(file)
    assert eventually(version_is(control, 3))
    one.tell("message", message="lost")
    control.wait(event="fault", rule="lose", since=0)
    process.end(signal.SIGTERM)
    rows = trace_rows(tmp_path / "run")
    marks = [row["msg"] for row in rows if row["ev"] == "mark" and row["p"].startswith("edge")]
    assert "profile version 3: p" in marks, marks
    assert [row["pv"] for row in rows if row["ev"] == "fault" and row.get("fired")][-1] == 3
    assert sum("is in force" in line for line in process.lines) == 2


def test_a_changed_file_with_errors_is_told_and_the_running_profile_stays(watched):
    process, control, file = watched
    file.write_text(PROFILE.replace("edge.tx", "edge.xx"))
    assert eventually(lambda: any("the running profile stays" in line for line in process.lines))
    assert any(f"{file}:5:" in line and "error[" in line for line in process.lines)
    assert version_is(control, 1)()
    file.unlink()
    assert eventually(lambda: sum("stays" in line for line in process.lines) == 2)
    file.write_text(PROFILE)
    assert eventually(version_is(control, 2))


def test_sighup_reads_the_files_again(watched):
    process, control, file = watched
    process.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: any("have not changed" in line for line in process.lines))
    assert control.post("/panic")[0] == 200
    process.process.send_signal(signal.SIGHUP)
    assert eventually(version_is(control, 3))
    assert control.get("/profile")[1]["profiles"][0]["text"] == file.read_text()


# MARK: who may ask


def test_another_host_or_origin_is_refused(served):
    _, control = served()
    for host in ("evil.example", "evil.example:8079", "127.evil.example", "127.0.0.1.evil.example",
                 "", "[::2]:8079"):
        status, failure = control.get("/healthz", Host=host)
        assert status == 403 and failure["next"], host
    for host in ("localhost", f"127.0.0.1:{control.port}", "127.1.2.3", "[::1]:1", "LOCALHOST:9"):
        assert control.get("/healthz", Host=host)[0] == 200, host
    for origin in ("http://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:%d"):
        origin = origin.replace("%d", str(control.port))
        assert control.post("/panic", Origin=origin)[0] == 403, origin
    assert control.post("/panic", Origin=f"http://127.0.0.1:{control.port}")[0] == 200
    assert control.get("/nothing", Host="evil.example")[0] == 403
    assert "torpor_control_refused_total 11" in control.get("/metrics")[1]


def test_a_token_is_asked_for(served):
    _, control = served("--control-token", "s3cret", token="s3cret")
    assert control.get("/healthz")[0] == 200
    assert control.get("/healthz", Host="anything.example")[0] == 200
    for given in (None, "Bearer wrong", "Bearer s3cre", "Bearer s3crets3cret", "s3cret", "Basic x"):
        control.token = None
        headers = {"Authorization": given} if given else {}
        status, failure = control.get("/sessions", **headers)
        assert status == 401 and "--control-token" in failure["next"], given
    url = f"http://127.0.0.1:{control.port}"
    assert run("status", "--control", url).returncode == 1
    told = run("status", "--control", url, env={**os.environ, "TORPOR_CONTROL_TOKEN": "s3cret"})
    assert told.returncode == 0, told.stderr


def test_off_loopback_a_token_is_needed():
    refused = run("up", "--listen", "127.0.0.1:0", "--control", "0.0.0.0:0")
    assert refused.returncode == 64 and "--control-token" in refused.stderr


def test_a_port_in_use_is_an_error_only_when_it_was_named(up):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        named = run("up", "--listen", "127.0.0.1:0", "--control", f"127.0.0.1:{port}")
    assert named.returncode == 69 and "in use" in named.stderr
    off = up("--control", "off")
    assert eventually(lambda: "  control off" in off.lines)
    with socket.socket() as standard:
        standard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            standard.bind(("127.0.0.1", 8079))
            standard.listen()
        except OSError:
            pass  # somebody has it already, which does as well
        quiet = up()
        assert eventually(lambda: any("control is off" in line for line in quiet.lines))
        assert quiet.address


def test_garbage_and_slow_requests_do_no_harm(served, session):
    process, control = served()
    for garbage in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /wait HTTP/1.1\r\n",
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000):
        with socket.create_connection(("127.0.0.1", control.port)) as one:
            one.sendall(garbage)
            one.settimeout(0.2)
            try:
                one.recv(4_096)
            except OSError:
                pass
    assert control.get("/healthz")[0] == 200
    assert session(process.url()).works()


def test_it_is_listening_in_under_a_second(up):
    start = time.monotonic()
    process = up("--control", "127.0.0.1:0")
    assert process.address
    assert time.monotonic() - start < 5, "shared CPUs are slow; measured alone it is 0.1 s"
    Control(process)


# MARK: held sessions


def test_the_object_server_is_killed_five_times_and_nobody_is_disconnected(
    torpor, session, tmp_path
):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def objects():
        return torpor("object", "--listen", f"127.0.0.1:{port}", "--hibernate-after", "300ms")

    running = objects()
    assert running.address
    edge = torpor(
        "edge", "--listen", "127.0.0.1:0", "--objects", f"http://127.0.0.1:{port}",
        "--control", "127.0.0.1:0", "--trace", tmp_path,
    )
    control = Control(edge)
    control.wait(event="link", what="up", since=0)
    held = [session(edge.url(f"room-{number % 4}")) for number in range(20)]
    for round in range(5):
        for one in held[::2]:
            one.tell("message", message=f"perhaps lost {round}")
        since = control.post("/wait", {"what": "none", "timeout": 1})[1]["since"]
        running.end(signal.SIGKILL)
        control.wait(event="link", what="down", since=since)
        assert control.get("/healthz")[1]["ready"] is False
        assert all(item["stage"] == "open" for item in control.sessions())
        for one in held[1::2]:
            one.tell("message", message=f"kept {round}")
        running = objects()
        control.wait(event="link", what="up", since=since)
        for one in held[1::2]:
            while one.read()["message"] != f"kept {round}":
                pass  # an answer that came before the kill
    for one in held:
        one.tell("message", message="the end")
    for one in held:
        while one.read().get("message") != "the end":
            pass
    assert len(control.sessions()) == 20
    assert sum("object server lost" in line for line in edge.lines) == 5
    assert eventually(lambda: sum("is back" in line for line in edge.lines) == 5)
    assert "torpor_link_losses_total 5" in control.get("/metrics")[1]


def test_with_drop_the_held_sessions_are_closed(torpor, session):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    objects = torpor("object", "--listen", f"127.0.0.1:{port}")
    assert objects.address
    edge = torpor(
        "edge", "--listen", "127.0.0.1:0", "--objects", f"http://127.0.0.1:{port}",
        "--control", "127.0.0.1:0", "--on-object-loss", "drop",
    )
    control = Control(edge)
    control.wait(event="link", what="up", since=0)
    one = session(edge.url())
    objects.end(signal.SIGKILL)
    with pytest.raises(Exception) as closed:
        while True:
            one.read()
    assert closed.value.rcvd.code == 1012
    assert eventually(lambda: any("closed with 1012" in line for line in edge.lines))


def test_a_backend_is_controlled_as_an_object_server_is(torpor):
    def echo(connection):
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0, compression=None) as backend:
        thread = threading.Thread(target=backend.serve_forever)
        thread.start()
        edge = torpor(
            "edge", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0",
            "--backend", "ws://127.0.0.1:%d" % backend.socket.getsockname()[1],
        )
        control = Control(edge)
        assert control.get("/healthz")[1] == {"status": "ok", "ready": True}
        with connect(edge.url("a"), compression=None, proxy=None) as socket:
            socket.send("one")
            assert socket.recv(PATIENCE) == "one"
            item = control.get("/objects")[1]["items"][0]
            assert item["object"] == "a" and item["sessions"] == 1
            assert control.post("/objects/a/hibernate")[1]["result"] == "it sleeps"
            assert control.get("/objects")[1]["items"][0]["phase"] == "hibernated"
            since = control.post("/objects/a/wake")[1]["since"]
            control.wait(event="life", what="woken", object="a", since=since)
            status, done = control.ask("PUT", "/profile", PROFILE, "application/yaml")
            assert status == 200 and done["version"] == 2
            socket.send("lost")
            control.wait(event="fault", rule="lose", since=done["since"])
            assert control.post("/panic")[0] == 200
            socket.send("two")
            assert socket.recv(PATIENCE) == "two"
            text = control.get("/metrics")[1]
            labels = '{point="edge.tx",direction="to-client",outcome="dropped"}'
            assert f"torpor_messages_total{labels} 1" in text
            assert "torpor_link_up" not in text
            told = run("status", "--control", f"http://127.0.0.1:{control.port}").stdout
            assert "none: a backend" in told
        backend.shutdown()
        thread.join()
