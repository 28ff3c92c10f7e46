"""The doctor's checks: each passes where all is well, else its one line says what to do."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.embedded.cli import main
from deploy.embedded.operations import doctor
from deploy.embedded.processes.machine import free_port

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


FAILING = {
    "port": lambda: doctor.check_port(8080, free=False, runs_here=False),
    "disk": lambda: doctor.check_disk(Path("/"), free_bytes=5_000_000),
    "postgresql": lambda: doctor.check_postgres_programs("postgres (PostgreSQL) 15.4"),
    "postgresql missing": lambda: doctor.check_postgres_programs(None, problem="not found: do x"),
    "database": lambda: doctor.check_postgres_settings(None),
    "unsafe database": lambda: doctor.check_postgres_settings({"fsync": "off"}),
    "kafka java": lambda: doctor.check_kafka(java=None, jars_missing=0, answers=None),
    "kafka": lambda: doctor.check_kafka(java="/java", jars_missing=0, answers=False),
    "mail": lambda: doctor.check_mail("mail.company.example"),
    "sender": lambda: doctor.check_mail("smtps://mail.company.example", "Leadflow"),
    "clock": lambda: doctor.check_clock(datetime(2001, 1, 1, tzinfo=UTC), last_written=None),
    "clock back": lambda: doctor.check_clock(NOW, last_written=NOW + timedelta(hours=1)),
}


PASSING = {
    "port": lambda: doctor.check_port(8080, free=True, runs_here=False),
    "own port": lambda: doctor.check_port(8080, free=False, runs_here=True),
    "disk": lambda: doctor.check_disk(Path("/"), free_bytes=5_000_000_000),
    "postgresql": lambda: doctor.check_postgres_programs("postgres (PostgreSQL) 18.6"),
    "database": lambda: doctor.check_postgres_settings({"fsync": "on"}),
    "kafka": lambda: doctor.check_kafka(java="/java", jars_missing=3, answers=None),
    "mail": lambda: doctor.check_mail("smtps://ann:secret@mail.company.example"),
    "no mail": lambda: doctor.check_mail(None),
    "clock": lambda: doctor.check_clock(NOW, last_written=NOW),
}


@pytest.mark.parametrize("name", FAILING)
def test_each_check_fails_in_one_line_that_says_what_to_do(name: str) -> None:
    finding = FAILING[name]()
    assert not finding.well
    assert finding.line().startswith("FAIL")
    assert "\n" not in finding.line()


@pytest.mark.parametrize("name", PASSING)
def test_each_check_passes_where_all_is_well(name: str) -> None:
    assert PASSING[name]().well


def test_the_doctor_exits_with_1_when_something_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["doctor", "--data", str(tmp_path / "state"), "--port"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main([*words, port]) == 1
    assert f"{port} is taken" in capsys.readouterr().out
    assert main([*words, str(free_port())]) == 0
