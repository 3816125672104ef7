"""Exit codes and promises of the commands; each shipped profile shows what it expects, blind as well."""

import json
import re

import pytest
from conftest import FAULTS, run

PROFILES = sorted(path.stem for path in FAULTS.glob("*.yaml"))
LOSSES = ["silent-handlers", "jammed-pump", "edge-to-client-loss"]


def expected(name):
    """The `expect` of a profile, as a text: enough to see `between` and `none`."""
    text = (FAULTS / f"{name}.yaml").read_text()
    block = text.split("\nexpect:", 1)[1]
    points = re.search(r"between:\s*\[\s*([\w.-]+)\s*,\s*([\w.-]+)\s*\]", block)
    kind = re.search(r"\bkind:\s*([\w-]+)", block)
    handler = re.search(r"\bhandler:\s*([\w-]+)", block)
    return (
        [points[1], points[2]] if points else None,
        kind and kind[1],
        handler and handler[1],
    )


def probed(up, folder, *arguments):
    """The probe's run against `torpor up` with a trace: its exit code and its report."""
    server = up("--hibernate-after", "500ms", "--trace", folder, *arguments)
    probe = run(
        "probe", server.url().removesuffix("websocket"), "--hibernate-after", "500ms",
        "--trace", folder, "--json",
    )
    assert server.end() == 0
    assert probe.stdout.strip(), probe.stderr
    return probe.returncode, json.loads(probe.stdout)


def analysed(folder, *arguments):
    found = run("trace", "analyze", folder, "--json", *arguments)
    assert found.stdout.strip(), found.stderr
    return found.returncode, json.loads(found.stdout)


@pytest.mark.parametrize("name", PROFILES)
def test_each_profile_shows_what_it_expects(up, tmp_path, name):
    points, kind, handler = expected(name)
    probed(up, tmp_path, "--faults", FAULTS / f"{name}.yaml")
    for arguments in ([], ["--blind"]):
        code, report = analysed(tmp_path, *arguments)
        if points is None:
            assert (code, report["status"]) == (0, "none"), (arguments, report["findings"])
            continue
        first = report["findings"][0]
        assert code == 1 and first["between"] == points, (arguments, first["text"])
        if kind:
            assert first["kind"] == kind, arguments
        if handler:
            assert first["handler"] == handler, arguments
        if not arguments:
            assert re.search(rf"{name}\.yaml:\d+", first["source"]), first
        else:
            assert not first.get("source"), first


def cells(report):
    """The state of every cell by the name of its row."""
    return {
        row["row"]: [cell["state"] for cell in row["cells"] if cell["n"]] for row in report["rows"]
    }


def test_a_healthy_server_passes_the_probe_and_nothing_is_found(up, tmp_path):
    code, report = probed(up, tmp_path)
    assert code == 0, report
    assert {state for states in cells(report).values() for state in states} == {"works"}
    assert analysed(tmp_path)[0] == 0


def test_a_client_cannot_tell_the_three_losses_apart(up, tmp_path):
    tables, places = [], []
    for name in LOSSES:
        code, report = probed(up, tmp_path / name, "--faults", FAULTS / f"{name}.yaml")
        assert code == 1
        tables.append(cells(report))
        places.append(tuple(analysed(tmp_path / name)[1]["findings"][0]["between"]))
    assert tables[0] == tables[1] == tables[2]
    assert len(set(places)) == 3


def test_a_forgetful_object_is_found_with_no_rule(up, tmp_path):
    code, _ = probed(up, tmp_path, "--mode", "forgetful")
    assert code == 1
    code, report = analysed(tmp_path)
    first = report["findings"][0]
    assert code == 1 and not first.get("rule") and first["afterWake"]
    assert "object never sent" in first["text"]


def test_nobody_there_is_unknown_not_broken():
    assert run("probe", "ws://127.0.0.1:1/", "--sessions", "1").returncode == 2


def test_the_study_prints_a_table_and_a_finding_each_and_writes_its_report(tmp_path):
    done = run(
        "study", *(FAULTS / f"{name}.yaml" for name in LOSSES),
        "--hibernate-after", "500ms", "--out", tmp_path,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for name in ["resident", "forgetful", *LOSSES]:
        assert name in done.stdout
    for place in ("object.tx → edge.rx", "object.send → object.tx", "edge.tx → client.rx"):
        assert place in done.stdout
    report = (tmp_path / "report.md").read_text()
    assert re.search(r"summary", report, re.IGNORECASE) and re.search(r"(?m)^1\. ", report)


def test_a_wrong_profile_is_refused_with_its_place(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "version: 1\nname: wrong\nabout: x\nsource: x\nrules:\n"
        "  - id: a\n    at: object.tx\n    fire: {always: true}\n    do: [{dorp: {}}]\n"
    )
    for arguments in (["faults", "validate", wrong], ["up", "--listen", "127.0.0.1:0", "--faults", wrong]):
        done = run(*arguments)
        assert done.returncode != 0
        assert re.search(r"wrong\.yaml:9:\d+: error", done.stdout + done.stderr)
        assert "drop" in done.stdout + done.stderr


def test_the_shipped_profiles_are_valid_and_listed():
    assert run("faults", "validate", FAULTS).returncode == 0
    listed = run("faults", "list").stdout
    for name in PROFILES:
        assert name in listed


def test_secrets_never_reach_a_trace(up, session, tmp_path):
    server = up("--trace", tmp_path)
    headers = {"Authorization": "Bearer s3cr3t-a", "Cookie": "id=s3cr3t-b"}
    one = session(server.url() + "?token=s3cr3t-c", additional_headers=headers)
    assert one.works()
    assert server.end() == 0
    for file in tmp_path.rglob("*.jsonl"):
        assert "s3cr3t" not in file.read_text()
