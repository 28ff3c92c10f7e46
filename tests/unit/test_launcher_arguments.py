"""What is typed behind `./leadflow`: nonsense is named before anything starts."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded import __main__ as embedded_main
from deploy.embedded import commands
from deploy.embedded.cli import main, parser


@pytest.mark.parametrize(
    "words",
    [
        ["fly"],
        ["up", "--port", "many"],
        ["up", "--port", "0"],
        ["up", "--port", "65536"],
        ["up", "--port", "-1"],
        ["up", "--smtp", "everywhere"],
        ["up", "--smtp", ":2525"],
        ["up", "--smtp", "0.0.0.0:99999"],
        ["demo", "--speed", "fast"],
        ["psql", "billing"],
        ["token", "--role", "king"],
        ["rebuild", "intake"],
        ["backup"],
    ],
)
def test_nonsense_is_refused_with_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2


def test_what_is_no_number_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["up", "--port", "65536"], ["demo", "--speed", "65536e9"]):
        with pytest.raises(SystemExit):
            main(words)
        assert f"{words[-1]} is not" in capsys.readouterr().err


def test_an_address_for_mails_is_host_and_port() -> None:
    for address in ("0.0.0.0:2525", "localhost:25", "[::1]:2525"):
        assert parser().parse_args(["up", "--smtp", address]).smtp == address


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_of_the_tests_runs_none(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["test", flag])
    assert left.value.code == 0
    assert "--sabotage" in capsys.readouterr().out


def _options(words: list[str], monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    """What the command of these words is called with."""
    found: list[argparse.Namespace] = []

    def command(options: argparse.Namespace) -> int:
        found.append(options)
        return 0

    monkeypatch.setattr(commands, "COMMANDS", dict.fromkeys(commands.COMMANDS, command))
    assert main(words) == 0
    return found[0]


@pytest.mark.parametrize(
    "words",
    [
        ["--data", "there", "status"],
        ["--data=there", "status", "--json"],
        ["status", "--json", "--data=there"],
        ["token", "list", "--data", "there"],
        ["token", "revoke", "id", "--data", "there"],
        ["sources", "list", "--data", "there"],
        ["rebuild", "kpi", "--data", "there", "--check"],
        ["backup", "file", "--data", "there"],
    ],
)
def test_the_folder_may_be_named_anywhere(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _options(words, monkeypatch).data == "there"


@pytest.mark.parametrize(
    ("words", "handed_on"),
    [
        (["psql", "kpi", "--data", "there", "-Atc", "SELECT 1"], ["-Atc", "SELECT 1"]),
        (["psql", "kpi", "-At", "--data=there"], ["-At"]),
        (["psql", "--data", "there", "kpi", "--", "--data", "x"], ["--data", "x"]),
    ],
)
def test_psql_gets_what_is_its_own(
    words: list[str], handed_on: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = _options(words, monkeypatch)
    assert options.data == "there"
    # Whether argparse hands on the `--` itself is a matter of its version.
    assert [word for word in options.arguments if word != "--"] == handed_on


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["status", "--port", "5"], "leadflow status: error: unrecognized arguments: --port 5"),
        (["status", "--kafka"], "(--kafka is an option of up)"),
        (["--port", "5", "up"], "leadflow: error: --port stands before the command"),
        (["reset", "--yse"], "leadflow reset: error: unrecognized arguments: --yse\n"),
        (["up", "--data"], "leadflow up: error: argument --data: expected one argument"),
    ],
)
def test_an_option_in_a_wrong_place_is_told_its_own(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert line in capsys.readouterr().err


def test_an_interrupt_while_the_code_is_loaded_leaves_no_stack_trace(tmp_path: Path) -> None:
    # Stands before the command line's module, and is interrupted in the middle of it.
    package = tmp_path / "deploy" / "embedded"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(Path(embedded_main.__file__).read_text())
    (package / "cli.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    # As a terminal starts it: what a shell starts in the background ignores interrupts.
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        answer = subprocess.run(
            [sys.executable, "-P", "-m", "deploy.embedded"],
            env={"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        signal.signal(signal.SIGINT, handler)
    assert answer.returncode == -signal.SIGINT
    assert answer.stderr == ""
