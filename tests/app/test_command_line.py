"""The commands that need no window, run as a person runs them: a process, its words, its exit status."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.people import audiences
from app.people.audiences import Rule, Rules
from app.workspace import open_workspace

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = "first_name,phone,due_month\nMaria,+1 312 555 0187,May\nJon,(312) 555-0119,June\nBad,12,May\n"


def p2ptext(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.main", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
    )


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, "utf-8")
    return path


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(data / "p2ptext.db") as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_version() -> None:
    done = p2ptext("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("p2ptext ")


def test_import_points_out_what_is_odd(tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text("name,phone\n" + "".join(f"ANNA LEE,+131255501{each:02d}\n" for each in range(30)))
    done = p2ptext("import", str(odd), "--data", str(tmp_path / "d"), "--country", "US")
    assert done.returncode == 0, done.stderr
    assert "Look again: 30 numbers follow one another" in done.stdout
    assert "30 names are all in capitals" in done.stdout


def test_import_says_what_it_took_and_what_it_refused(tmp_path: Path, people: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    done = p2ptext(
        "import", str(people), "--data", str(tmp_path / "d"), "--country", "US", "--rejects", str(rejects)
    )
    assert done.returncode == 0, done.stderr
    assert "3 rows: 2 people in the list (2 new" in done.stdout
    assert "1 refused" in done.stdout
    refused = list(csv.reader(io.StringIO(rejects.read_text("utf-8-sig"))))
    assert any("4" in row for row in refused), "the line number stands in the report"
    assert rows(tmp_path / "d", "SELECT number FROM contact ORDER BY number") == [
        ("+13125550119",),
        ("+13125550187",),
    ]


def test_import_without_a_country_asks_for_one(tmp_path: Path, people: Path) -> None:
    done = p2ptext("import", str(people), "--data", str(tmp_path / "d"))
    assert done.returncode == 1
    assert "--country" in done.stderr


def test_campaign_new_queues_and_sends_nothing(tmp_path: Path, people: Path) -> None:
    data = tmp_path / "d"
    done = p2ptext(
        "campaign",
        "new",
        "Spring",
        "--people",
        str(people),
        "--message",
        "Hi {first_name}, due in {due_month}.",
        "--start",
        "--data",
        str(data),
        "--country",
        "US",
    )
    assert done.returncode == 0, done.stderr
    assert "2 messages wait on the desk. Nothing leaves until a person presses Send." in done.stdout
    assert rows(data, "SELECT state, click_id, text FROM message ORDER BY position") == [
        ("queued", None, "Hi Maria, due in May."),
        ("queued", None, "Hi Jon, due in June."),
    ]
    assert rows(data, "SELECT count(*) FROM click") == [(0,)]


def test_due_prepares_and_sends_nothing(tmp_path: Path) -> None:
    data, people = tmp_path / "d", tmp_path / "people.csv"
    people.write_text("first_name,phone\nMaria,+1 312 555 0187\n", "utf-8")
    made = p2ptext(
        "campaign", "new", "Welcome", "--people", str(people), "--message", "Welcome, {first_name}.",
        "--data", str(data), "--country", "US",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    with sqlite3.connect(
        data / "p2ptext.db"
    ) as connection:  # added just now, due two hours later at the most
        rule = json.dumps({"kind": "joined", "since": "added", "at": 0, "stale_hours": 48})
        connection.execute("UPDATE campaign SET state = 'running', started_at = 0, due = ?", (rule,))
        connection.execute("UPDATE contact SET created_at = created_at - 60")
        connection.execute("UPDATE people_list SET created_at = created_at - 60")
    connection.close()
    done = p2ptext("due", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert "1 became due, 0 left the desk" in done.stdout
    assert "1 wait on the desk. Nothing leaves until a person presses Send." in done.stdout
    assert p2ptext("due", "--data", str(data)).stdout.startswith("0 became due")
    assert rows(data, "SELECT state, click_id, text, occasion FROM message") == [
        ("queued", None, "Welcome, Maria.", "joined")
    ]
    assert rows(data, "SELECT count(*) FROM click") == [(0,)]


def test_a_campaign_for_an_audience_with_a_cap(tmp_path: Path, people: Path) -> None:
    data = str(tmp_path / "d")
    assert p2ptext("import", str(people), "--data", data, "--country", "US").returncode == 0
    workspace = open_workspace(tmp_path / "d")
    audiences.save(
        workspace.store, workspace.clock, "Due in May", Rules((Rule("field", "is", "May", "due_month"),))
    )
    workspace.close()
    message = "Hi {first_name}, {sender} here: {due_month}? Reply STOP to opt out."
    made = ("campaign", "new", "Spring", "--message", message, "--texter", "Dana", "--data", data, "--start")
    done = p2ptext(*made, "--audience", "due in may", "--cap", "2/30")
    assert done.returncode == 0, done.stderr
    assert "1 messages wait on the desk" in done.stdout
    assert rows(tmp_path / "d", "SELECT cap_texts, cap_days FROM campaign") == [(2, 30)]
    assert [row[0] for row in rows(tmp_path / "d", "SELECT state FROM message")] == ["queued"]
    unknown = p2ptext(*made, "--audience", "Elsewhere")
    assert (unknown.returncode, "Known: “Due in May”" in unknown.stderr) == (1, True)
    bad = p2ptext(*made, "--audience", "Due in May", "--cap", "often")
    assert (bad.returncode, "is no cap" in bad.stderr) == (1, True)
    assert len(rows(tmp_path / "d", "SELECT id FROM campaign")) == 1


def test_two_names_on_one_number_are_merged_when_told_so(tmp_path: Path) -> None:
    path = tmp_path / "home.csv"
    path.write_text("first_name,last_name,phone\nAna,Ortega,3125550187\nBen,Ortega,3125550187\n", "utf-8")
    done = p2ptext(
        "import", str(path), "--data", str(tmp_path / "d"), "--country", "US", "--household", "merge",
        "--format", "table", "--no-history",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "d", "SELECT name FROM contact") == [("Ana and Ben Ortega",)]


def test_handing_over_and_taking_over(tmp_path: Path, people: Path) -> None:
    here, there, package = str(tmp_path / "here"), str(tmp_path / "there"), tmp_path / "monday.p2p"
    assert p2ptext("import", str(people), "--data", here, "--country", "US").returncode == 0
    assert p2ptext("handover", "--data", here).returncode == 1
    done = p2ptext("handover", str(package), "--data", here)
    assert done.returncode == 0, done.stderr
    assert "whoever has this file can read it all" in done.stdout
    done = p2ptext("takeover", str(package), "--opt-outs-only", "--data", str(tmp_path / "other"))
    assert (done.returncode, "0 opt-outs are new" in done.stdout) == (0, True), done.stderr
    assert p2ptext("takeover", str(package), "--data", here).returncode == 1
    done = p2ptext("takeover", str(package), "--data", there)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "there", "SELECT count(*) FROM contact") == [(2,)]
    assert p2ptext("handover", "--take-back", "--data", here).returncode == 0
    assert p2ptext("handover", "--take-back", "--data", here).returncode == 1


def test_a_field_that_someone_lacks_stops_the_start_and_names_them(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("first_name,phone,due_month\nMaria,+13125550187,May\nJon,+13125550119,\n", "utf-8")
    done = p2ptext(
        "campaign",
        "new",
        "Spring",
        "--people",
        str(people),
        "--message",
        "Due in {due_month}.",
        "--start",
        "--data",
        str(tmp_path / "d"),
        "--country",
        "US",
    )
    assert done.returncode == 1
    assert "Jon" in done.stderr
    assert rows(tmp_path / "d", "SELECT count(*) FROM message") == [(0,)]


def test_looser_hours_need_a_reason_and_are_logged(tmp_path: Path, people: Path) -> None:
    data = tmp_path / "d"
    words = (
        "campaign",
        "new",
        "Night",
        "--people",
        str(people),
        "--message",
        "Hi",
        "--start",
        "--country",
        "US",
        "--data",
        str(data),
        "--hours",
        "00:00-24:00",
    )
    refused = p2ptext(*words)
    assert refused.returncode == 1
    assert "reason" in refused.stderr.lower()
    done = p2ptext(*words, "--reason", "the night shift asked")
    assert done.returncode == 0, done.stderr
    assert "the night shift asked" in str(rows(data, "SELECT action, detail FROM audit"))


def test_export_of_contacts_can_be_imported_again(tmp_path: Path, people: Path) -> None:
    data = tmp_path / "d"
    assert p2ptext("import", str(people), "--data", str(data), "--country", "US").returncode == 0
    out = tmp_path / "contacts.csv"
    assert p2ptext("export", "contacts", "--data", str(data), "--out", str(out)).returncode == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    again = p2ptext("import", str(out), "--data", str(tmp_path / "second"), "--country", "US")
    assert again.returncode == 0, again.stderr
    query = "SELECT number, first_name FROM contact ORDER BY number"
    assert rows(tmp_path / "second", query) == rows(data, query)


def test_export_json_goes_to_standard_output(tmp_path: Path) -> None:
    done = p2ptext("export", "optouts", "--data", str(tmp_path / "d"), "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_the_data_folder_is_private(tmp_path: Path, people: Path) -> None:
    data = tmp_path / "d"
    p2ptext("import", str(people), "--data", str(data), "--country", "US")
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for path in data.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_file_that_is_no_list_is_refused_in_words(tmp_path: Path) -> None:
    junk = tmp_path / "list.xlsx"
    junk.write_bytes(b"PK\x03\x04 not a workbook")
    done = p2ptext("import", str(junk), "--data", str(tmp_path / "d"), "--country", "US")
    assert done.returncode == 1
    assert done.stderr.startswith("p2ptext: ")
    assert "Traceback" not in done.stderr


def test_doctor_finds_a_folder_that_others_can_read(tmp_path: Path) -> None:
    data = tmp_path / "d"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    done = p2ptext("doctor", "--data", str(data))
    assert done.returncode == 1
    assert f"chmod 700 {data}" in done.stdout
    data.chmod(0o700)
    assert p2ptext("doctor", "--data", str(data)).returncode == 0


def test_doctor_asks_the_modem_it_is_given(tmp_path: Path) -> None:
    done = p2ptext("doctor", "--data", str(tmp_path / "d"), "--line", str(tmp_path / "absent"))
    assert done.returncode == 1
    assert "PROBLEM line" in done.stdout
    assert "p2ptext discover" in done.stdout


def test_without_a_display_the_window_says_so(tmp_path: Path) -> None:
    done = p2ptext("run", "--data", str(tmp_path / "d"), DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert done.returncode == 1
    assert "no display" in done.stderr
    assert not (tmp_path / "d").exists()


def test_no_command_can_send() -> None:
    help_text = p2ptext("--help").stdout
    commands = {line.split()[0] for line in help_text.splitlines() if line.startswith("    ")}
    assert {"run", "import", "campaign", "export", "doctor", "emulate"} <= commands
    assert not {name for name in commands if "send" in name or "text" in name}
    assert p2ptext("send", "+13125550187", "hello").returncode == 2


def test_discover_asks_a_named_port_and_tells_programs_too(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    emulator = subprocess.Popen(
        [sys.executable, "-m", "app.main", "emulate", "--link", str(link), "--until-eof"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert emulator.stdin is not None
    assert emulator.stdout is not None
    try:
        assert emulator.stdout.readline().startswith("ready")
        told = json.loads(p2ptext("discover", "--json", str(link)).stdout)
        (modem,) = [device for device in told if device["best_port"] == str(link)]
        assert (modem["state"], modem["imei"]) == ("ready", "356938035643809")
        done = p2ptext("discover", str(link))
        assert done.returncode == 0
        assert "IMEI 356938035643809" in done.stdout
        doctor = p2ptext("doctor", "--data", str(tmp_path / "d"), "--line", str(link))
        assert doctor.returncode == 0, doctor.stdout
        assert f"ok      line {link}" in doctor.stdout
    finally:
        emulator.stdin.close()
        emulator.wait(10)
        emulator.stdout.close()


def test_discover_says_that_nothing_answers(tmp_path: Path) -> None:
    done = p2ptext("discover", str(tmp_path / "absent"))
    assert done.returncode == 1
    assert "silent" in done.stdout or "No modem" in done.stdout
