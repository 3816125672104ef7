"""`torpor bench` with small numbers: that every part measures, what it prints, how it ends."""

import json
import os
import shutil
import subprocess

import pytest


def bench(*arguments):
    done = subprocess.run(
        [os.environ["TORPOR"], "bench", "--quick", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    return done, (json.loads(done.stdout) if "--json" in arguments and done.stdout else None)


def figures(report):
    return {figure["name"]: figure for figure in report["figures"]}


def test_held_and_capture_as_json():
    # A debug build is slow, and twenty sessions pay for the whole process: no bar is meant here.
    done, report = bench("held", "capture", "--json", "--bar", "held.bytes=1e9")
    found = figures(report)
    assert found["held.bytes"]["bar"] == 1e9 and found["held.bytes"]["ok"]
    assert found["held.bytes"]["value"] > 0
    assert found["held.woken"]["value"] >= 1
    assert found["capture.rate"]["value"] > 0 and "bar" not in found["capture.rate"]
    if not report["skipped"]:
        assert found["capture.instructions"]["value"] > 100
    assert report["exit"] == done.returncode == (2 if report["skipped"] else 0), done.stderr


def test_over_a_bar_is_exit_1():
    done, report = bench("held", "--json", "--bar", "held.bytes=1")
    assert not figures(report)["held.bytes"]["ok"]
    assert report["exit"] == done.returncode == 1


def test_worse_than_kept_is_exit_1(tmp_path):
    kept = tmp_path / "kept.json"
    kept.write_text('{"held.bytes": {"value": 1, "margin": 0.5}}')
    done, _ = bench("held", "--bar", "held.bytes=1e9", "--baseline", str(kept))
    assert done.returncode == 1
    assert "WORSE held.bytes" in done.stdout


@pytest.mark.skipif(
    not (shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")),
    reason="haproxy is missing: apt-get install haproxy",
)
def test_relay_and_connect_beside_haproxy():
    loose = [f"relay.64.{name}=1e9" for name in ("ratio", "tracing")] + ["relay.16k.nginx-ratio=1e9"]
    done, report = bench("relay", "connect", "--json", *(f"--bar={bar}" for bar in loose))
    found = figures(report)
    for name in ("haproxy", "torpor", "torpor-traced"):
        assert found[f"relay.64.{name}"]["value"] > 0, done.stderr
    assert found["relay.64.ratio"]["value"] > 0
    assert found["relay.lost"]["value"] == 0
    assert found["connect.torpor.rate"]["value"] > 0


def test_missing_programs_are_said_and_not_passed(tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(
        [os.environ["TORPOR"], "bench", "--quick", "capture", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )
    report = json.loads(done.stdout)
    if shutil.which("valgrind", path="/usr/sbin:/usr/local/sbin"):
        pytest.skip("valgrind lies where it is always found")
    assert done.returncode == 2
    assert "apt-get install valgrind" in report["skipped"][0]["why"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["hold"], "no part 'hold'; there is: relay, held, connect, capture, analysis"),
        (["--bar", "x"], "wanted FIGURE=VALUE"),
        (["capture", "--bar", "capture.x=1"], "capture.x: no such figure"),
        (["--baseline", "/nowhere"], "--baseline /nowhere cannot be read"),
    ],
)
def test_mistakes_are_exit_64(arguments, words):
    done, _ = bench(*arguments)
    assert done.returncode == 64
    assert words in done.stderr
