"""`torpor run`: the command keeps its streams and its code, the finding comes as one line, nothing stays."""

import json
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree

import pytest
from conftest import FAULTS, PATIENCE, ROOT, eventually, run

CLIENT = [sys.executable, str(pathlib.Path(__file__).with_name("run_client.py"))]
FINGERPRINT = re.compile(r"\[torpor:[0-9a-f]{8}\]$")


def torpor_run(*arguments, tmp, stdin=subprocess.DEVNULL, env=None):
    """`torpor run …` with its temporary folders under `tmp`."""
    tmp.mkdir(exist_ok=True)
    return subprocess.run(
        [os.environ["TORPOR"], "run", *map(str, arguments)],
        input=stdin if isinstance(stdin, str) else None,
        stdin=None if isinstance(stdin, str) else stdin,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp), **(env or {})},
    )


def kept(tmp):
    return list(tmp.glob("torpor-run-*"))


@pytest.mark.parametrize(
    "command, code",
    [
        (["true"], 0),
        (["false"], 1),
        (["sh", "-c", "exit 42"], 42),
        (["sh", "-c", "kill -9 $$"], 128 + signal.SIGKILL),
        (["no-such-command-anywhere"], 127),
        (["/"], 126),
    ],
)
def test_the_code_is_the_commands(tmp_path, command, code):
    done = torpor_run("pass-through", "--", *command, tmp=tmp_path / "t")
    assert done.returncode == code, done.stderr
    assert bool(kept(tmp_path / "t")) == (code != 0)
    assert done.stdout == ""


def test_a_missing_command_is_named(tmp_path):
    done = torpor_run("pass-through", "--", "no-such-command-anywhere", tmp=tmp_path)
    assert "cannot run no-such-command-anywhere: no such file or directory" in done.stderr


def test_it_starts_in_under_a_second(tmp_path):
    start = time.monotonic()
    torpor_run("pass-through", "--", "true", tmp=tmp_path)
    assert time.monotonic() - start < 1.0


def test_the_command_keeps_its_streams(tmp_path):
    done = torpor_run(
        "pass-through", "--", "sh", "-c", "cat; echo err >&2; echo $TORPOR_URL; ls $TORPOR_TRACE",
        stdin="given\n", tmp=tmp_path,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "given" and re.fullmatch(r"ws://127\.0\.0\.1:\d+", lines[1])
    assert "run" in lines
    assert "err" in done.stderr.splitlines()


def test_a_healthy_run_says_so_and_leaves_nothing(tmp_path):
    done = torpor_run("pass-through", "--", *CLIENT, tmp=tmp_path)
    assert (done.returncode, done.stdout) == (0, "answered\n"), done.stderr
    assert "torpor: nothing broken: " in done.stderr
    assert not kept(tmp_path)


def test_a_failing_command_under_a_profile_comes_with_the_finding(tmp_path):
    done = torpor_run("silent-handlers", "--", *CLIENT, "--patience", "0.3", tmp=tmp_path)
    assert done.returncode == 3
    assert "as silent-handlers expects" in done.stderr
    line = next(line for line in done.stderr.splitlines() if "lost object.tx → edge.rx" in line)
    assert FINGERPRINT.search(line) and "faults/silent-handlers.yaml:" in line
    assert len(line) <= 200 + len("torpor: ")
    assert len(kept(tmp_path)) == 1 and str(kept(tmp_path)[0]) in done.stderr


def test_the_expected_break_survived_is_success(tmp_path):
    done = torpor_run(
        "silent-handlers", "--", *CLIENT, "--patience", "0.3", "--forgive", tmp=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert not kept(tmp_path)


def test_a_break_that_does_not_come_is_a_failure(tmp_path):
    done = torpor_run("drop-after-wake", "--", *CLIENT, tmp=tmp_path)
    assert done.returncode == 1
    assert "NOT AS EXPECTED: drop-after-wake expects missing" in done.stderr


def test_a_profile_that_expects_nothing_adds_no_code(tmp_path):
    text = (FAULTS / "silent-handlers.yaml").read_text().split("\nexpect:")[0]
    profile = tmp_path / "mine.yaml"
    profile.write_text(text)
    done = torpor_run(
        profile, "--", *CLIENT, "--patience", "0.3", "--forgive", tmp=tmp_path / "t"
    )
    assert done.returncode == 0
    assert kept(tmp_path / "t"), "something broke, so the trace is wanted"
    line = next(line for line in done.stderr.splitlines() if "[torpor:" in line)
    assert "mine.yaml:" in line and str(tmp_path) not in line


def test_equal_breaks_have_equal_fingerprints(tmp_path):
    prints = {}
    for name, seed in [("silent-handlers", 1), ("silent-handlers", 2), ("jammed-pump", 1)]:
        done = torpor_run(
            name, "--seed", seed, "--", *CLIENT, "--patience", "0.3", tmp=tmp_path / "t"
        )
        found = re.search(r"\[torpor:([0-9a-f]{8})\]", done.stderr)
        prints.setdefault(name, set()).add(found[1])
    assert [len(one) for one in prints.values()] == [1, 1]
    assert prints["silent-handlers"] != prints["jammed-pump"]


def test_results_for_machines(tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    done = torpor_run(
        "drop-after-wake", "--junit", tmp_path / "junit.xml", "--json", tmp_path / "found.json",
        "--github", "--trace", tmp_path / "trace", "--", *CLIENT,
        tmp=tmp_path / "t", env={"GITHUB_STEP_SUMMARY": str(summary)},
    )
    assert done.returncode == 1
    suite = xml.etree.ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    command, expectation = suite
    assert len(command) == 0 and expectation[0].get("message").startswith("nothing broken")
    assert json.loads((tmp_path / "found.json").read_text())["status"] == "none"
    assert re.search(r"(?m)^::error title=torpor run drop-after-wake::nothing broken.*%0ANOT AS",
                     done.stderr)
    assert summary.read_text().startswith("before\n### torpor run drop-after-wake\n")
    assert not kept(tmp_path / "t")
    analysed = run("trace", "analyze", tmp_path / "trace", "--one-line")
    assert analysed.returncode == 0 and analysed.stdout.startswith("nothing broken")


def test_a_folder_used_again_begins_a_new_run(tmp_path):
    for _ in range(2):
        torpor_run("pass-through", "--trace", tmp_path / "trace", "--", *CLIENT, tmp=tmp_path)
    runs = [path for path in (tmp_path / "trace").iterdir() if path.is_dir()]
    assert len(runs) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_handed_on_and_everything_ends(tmp_path, number):
    """In a session of its own there is no terminal that could have told the command by itself."""
    started = tmp_path / "started"
    process = subprocess.Popen(
        [
            os.environ["TORPOR"], "run", "pass-through", "--", "sh", "-c",
            f'trap "echo told; exit 7" TERM INT; echo $TORPOR_URL $$ > {started}; '
            "while :; do sleep 0.05; done",
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=ROOT, start_new_session=True, env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        assert eventually(lambda: started.exists() and started.read_text())
        url, child = started.read_text().split()
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 7 and out == "told\n", err
    assert not pathlib.Path(f"/proc/{child}").exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), 1)


def test_no_port_is_left_to_what_the_command_leaves_behind(tmp_path):
    """A grandchild that outlives the run holds no socket of it."""
    done = torpor_run(
        "pass-through", "--", "sh", "-c",
        "sleep 30 >/dev/null 2>&1 & echo $! $TORPOR_URL", tmp=tmp_path,
    )
    pid, url = done.stdout.split()
    try:
        open_files = [os.readlink(file) for file in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
        assert not [file for file in open_files if file.startswith(("socket:", "anon_inode:"))]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), 1)
    finally:
        os.kill(int(pid), signal.SIGKILL)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["pass-through"], "no command: give one after --"),
        (["no-such-profile", "--", "true"], "no profile 'no-such-profile'"),
        (["pass-through", "true"], "no command: give one after --"),
    ],
)
def test_an_operators_mistake_is_said(tmp_path, arguments, words):
    done = torpor_run(*arguments, tmp=tmp_path)
    assert done.returncode == 64 and words in done.stderr
    assert not kept(tmp_path)


@pytest.fixture
def backend():
    """Starts the server of `run_server.py`; its URL."""
    started = []

    def start(mode=""):
        script = pathlib.Path(__file__).with_name("run_server.py")
        process = subprocess.Popen(
            [sys.executable, str(script), "0", mode], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return f"ws://127.0.0.1:{process.stdout.readline().strip()}"

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


BACKEND = ["--hibernate-after", "600ms"]
SLEEPY = [*CLIENT, "--rest", "1.3", "--patience", "0.4"]


def test_a_healthy_backend_sleeps_and_wakes_and_nothing_is_found(tmp_path, backend):
    done = torpor_run(
        "pass-through", "--backend", backend(), *BACKEND, "--trace", tmp_path / "trace",
        "--", *SLEEPY, tmp=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "torpor: nothing broken" in done.stderr
    rules = tmp_path / "expect.yaml"
    rules.write_text(
        "version: 1\nexpect:\n  - no_loss: {}\n  - no_reorder: {across: wake}\n"
        "  - woke_within: 5s\n  - hibernates_within: 5s\n  - close_code: 1000\n"
        "  - finding: none\n"
    )
    checked = run("check", tmp_path / "trace", "--expect", rules)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert [line.split()[0] for line in checked.stdout.splitlines()][:6] == ["ok"] * 6


def test_a_backend_silent_after_its_wake_is_named_as_such(tmp_path, backend):
    done = torpor_run("pass-through", "--backend", backend("silent"), *BACKEND, "--", *SLEEPY,
                      tmp=tmp_path)
    assert done.returncode == 3
    assert "torpor: the backend never answered" in done.stderr, done.stderr
    assert "no rule [torpor:" in done.stderr


def test_a_token_taken_once_is_not_blamed_on_the_application(tmp_path, backend):
    done = torpor_run("pass-through", "--backend", backend("once"), *BACKEND, "--", *SLEEPY,
                      tmp=tmp_path)
    assert done.returncode == 1
    assert "torpor: re-dial refused after sleep: 401 Unauthorized" in done.stderr, done.stderr
    assert "takes the token only once" in done.stderr


def test_a_backend_that_is_not_there_is_said(tmp_path):
    done = torpor_run("pass-through", "--backend", "ws://127.0.0.1:1", "--", *CLIENT, tmp=tmp_path)
    assert done.returncode == 1
    assert "1 upgrade was refused: 502" in done.stderr, done.stderr


def test_check_tells_what_failed_and_where(tmp_path):
    torpor_run(
        "silent-handlers", "--trace", tmp_path / "trace", "--", *CLIENT, "--patience", "0.3",
        tmp=tmp_path,
    )
    rules = tmp_path / "expect.yaml"
    rules.write_text(
        "version: 1\nexpect:\n  - no_loss: {}\n    match: {direction: to-client}\n"
        "  - no_loss: {}\n    match: {direction: to-object}\n  - woke_within: 1s\n"
        "  - finding: {kind: missing, between: [object.tx, edge.rx]}\n"
    )
    done = run("check", tmp_path / "trace", "--expect", rules, "--junit", tmp_path / "j.xml", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1 and report["outcome"] == "failed"
    assert [one["outcome"] for one in report["results"]] == ["failed", "ok", "unknown", "ok"]
    witness = report["results"][0]["witness"]
    file = next((tmp_path / "trace").rglob(witness["file"]))
    row = next(row for row in map(json.loads, file.open()) if row.get("n") == witness["n"])
    assert (row["at"], row["type"]) == ("object.tx", "echo")
    suite = xml.etree.ElementTree.parse(tmp_path / "j.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")


def test_wrong_expectations_are_refused_with_their_place(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("version: 1\nexpect:\n  - no_los: {}\n  - close_code: x\n")
    (tmp_path / "edge.jsonl").write_text("")
    done = run("check", tmp_path, "--expect", wrong)
    assert done.returncode == 64
    assert "wrong.yaml:3:5: error[E002]" in done.stderr and "wrong.yaml:4:17" in done.stderr


SCRIPT = """
version: 1
name: chat
path: /objects/{{object}}/websocket
greeting: {json: {/type: welcome}}
steps:
  - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
    expect: {json: {/type: echo}, within: 300ms}
    row: echo
    column: first
  - idle-until-hibernated
  - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
    expect: {json: {/type: echo}, within: 300ms}
    row: echo
    column: after a sleep
"""


@pytest.fixture
def script(tmp_path):
    file = tmp_path / "chat.yaml"
    file.write_text(SCRIPT)
    return file


def test_a_script_can_stand_for_the_command(tmp_path, script):
    arguments = ["--script", script, "--hibernate-after", "300ms"]
    healthy = torpor_run("pass-through", *arguments, tmp=tmp_path / "t")
    assert (healthy.returncode, healthy.stdout) == (0, ""), healthy.stderr
    assert "torpor: nothing broken" in healthy.stderr and not kept(tmp_path / "t")
    broken = torpor_run(
        "drop-after-wake", *arguments, "--junit", tmp_path / "j.xml", tmp=tmp_path / "t"
    )
    assert broken.returncode == 1, broken.stderr
    assert "torpor: lost object.tx → edge.rx: 1/" in broken.stderr
    assert "found something broken" in broken.stderr
    suite = xml.etree.ElementTree.parse(tmp_path / "j.xml").getroot()[0]
    assert [case.get("name") for case in suite] == [str(script), "expectation of drop-after-wake"]


def test_a_script_goes_before_the_command_whose_code_counts(tmp_path, script):
    done = torpor_run(
        "drop-after-wake", "--script", script, "--hibernate-after", "300ms", "--", "echo", "done",
        tmp=tmp_path / "t",
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_a_wrong_script_is_refused_before_anything_starts(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("version: 1\nname: x\nsteps: [{sned: x}]\n")
    done = torpor_run("pass-through", "--script", wrong, tmp=tmp_path / "t")
    assert done.returncode == 64 and "did you mean" in done.stderr
    assert not kept(tmp_path / "t")


def test_the_command_controls_its_run(tmp_path):
    done = torpor_run(
        "pass-through", "--", sys.executable, "-c",
        "import os, urllib.request as u; print(u.urlopen(os.environ['TORPOR_CONTROL'] + '/healthz').status)",
        tmp=tmp_path,
    )
    assert (done.returncode, done.stdout) == (0, "200\n"), done.stderr


def test_the_interrupt_key_reaches_the_command_once(tmp_path):
    """The terminal tells the whole foreground group; handing it on as well would tell the command twice."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TMPDIR"] = str(tmp_path)
        os.chdir(ROOT)
        os.execv(
            os.environ["TORPOR"],
            [
                "torpor", "run", "pass-through", "--", sys.executable, "-c",
                "import signal, time\n"
                "told = []\n"
                "signal.signal(signal.SIGINT, lambda *_: told.append(1))\n"
                "print('ready', flush=True)\n"
                "end = time.monotonic() + 20\n"
                "while not told and time.monotonic() < end: time.sleep(0.01)\n"
                "time.sleep(0.5)\n"
                "print('told', len(told), 'times', flush=True)",
            ],
        )
    seen = b""
    try:
        while b"times" not in seen:
            seen += os.read(terminal, 4096)
            if b"ready" in seen and b"^C" not in seen:
                os.write(terminal, b"\x03")
                seen += b"^C"
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    assert b"told 1 times" in seen, seen
