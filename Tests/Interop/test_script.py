"""`torpor probe --script` and `torpor study --target` against a Python server with a protocol of its own."""

import json
import re
import socket
import textwrap
import threading
import time

import pytest
from conftest import run
from websockets.sync.server import serve

SCRIPT = """
version: 1
name: sums
about: Adds numbers for who may ask.
path: /sums
headers: {Authorization: "Bearer ${SUMS_TOKEN}"}
cookies: {sid: "42", theme: dark}
subprotocols: [sum.v2, sum.v1]
greeting: {json: {/kind: hello}}
sessions:
  user:
  stranger: {headers: {Authorization: Bearer nothing}}
steps:
  - connect: stranger
    expect: {refused: 401}
  - connect: user
    expect:
      - {subprotocol: sum.v2}
      - {json: {/kind: hello, /path: /sums}}
  - send: {json: {op: add, id: "{{unique}}", of: [1, 2, 3]}}
    session: user
    row: add → sum
    expect: {json: {/kind: sum, /id: "{{unique}}", /sum: 6}}
  - ping:
    session: user
    expect: pong
  - idle: 700ms
  - send: {json: {op: add, id: "{{unique}}", of: [4]}}
    session: user
    row: add → sum
    expect: {json: {/kind: sum, /id: "{{unique}}", /sum: 4}}
  - send: {json: {op: add, id: "{{unique}}", of: ["{{number}}"]}}
    session: user
    row: burst of text sums
    repeat: 20
    expect: {json: {/id: "{{unique}}", /error: {prefix: not a number}}, within: 5s}
  - send: {base64: AAEC}
    session: user
    expect: [{base64: AgEA}, {kind: text, never: true, within: 200ms}]
  - send: {json: {op: quit}}
    session: user
    row: quit → close
    expect: {close: 4001}
"""


class Sums:
    """The user's own service: an Authorization header, a cookie, a subprotocol, JSON. Its
    `bug` is to be silent to the first message after half a second without one."""

    def __init__(self, bug=None):
        self.bug = bug
        self.asked = 0
        self.server = serve(
            self.handle, "127.0.0.1", 0, subprotocols=["sum.v2"], process_request=self.admit,
            ping_interval=None, compression=None,
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "ws://127.0.0.1:%d" % self.server.socket.getsockname()[1]

    def admit(self, connection, request):
        cookies = request.headers.get("Cookie", "")
        if request.headers.get("Authorization") != "Bearer s3cret" or "sid=42" not in cookies:
            return connection.respond(401, "who are you\n")
        return None

    def handle(self, socket):
        socket.send(json.dumps({"kind": "hello", "path": socket.request.path}))
        last = time.monotonic()
        had_a_rest = False
        for message in socket:
            idle, last = time.monotonic() - last, time.monotonic()
            if isinstance(message, bytes):
                socket.send(message[::-1])
                continue
            asked = json.loads(message)
            if asked["op"] == "quit":
                socket.close(4001, "as asked")
                return
            is_first = idle > 0.5 and not had_a_rest
            had_a_rest = had_a_rest or is_first
            if is_first and self.is_silent():
                continue
            socket.send(json.dumps(self.answer(asked)))

    def is_silent(self):
        self.asked += 1
        return self.bug == "always" or (self.bug == "at times" and self.asked % 2 == 0)

    def answer(self, asked):
        wrong = [one for one in asked["of"] if not isinstance(one, int)]
        if wrong:
            return {"kind": "sum", "id": asked["id"], "error": f"not a number: {wrong[0]}"}
        return {"kind": "sum", "id": asked["id"], "sum": sum(asked["of"])}


@pytest.fixture
def sums():
    """Starts services of the user's own protocol; all of them end with the test."""
    started = []

    def start(bug=None):
        started.append(Sums(bug))
        return started[-1]

    yield start
    for one in started:
        one.server.shutdown()


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Writes a script to a file; the variable that the shipped one uses is set."""
    monkeypatch.setenv("SUMS_TOKEN", "s3cret")

    def write(text=SCRIPT):
        file = tmp_path / "script.yaml"
        file.write_text(textwrap.dedent(text))
        return file

    return write


def cells(report):
    """State (or verdict) of each cell that was tried, by row and column."""
    return {
        (row["row"], cell["column"]): cell.get("state") or cell["verdict"]
        for row in report["rows"]
        for cell in row["cells"]
        if (cell.get("state") or cell["verdict"]) != "notApplicable"
    }


def probe(url, *arguments):
    done = run("probe", url, "--json", "--quiet", *arguments)
    assert done.stdout.strip(), done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_users_own_protocol_is_played_and_every_cell_works(sums, script, tmp_path):
    code, report = probe(sums().url, "--script", script(), "--trace", tmp_path / "trace")
    found = cells(report)
    assert code == 0, report
    assert set(found.values()) == {"works"}
    assert found[("add → sum", "fresh")] and found[("add → sum", "after idle")]
    assert [column["column"] for column in report["rows"][0]["cells"]] == [
        "fresh", "after idle", "later",
    ]
    burst = next(row for row in report["rows"] if row["row"] == "burst of text sums")
    assert sum(cell["n"] for cell in burst["cells"]) == 20
    trace = "".join(file.read_text() for file in tmp_path.rglob("*.jsonl"))
    assert '"ev":"expect"' in trace and "s3cret" not in trace
    analysis = run("trace", "analyze", tmp_path / "trace")
    assert analysis.returncode == 0 and "only the client is observed" in analysis.stdout


def test_silence_after_idle_is_broken_there_and_works_elsewhere(sums, script):
    code, report = probe(sums("always").url, "--script", script())
    assert code == 1
    assert cells(report)[("add → sum", "after idle")] == "broken"
    del report["rows"][2]
    assert set(cells(report).values()) == {"works"}


def test_repeated_runs_tell_flaky_from_broken(sums, script):
    short = SCRIPT[: SCRIPT.index("  - send: {json: {op: add, id: \"{{unique}}\", of: [\"{{number")]
    for bug, verdict, code in (("at times", "flaky", 1), ("always", "broken", 1), (None, "works", 0)):
        found, report = probe(sums(bug).url, "--script", script(short), "--repeat", 4)
        assert found == code and report["verdict"] == verdict, report
        cell = next(
            cell for row in report["rows"] for cell in row["cells"]
            if (row["row"], cell["column"]) == ("add → sum", "after idle")
        )
        assert cell["n"] == 4 and 0 <= cell["low"] <= cell["k"] / 4 <= cell["high"] <= 1
        assert cell["k"] == {"flaky": 2, "broken": 0, "works": 4}[verdict]


def test_flags_of_the_handshake_replace_the_scripts(sums, script):
    open_script = SCRIPT.replace('headers: {Authorization: "Bearer ${SUMS_TOKEN}"}\n', "").replace(
        "cookies: {sid: \"42\", theme: dark}\n", ""
    ).replace("sessions:\n  user:\n  stranger: {headers: {Authorization: Bearer nothing}}\n", "")
    lines = open_script.replace("    session: user\n", "").replace("connect: user", "connect:")
    lines = lines.replace("  - connect: stranger\n    expect: {refused: 401}\n", "")
    file = script(lines)
    assert probe(sums().url, "--script", file)[0] == 2
    code, report = probe(
        sums().url, "--script", file, "--header", "authorization: Bearer s3cret",
        "--cookie", "sid=42",
    )
    assert code == 0, report


def test_a_path_in_the_url_replaces_the_scripts(sums, script):
    code, report = probe(sums().url + "/elsewhere", "--script", script())
    assert code == 1
    assert "no hello" in json.dumps(report)


def test_targets_stand_side_by_side_and_a_bad_one_hides_none(sums, script, tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = "ws://127.0.0.1:%d" % closed.getsockname()[1]
    done = run(
        "study", "--target", f"live={sums('always').url}", "--target", f"local={sums().url}",
        "--target", f"gone={gone}", "--script", script(), "--out", tmp_path / "out", "--quiet",
    )
    assert done.returncode == 1, done.stderr
    head = next(line for line in done.stdout.split("\n") if line.startswith("exchange"))
    assert head.split() == ["exchange", "live", "local", "gone"]
    row = next(line for line in done.stdout.split("\n") if line.startswith("add → sum"))
    assert row.split()[-3:] == ["✓✗–", "✓✓–", "??–"]
    assert re.search(
        r"no answer client\.tx → … → client\.rx: 1/1 exchanges \(add → sum\), in 'after idle' only; "
        r"only the client is observed.*edge\.rx, edge\.tx, object\.rx", done.stdout,
    )
    assert re.search(r"gone\n.*\n +unknown: none of \d+ exchanges could be tried: .*refused", done.stdout)
    report = (tmp_path / "out" / "report.md").read_text()
    assert "torpor probe ws://127.0.0.1" in report and "--script" in report
    assert {file.parent.parent.name for file in tmp_path.rglob("probe-*.jsonl")} == {
        "live", "local", "gone",
    }


def test_a_study_can_be_repeated_and_mixed_with_a_profile(up, tmp_path):
    server = up("--hibernate-after", "2s")
    done = run(
        "study", "--target", f"there={server.url().removesuffix('websocket')}", "pass-through",
        "--hibernate-after", "2s", "--repeat", "2", "--sessions", "1", "--json",
        "--out", tmp_path,
    )
    targets = {target["name"]: target for target in json.loads(done.stdout)["targets"]}
    assert list(targets) == ["there", "no-faults", "resident", "forgetful", "pass-through"]
    assert {target["probe"]["runs"] for target in targets.values()} == {2}
    echo = {("message → echo", "later"): "broken"}
    assert cells(targets["forgetful"]["probe"]).items() >= echo.items()
    # On a busy machine an answer may be late; the exit code says whether any was.
    well = targets["there"]["exitCode"] == 0 and all(
        target["asExpected"] for name, target in targets.items() if name != "there"
    )
    assert done.returncode == (0 if well else 1)


def test_the_built_in_script_is_printed_and_plays_as_a_file(up, tmp_path):
    printed = run("probe", "--print-script")
    assert printed.returncode == 0 and "close by object" in printed.stdout
    file = tmp_path / "pingpong.yaml"
    file.write_text(printed.stdout)
    server = up("--hibernate-after", "500ms", "--trace", tmp_path / "run")
    code, report = probe(
        server.url().removesuffix("websocket"), "--script", file, "--hibernate-after", "500ms",
        "--trace", tmp_path / "run",
    )
    assert code == 0, report
    assert len(cells(report)) == 32
    assert any("sleep observed before 16 of 16" in note for note in report["notes"])


def test_wrong_scripts_are_refused_like_a_compiler_does(script, tmp_path, monkeypatch):
    monkeypatch.delenv("SUMS_TOKEN")
    text = SCRIPT.replace("- idle: 700ms", "- idel: 700ms").replace("{{unique}}", "{{uniqe}}", 1)
    done = run("probe", "ws://127.0.0.1:1/", "--script", script(text))
    assert done.returncode == 64
    places = re.findall(r"script\.yaml:(\d+):(\d+): error\[(E\d+)\]", done.stderr)
    assert [code for _, _, code in places] == ["E041", "E040", "E002"], done.stderr
    assert 'did you mean "idle"?' in done.stderr and 'did you mean "unique"?' in done.stderr
    missing = run("probe", "ws://127.0.0.1:1/", "--script", tmp_path / "none.yaml")
    assert missing.returncode == 64 and "none.yaml" in missing.stderr
    (tmp_path / "binary.yaml").write_bytes(b"version: 1\nname: \xff\xfe")
    assert run("probe", "ws://127.0.0.1:1/", "--script", tmp_path / "binary.yaml").returncode == 64


@pytest.mark.parametrize(
    "arguments",
    [
        ["probe"],
        ["probe", "ws://127.0.0.1:1/", "--repeat", "0"],
        ["probe", "ws://127.0.0.1:1/", "--header", "no colon"],
        ["probe", "ws://127.0.0.1:1/", "--cookie", "plain"],
        ["study", "--target", "no-equals"],
        ["study", "--target", "../x=ws://127.0.0.1:1/"],
        ["study", "--target", "a=http://127.0.0.1:1/"],
        ["study", "--target", "a=ws://127.0.0.1:1/", "--target", "a=ws://127.0.0.1:2/"],
    ],
)
def test_what_cannot_be_asked_is_an_operators_mistake(arguments):
    done = run(*arguments)
    assert done.returncode == 64 and done.stderr.strip()
