"""What is typed behind `./leadflow`: nonsense is named before anything starts."""

import argparse

import pytest

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
    found: list[argparse.Namespace] = []
    name = next(word for word in words if word in commands.COMMANDS)
    monkeypatch.setattr(commands, "COMMANDS", {name: lambda options: found.append(options) or 0})
    assert main(words) == 0
    assert found[0].data == "there"


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
    found: list[argparse.Namespace] = []
    monkeypatch.setattr(commands, "COMMANDS", {"psql": lambda options: found.append(options) or 0})
    main(words)
    assert found[0].data == "there"
    # Whether argparse hands on the `--` itself is a matter of its version.
    assert [word for word in found[0].arguments if word != "--"] == handed_on


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
