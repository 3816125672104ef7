"""Processes killed at any moment: sessions are held, and every trace reads.

`TORPOR_KILLS` sets how often the object server is killed; `make soak` sets 200.
"""

import asyncio
import itertools
import os
import re
import signal
import sys
import time

import pytest
from conftest import PATIENCE, free_port, run, trace_files, trace_rows
from crowd import Crowd
from test_interop import PEERS, Process

KILLS = int(os.environ.get("TORPOR_KILLS", "20"))
EDGE_KILLS = max(3, KILLS // 10)
BACKEND_KILLS = max(2, KILLS // 10)
OBJECTS, EACH = 100, 10
SECONDS = 40  # until an answer counts as missing: 1,000 sessions on a shared machine


@pytest.fixture
def objects(torpor, tmp_path):
    """Starts the object server, again and again on the same port."""
    port = free_port()

    def start(*arguments):
        started = torpor("object", "--listen", f"127.0.0.1:{port}", *arguments)
        assert started.address[1] == port, started.lines
        return started

    start.url = f"http://127.0.0.1:{port}"
    return start


async def status(server):
    """The status of the page, which comes from the object server: 502 while the edge has none."""
    reader, writer = await asyncio.open_connection(*server.address)
    writer.write(b"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
    line = await reader.readline()
    writer.close()
    return int(line.split()[1])


async def becomes(server, wanted):
    end = time.monotonic() + PATIENCE
    while (now := await status(server)) != wanted:
        assert time.monotonic() < end, f"the page is still answered {now}, not {wanted}"
        await asyncio.sleep(0.01)


def test_a_thousand_sessions_outlive_an_object_server_killed_again_and_again(torpor, objects, tmp_path):
    options = ("--hibernate-after", "300ms", "--trace", tmp_path)
    server = objects(*options)
    edge = torpor("edge", "--listen", "127.0.0.1:0", "--objects", objects.url, "--trace", tmp_path)

    async def story():
        nonlocal server
        await becomes(edge, 200)
        crowd = await Crowd.join(edge, OBJECTS, EACH)
        assert await crowd.all_answer(crowd.members, "before", SECONDS) == 0
        for kill in range(KILLS):
            match kill % 3:
                case 0:
                    pass  # everybody was just answered: objects are awake
                case 1:
                    # Killed with messages on their way, which may be lost; the next one may not.
                    for member in crowd.members:
                        member.tell("perhaps lost")
                case 2:
                    await asyncio.sleep(0.6)  # twice the time after which objects sleep
            server.end(signal.SIGKILL)
            await becomes(edge, 502)
            while_away = [
                member.ask(f"{kill} while away") for member in itertools.islice(crowd.members, 0, None, 2)
            ]
            server = objects(*options)
            unanswered = await crowd.all_answer(crowd.members[1::2], f"{kill} after", SECONDS)
            _, waiting = await asyncio.wait(while_away, timeout=SECONDS)
            assert (crowd.lost, unanswered, len(waiting)) == (0, 0, 0), f"after kill {kill + 1}"
        assert await crowd.all_answer(crowd.members, "at the end", SECONDS) == 0
        assert crowd.lost == 0
        crowd.leave()

    asyncio.run(story())
    assert edge.process.poll() is None
    assert edge.end() == 0
    rows = trace_rows(tmp_path)  # asserts that only a last line is torn
    assert sum(row.get("what") == "hibernated" for row in rows) > OBJECTS, "they never slept"
    reads(tmp_path, files=KILLS + 2)


def reads(folder, files):
    """The analysis reads every file of a run, and names no damage but a torn last line."""
    assert len(trace_files(folder)) == files
    done = run("trace", "analyze", folder, seconds=600)
    assert done.returncode in (0, 1, 2), done.stderr
    notes = [line for line in done.stdout.splitlines() if line.startswith("note: ")]
    damage = [note for note in notes if not re.search(r"has no end record|^note: slow|last line torn", note)]
    assert not damage, done.stdout
    torn = [note.split()[1] for note in notes if "last line torn" in note]
    assert len(torn) == len(set(torn)), "more than one torn line in a file"
    return done


def connections(port):
    """How many established connections a port of this machine has."""
    rows = open("/proc/net/tcp").read().splitlines()[1:]
    return sum(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "01" for row in rows)


def test_a_thousand_sleeping_sessions_outlive_a_strangers_server(torpor):
    """Only sleeping ones: an awake session of a server that dies ends as it would without an edge."""
    port = free_port()
    command = [sys.executable, PEERS / "server_picows.py"]

    started = []

    def start():
        started.append(Process(command, env={**os.environ, "PEER_PORT": str(port)}))
        started[-1].next("port")

    async def all_sleep():
        end = time.monotonic() + SECONDS
        while (awake := connections(port)) > 0:
            assert time.monotonic() < end, f"{awake} legs are still awake"
            await asyncio.sleep(0.02)

    async def story():
        edge = torpor(
            "edge", "--listen", "127.0.0.1:0", "--backend", f"ws://127.0.0.1:{port}",
            "--hibernate-after", "1s",
        )
        crowd = await Crowd.join(edge, OBJECTS, EACH, greets=False)
        for kill in range(BACKEND_KILLS):
            unanswered = await crowd.all_answer(crowd.members, f"before {kill}", SECONDS)
            assert unanswered == 0, crowd.goodbyes
            await all_sleep()
            started[-1].process.kill()
            started[-1].process.wait()
            start()
        assert await crowd.all_answer(crowd.members, "at the end", SECONDS) == 0
        assert crowd.lost == 0
        crowd.leave()

    try:
        start()
        asyncio.run(story())
    finally:
        started[-1].process.kill()


def test_an_edge_killed_under_load_leaves_a_trace_that_reads(torpor, objects, tmp_path):
    runs = [tmp_path / f"run-{number}" for number in range(EDGE_KILLS)]
    server = objects("--hibernate-after", "1s")

    async def story(folder):
        edge = torpor("edge", "--listen", "127.0.0.1:0", "--objects", objects.url, "--trace", folder)
        await becomes(edge, 200)
        crowd = await Crowd.join(edge, 10, 10)
        for round in range(3):
            assert await crowd.all_answer(crowd.members, f"round {round}", SECONDS) == 0
        for member in crowd.members:
            for number in range(20):
                member.tell(f"on its way {number}")
        # Not awaited: it dies in the middle of them.
        edge.end(signal.SIGKILL)

        async def all_lost():
            while crowd.lost < len(crowd.members):
                await asyncio.sleep(0.01)

        await asyncio.wait_for(all_lost(), PATIENCE)

    for folder in runs:
        asyncio.run(story(folder))
        assert len(trace_rows(folder)) > 1000
        reads(folder, files=1)
    assert server.process.poll() is None, "the object server outlives its edge"
    after = torpor("edge", "--listen", "127.0.0.1:0", "--objects", objects.url)

    async def again():
        await becomes(after, 200)
        crowd = await Crowd.join(after, 10, 10)
        assert await crowd.all_answer(crowd.members, "to a new edge", SECONDS) == 0
        crowd.leave()

    asyncio.run(again())
