"""What is typed behind `./leadflow`: nonsense is named before anything starts."""

import pytest

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
